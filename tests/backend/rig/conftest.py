"""The topology and one true head, loaded once."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.head_topology import HeadTopology, load_topology
from backend.training.truth.frozen_rigs import load_frozen_rigs


@pytest.fixture(scope="session")
def topology() -> HeadTopology:
    return load_topology()


@pytest.fixture(scope="session")
def true_heads() -> NDArray[np.float32]:
    """[50,V,3] metres, field frame."""
    return load_frozen_rigs()

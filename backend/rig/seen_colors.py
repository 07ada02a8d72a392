"""Colours that a head's own surface shows at places of the topology."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Wide = NDArray[np.float64]


@dataclass(frozen=True)
class SeenColors:
    """Colours at points."""

    rgb: NDArray[np.float32]  # [N,3] sRGB in 0..1
    trust: NDArray[np.float32]  # [N] 0 where nothing is known


# Points [N,3] near the surface and unit normals [N,3], metres in the topology's frame -> what is seen there.
ColorSource = Callable[[Wide, Wide], SeenColors]

"""Symmetric heads."""

from __future__ import annotations

import numpy as np
import pytest

from backend.rig.head_topology import load_topology
from backend.rig.mirror import mirrored


def test_a_mirrored_head_is_its_own_mirror_image() -> None:
    topology = load_topology()
    noise = np.random.default_rng(0).normal(0, 0.002, topology.vertices.shape)
    head = mirrored(topology, (topology.vertices + noise).astype(np.float32))
    assert head[topology.mirror] * [-1, 1, 1] == pytest.approx(head, abs=1e-7)
    assert np.abs(head - topology.vertices).max() < 0.01


def test_a_symmetric_head_stays() -> None:
    topology = load_topology()
    head = mirrored(topology, topology.vertices)
    assert mirrored(topology, head) == pytest.approx(head, abs=1e-7)

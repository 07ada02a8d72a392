"""Heads that are the same on both sides."""

from __future__ import annotations

import numpy as np

from .head_topology import Floats, HeadTopology


def mirrored(topology: HeadTopology, vertices: Floats) -> Floats:
    """Vertices [V,3], in the topology's frame, as the mean of themselves and their mirror image."""
    flip = np.array([-1.0, 1.0, 1.0], np.float32)
    return np.asarray((vertices + vertices[topology.mirror] * flip) / 2, np.float32)

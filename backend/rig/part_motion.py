"""How a beard moves: as the skin that it grows on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from .head_topology import Floats
from .rig_head import RigHead

PARTS_ON_SKIN = ("beard",)  # all others move with the head's bone
_NEIGHBOURS = 6
_NEAREST_M = 0.002  # nearer skin does not count for more


@dataclass(frozen=True)
class PartMotion:
    """Shapes and weights of a part's vertices."""

    shape_offsets: Floats  # [52,P,3] of ARKIT_SHAPES, metres
    bone_weights: Floats  # [P,J] sum to 1

    def save(self, path: Path) -> None:
        """Write the .npz that RigPart.motion names."""
        with path.open("wb") as file:
            np.savez_compressed(
                file, shape_offsets=self.shape_offsets, bone_weights=self.bone_weights
            )


def follow_skin(head: RigHead, vertices: Floats) -> PartMotion:
    """The motion of points [P,3], in the frame of the head's vertices, that move with the outer skin below them."""
    outer = np.flatnonzero(head.topology.is_outer_skin)
    away, near = cKDTree(head.vertices[outer]).query(vertices, _NEIGHBOURS)
    shares = 1.0 / np.maximum(away, _NEAREST_M) ** 2
    shares = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)[..., None]
    skin = outer[near]
    weights = (head.topology.bone_weights[skin] * shares).sum(axis=1)
    offsets = np.stack([(shape[skin] * shares).sum(axis=1) for shape in head.shape_offsets])
    return PartMotion(offsets, weights / weights.sum(axis=1, keepdims=True))

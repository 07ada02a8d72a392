"""A rig-ready head: the topology wrapped onto a head, its shapes, its bones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..wire.rig_names import BONES
from .head_topology import HeadTopology

Floats = NDArray[np.float32]

_EYE_BONES = [BONES.index("eye.L"), BONES.index("eye.R")]
_EYE_BONE_LENGTH = 0.8  # of the eyeball's radius, so that no tip shows before the eye


@dataclass(frozen=True)
class RigHead:
    """What differs from head to head; faces, UVs and weights are the topology's.

    Convention: metres in the field frame (right-handed, y up, the face looks along +z).
    """

    topology: HeadTopology
    vertices: Floats  # [V,3]
    shape_offsets: Floats  # [52,V,3]
    eye_centers: Floats  # [2,3] left, right
    eye_radii: Floats  # [2]

    def save(self, path: Path) -> None:
        """Write the .npz that RigResult.mesh names."""
        topology = self.topology
        heads, tails = self.joints()
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                vertices=self.vertices,
                quads=topology.quads,
                corner_uvs=topology.corner_uvs,
                face_materials=topology.face_materials,
                base_index=topology.base_index,
                mirror=topology.mirror,
                shape_offsets=self.shape_offsets,
                joint_heads=heads,
                joint_tails=tails,
                bone_weights=topology.bone_weights,
                eye_centers=self.eye_centers,
                eye_radii=self.eye_radii,
            )

    def joints(self) -> tuple[Floats, Floats]:
        """Heads and tails [J,3] of the bones; those of the eyes end inside the eyeballs."""
        heads, tails = self.topology.joints(self.vertices)
        ahead = tails[_EYE_BONES] - heads[_EYE_BONES]
        ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
        tails[_EYE_BONES] = heads[_EYE_BONES] + _EYE_BONE_LENGTH * self.eye_radii[:, None] * ahead
        return heads, tails

"""The topology of rig-ready heads: quads of MakeHuman's hm08 base mesh, cut at an edge loop around the neck.

Every rig-ready head has these vertices in this order, these UVs, shapes and bones; only places differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ..wire.rig_names import (
    ARKIT_SHAPES,
    BONES,
    MATERIALS,
)

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

ASSET = Path(__file__).resolve().parents[1] / "assets" / "head_template.npz"
PART_LABELS = ("skin", "lips", "ear", "neck", "mouth interior", "eye socket")


@dataclass(frozen=True, eq=False)
class HeadTopology:
    """The topology at rest, which is the mean of the kit's heads, and how it moves.

    Convention: metres in the field frame's axes (right-handed, y up, the face looks along +z), the origin halfway
    between the eyes; faces are counter-clockwise from outside; UVs have v upwards. "L" is the head's own left (+x).
    """

    vertices: Floats  # [V,3]
    quads: Ints  # [F,4]
    corner_uvs: Floats  # [F,4,2]
    face_materials: Ints  # [F] index into MATERIALS
    labels: Ints  # [V] index into PART_LABELS; of the skin
    base_index: Ints  # [V] the vertex of hm08
    mirror: Ints  # [V] the vertex on the other side
    lid_left: Ints  # [N] edge loop of the left eye's lids, in order
    lid_right: Ints  # [N]
    lip: Ints  # [N] edge loop where the lips' skin meets the mouth's
    neck_ring: Ints  # [N] the open edge at the base of the neck
    shape_offsets: Floats  # [52,V,3] of ARKIT_SHAPES at rest
    morphs: Floats  # [K,V,3] principal shapes of the kit's heads, one standard deviation each
    joint_weights: Floats  # [2J,N] of `joint_anchors`: heads of the bones, then their tails
    joint_anchors: Ints  # [2J,N] vertices
    bone_weights: Floats  # [V,J] sum to 1
    # Levels of detail, finest first, each [F,4]: corners of the quads (4 * quad + corner) in the order of a face, so
    # that its vertices, UVs and materials are the topology's; -1 for the fourth of a triangle.
    levels: tuple[Ints, ...] = ()

    def __post_init__(self) -> None:
        if self.shape_offsets.shape != (len(ARKIT_SHAPES), len(self.vertices), 3):
            raise ValueError(
                f"The topology has shapes {self.shape_offsets.shape}, expected "
                f"{(len(ARKIT_SHAPES), len(self.vertices), 3)}; make its file again."
            )

    @cached_property
    def triangles(self) -> Ints:
        """[2F,3]: each quad's two, one after the other."""
        return np.stack([self.quads[:, [0, 1, 2]], self.quads[:, [0, 2, 3]]], 1).reshape(-1, 3)

    @cached_property
    def triangle_uvs(self) -> Floats:
        """[2F,3,2] of the triangles."""
        uvs = self.corner_uvs
        return np.stack([uvs[:, [0, 1, 2]], uvs[:, [0, 2, 3]]], axis=1).reshape(-1, 3, 2)

    def part(self, material: str) -> Ints:
        """Vertices of the faces of one of MATERIALS, ascending."""
        return np.unique(self.quads[self.face_materials == MATERIALS.index(material)])

    def part_triangles(self, material: str) -> Ints:
        """Triangles [T,3] of one of MATERIALS."""
        return self.triangles[np.repeat(self.face_materials, 2) == MATERIALS.index(material)]

    @cached_property
    def is_outer_skin(self) -> Bools:
        """[V] skin that is seen from outside: neither in the mouth nor in an eye's socket."""
        outer = np.isin(
            self.labels, [PART_LABELS.index(n) for n in ("skin", "lips", "ear", "neck")]
        )
        is_skin = np.zeros(len(self.vertices), np.bool_)
        is_skin[self.part("skin")] = True
        return outer & is_skin

    @cached_property
    def eyes(self) -> tuple[Ints, Ints]:
        """Vertices of the left and the right eyeball."""
        vertices = self.part("eyes")
        is_left = self.vertices[vertices, 0] > 0
        return vertices[is_left], vertices[~is_left]

    @cached_property
    def adjacency(self) -> csr_matrix:
        """[V,V] 1 where an edge of a quad joins two vertices."""
        count = len(self.vertices)
        start, end = self.quads.ravel(), np.roll(self.quads, -1, axis=1).ravel()
        joined = csr_matrix((np.ones(len(start)), (start, end)), shape=(count, count))
        return ((joined + joined.T) > 0).astype(np.float64)

    def joints(self, vertices: Floats) -> tuple[Floats, Floats]:
        """Heads and tails [J,3] of the bones for vertices [V,3] of a wrapped head."""
        placed = (vertices[self.joint_anchors] * self.joint_weights[..., None]).sum(axis=1)
        return placed[: len(BONES)], placed[len(BONES) :]

    def save(self, path: Path) -> None:
        """Write the file that `load_topology` reads: offsets in half precision, shapes without their zeros."""
        shape, vertex = np.nonzero(np.abs(self.shape_offsets).max(axis=2) > 0)
        np.savez_compressed(
            path,
            **{name: getattr(self, name) for name in _EXACT},
            shape_counts=np.bincount(shape, minlength=len(ARKIT_SHAPES)).astype(np.int32),
            shape_vertices=vertex.astype(np.int16),
            shape_moves=(self.shape_offsets[shape, vertex] * 1000).astype(np.float16),
            morphs=(self.morphs * 1000).astype(np.float16),
            level_counts=np.array([len(level) for level in self.levels], np.int32),
            level_corners=np.concatenate([np.zeros((0, 4), np.int32), *self.levels]),
        )


def triangles_of(faces: Ints) -> Ints:
    """[T,3] corners of a level's faces [F,4]: its quads' two triangles and its triangles, in no order."""
    quads = faces[faces[:, 3] >= 0]
    return np.concatenate([faces[:, :3], quads[:, [0, 2, 3]]])


_EXACT = (
    "vertices", "quads", "corner_uvs", "face_materials", "labels", "base_index", "mirror", "lid_left",
    "lid_right", "lip", "neck_ring", "joint_weights", "joint_anchors", "bone_weights",
)  # fmt: skip


@lru_cache(maxsize=1)
def load_topology(path: Path = ASSET) -> HeadTopology:
    """The topology that ships. Raises FileNotFoundError with what to do if it is missing."""
    if not path.is_file():
        raise FileNotFoundError(f"The topology {path.name} is missing; install Headsmith again.")
    with np.load(path, allow_pickle=False) as arrays:
        exact = {name: arrays[name] for name in _EXACT}
        offsets = np.zeros((len(ARKIT_SHAPES), len(exact["vertices"]), 3), np.float32)
        shape = np.repeat(np.arange(len(ARKIT_SHAPES)), arrays["shape_counts"])
        offsets[shape, arrays["shape_vertices"]] = arrays["shape_moves"].astype(np.float32) / 1000
        morphs = arrays["morphs"].astype(np.float32) / 1000
        levels = np.split(arrays["level_corners"], np.cumsum(arrays["level_counts"])[:-1])
    return HeadTopology(**exact, shape_offsets=offsets, morphs=morphs, levels=tuple(levels))

"""Reading the file of a rig-ready head, distrustfully. No bpy here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..backend import wire
from ..backend.array_file import DAMAGED, read_arrays
from .head_file import (
    MAX_FACES,
    MAX_VERTICES,
    Floats,
    HeadFile,
    Ints,
    check_mesh,
    check_sizes,
    extent,
    floats,
    integers,
    is_near,
    read_head,
    unusable,
)

SHAPES, JOINTS = len(wire.ARKIT_SHAPES), len(wire.BONES)
BONES_REACH, PARTS_REACH = 1.0, 10.0  # of them from the head, in its extents
# Numbers of each array, at most.
RIG_NUMBERS = {
    "vertices": 3 * MAX_VERTICES,
    "quads": 4 * MAX_FACES,
    "corner_uvs": 8 * MAX_FACES,
    "face_materials": MAX_FACES,
    "base_index": MAX_VERTICES,
    "mirror": MAX_VERTICES,
    "shape_offsets": 3 * SHAPES * MAX_VERTICES,
    "joint_heads": 3 * JOINTS,
    "joint_tails": 3 * JOINTS,
    "bone_weights": JOINTS * MAX_VERTICES,
    "eye_centers": 6,
    "eye_radii": 2,
}
SHORTEST_BONE_M = 1e-4  # Blender drops bones without a length


@dataclass(frozen=True)
class RigFile:
    """What `wire.RigResult.mesh` holds: metres, field frame (y up, the face along +z)."""

    vertices: Floats  # [V,3]
    quads: Ints  # [F,4]
    corner_uvs: Floats  # [F,4,2], v upwards
    face_materials: Ints  # [F] index into MATERIALS
    base_index: Ints  # [V] the vertex of hm08
    mirror: Ints  # [V] the vertex on the other side
    shape_offsets: Floats  # [52,V,3] of ARKIT_SHAPES
    joint_heads: Floats  # [J,3] of BONES
    joint_tails: Floats  # [J,3]
    bone_weights: Floats  # [V,J] sum to 1


def read_rig(path: Path) -> RigFile:
    """The rig-ready head at `path`. Raises RequestError (PROTOCOL) with one sentence if it is none."""
    try:
        check_sizes(path, RIG_NUMBERS)
        arrays = read_arrays(path, [field.name for field in dataclasses.fields(RigFile)])
        vertices = floats(arrays["vertices"], (-1, 3))
        quads = integers(arrays["quads"], (-1, 4))
        count = len(vertices)
        rig = RigFile(
            vertices=vertices,
            quads=quads,
            corner_uvs=floats(arrays["corner_uvs"], (len(quads), 4, 2)),
            face_materials=integers(arrays["face_materials"], (len(quads),)),
            base_index=integers(arrays["base_index"], (count,)),
            mirror=integers(arrays["mirror"], (count,)),
            shape_offsets=floats(arrays["shape_offsets"], (SHAPES, count, 3)),
            joint_heads=floats(arrays["joint_heads"], (JOINTS, 3)),
            joint_tails=floats(arrays["joint_tails"], (JOINTS, 3)),
            bone_weights=floats(arrays["bone_weights"], (count, JOINTS)),
        )
        _check(rig)
    except DAMAGED as error:
        raise unusable(path, error) from error
    return rig


@dataclass(frozen=True)
class PartMotion:
    """What `wire.RigPart.motion` holds: metres, field frame."""

    shape_offsets: Floats  # [52,P,3] of ARKIT_SHAPES
    bone_weights: Floats  # [P,J] sum to 1


def read_part(path: Path, head: Floats) -> HeadFile:
    """The mesh of a part of a head [V,3]. Raises RequestError (PROTOCOL) if it is none, or far away."""
    part = read_head(path)
    if not is_near(part.vertices, head, PARTS_REACH):
        raise unusable(path, ValueError("it lies far away from its head"))
    return part


def read_motion(path: Path, count: int, head: Floats) -> PartMotion:
    """The motion of a part of `count` vertices of a head [V,3].

    Raises RequestError (PROTOCOL) with one sentence if it is none.
    """
    try:
        check_sizes(path, {"shape_offsets": 3 * SHAPES * count, "bone_weights": JOINTS * count})
        arrays = read_arrays(path, ("shape_offsets", "bone_weights"))
        motion = PartMotion(
            floats(arrays["shape_offsets"], (SHAPES, count, 3)),
            floats(arrays["bone_weights"], (count, JOINTS)),
        )
        _check_moves(motion.bone_weights, motion.shape_offsets, extent(head))
    except DAMAGED as error:
        raise unusable(path, error) from error
    return motion


def _check(rig: RigFile) -> None:
    check_mesh(rig.vertices, rig.quads, rig.corner_uvs)
    if rig.base_index.min() < 0:
        raise ValueError("a vertex is none of the topology's")
    if not is_mirror(rig.mirror):
        raise ValueError("its two sides do not belong together")
    materials = rig.face_materials
    if materials.min() < 0 or materials.max() >= len(wire.MATERIALS):
        raise ValueError("a face has a material that is not there")
    _check_moves(rig.bone_weights, rig.shape_offsets, extent(rig.vertices))
    _check_bones(rig)


def _check_bones(rig: RigFile) -> None:
    joints = np.concatenate([rig.joint_heads, rig.joint_tails])
    if not np.isfinite(joints).all() or not is_near(joints, rig.vertices, BONES_REACH):
        raise ValueError("its bones lie far away from the head")
    lengths = np.linalg.norm(rig.joint_tails - rig.joint_heads, axis=1)
    if lengths.min() < SHORTEST_BONE_M:
        raise ValueError("a bone has no length")


def _check_moves(weights: Floats, offsets: Floats, reach: float) -> None:
    """Raise ValueError for weights [V,J] that are none, and shapes [52,V,3] that go beyond `reach`, in metres."""
    if not (np.isfinite(weights).all() and np.isfinite(offsets).all()):
        raise ValueError("its shapes or weights are no numbers")
    if max(offsets.max(), -offsets.min()) > reach:
        raise ValueError("its shapes move further than the head is long")
    if weights.min() < 0.0 or np.abs(weights.sum(axis=1) - 1.0).max() > 1e-3:
        raise ValueError("its weights do not sum to 1")


def is_mirror(mirror: Ints) -> bool:
    """Whether indices [V] name for every vertex one that names it in return."""
    count = len(mirror)
    if count == 0 or mirror.min() < 0 or mirror.max() >= count:
        return False
    return bool((mirror[mirror] == np.arange(count)).all())

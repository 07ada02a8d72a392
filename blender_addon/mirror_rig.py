"""Symmetry of a rig-ready head in the scene: its rest, its shapes and its bones change together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from ..backend import wire
from .blender_data import has_property, keys_of, mesh_of, view_layer_of
from .head_file import Floats, Ints
from .rig_bones import edit_bones, joints, place_bone
from .rig_levels import check_levels, renew_levels
from .rig_objects import RigObjects, mirror_of, places
from .selection import leave_mode
from .symmetry import (
    MIDDLE,
    Plane,
    flipped,
    flipped_moves,
    mirror_plane,
    other_side,
    symmetric,
    symmetric_moves,
)


@dataclass(frozen=True)
class Sides:
    """A head as it is, in its own space."""

    mirror: Ints  # [V]
    plane: Plane
    rest: Floats  # [V,3]
    moves: Floats  # [K,V,3] of the shape keys after the basis
    shapes: Ints  # [K] the counterpart of each
    heads: Floats  # [J,3] of the bones
    tails: Floats  # [J,3]
    bones: Ints  # [J] the counterpart of each
    to_head: Matrix  # from the armature's space


def make_symmetric(context: bpy.types.Context, rig: RigObjects) -> None:
    """The same on both sides: the mean of the two. Hair stays. Raises RequestError with one sentence."""
    sides = _read(context, rig)
    _write_bones(
        context,
        rig,
        sides,
        symmetric(sides.heads, sides.bones, sides.plane),
        symmetric(sides.tails, sides.bones, sides.plane),
    )
    _write_shapes(
        mesh_of(rig.head),
        symmetric(sides.rest, sides.mirror, sides.plane),
        symmetric_moves(sides.moves, sides.mirror, sides.plane, sides.shapes),
    )
    renew_levels(context, rig)


def flip(context: bpy.types.Context, rig: RigObjects) -> None:
    """Left becomes right, hair included; the texture stays. Raises RequestError with one sentence."""
    sides = _read(context, rig)
    _write_bones(
        context,
        rig,
        sides,
        flipped(sides.heads, sides.bones, sides.plane),
        flipped(sides.tails, sides.bones, sides.plane),
    )
    _write_shapes(
        mesh_of(rig.head),
        flipped(sides.rest, sides.mirror, sides.plane),
        flipped_moves(sides.moves, sides.mirror, sides.plane, sides.shapes),
    )
    for item in rig.parts:
        to_head = rig.head.matrix_world.inverted_safe() @ item.matrix_world
        _flip_part(item, sides.plane, to_head)
    renew_levels(context, rig)


def _flip_part(item: bpy.types.Object, plane: Plane, to_head: Matrix) -> None:
    """The mirror image of a part in place; what its shapes and groups of one side held becomes the other side's."""
    mesh = mesh_of(item)

    def flipped_places(data: bpy.types.bpy_prop_collection[Any]) -> Floats:
        return _moved(plane.reflect(_moved(places(data), to_head)), to_head.inverted_safe())

    if mesh.shape_keys:
        keys = mesh.shape_keys.key_blocks
        images = [flipped_places(key.data) for key in keys]
        for key, other in zip(
            keys, other_side([k.name for k in keys], "Left", "Right"), strict=True
        ):
            key.data.foreach_set("co", images[other].ravel())
        mesh.vertices.foreach_set("co", images[0].ravel())
    else:
        mesh.vertices.foreach_set("co", flipped_places(mesh.vertices).ravel())
    names = [group.name for group in item.vertex_groups]
    for group, other in zip(item.vertex_groups, other_side(names, ".L", ".R"), strict=True):
        group.name = f"{names[other]} swapped"
    for group in item.vertex_groups:
        group.name = group.name.removesuffix(" swapped")
    mesh.flip_normals()
    mesh.update()


def _read(context: bpy.types.Context, rig: RigObjects) -> Sides:
    leave_mode(context)
    check_levels(rig)
    view_layer_of(context).update()
    mirror, bones = mirror_of(mesh_of(rig.head)), joints(rig.armature)
    keys = keys_of(rig.head).key_blocks
    if mirror is None or len(keys[0].data) != len(mirror):
        raise wire.RequestError(
            f"The mesh of {rig.head.name} was cut or joined, so its sides no longer belong together."
        )
    if bones is None:
        raise wire.RequestError(
            f"{rig.armature.name} has lost one of its bones; they are needed to find the sides."
        )
    rest = places(keys[0].data)
    moves = np.array([places(key.data) - rest for key in keys[1:]], np.float32)
    to_head = rig.head.matrix_world.inverted_safe() @ rig.armature.matrix_world
    return Sides(
        mirror=mirror,
        # Generated heads look straight ahead; one that was wrapped stands as the user's mesh does.
        plane=MIDDLE if has_property(rig.head, "headsmith_latent") else mirror_plane(rest, mirror),
        rest=rest,
        moves=moves.reshape(-1, *rest.shape),
        shapes=other_side([key.name for key in keys[1:]], "Left", "Right"),
        heads=_moved(bones[0], to_head),
        tails=_moved(bones[1], to_head),
        bones=other_side(wire.BONES, ".L", ".R"),
        to_head=to_head,
    )


def _write_bones(
    context: bpy.types.Context, rig: RigObjects, sides: Sides, heads: Floats, tails: Floats
) -> None:
    from_head = sides.to_head.inverted_safe()
    with edit_bones(context, rig.armature) as bones:
        for name, head, tail in zip(
            wire.BONES, _moved(heads, from_head), _moved(tails, from_head), strict=True
        ):
            place_bone(bones[name], head, tail)


def _write_shapes(mesh: bpy.types.Mesh, rest: Floats, moves: Floats) -> None:
    mesh.vertices.foreach_set("co", rest.ravel())
    assert mesh.shape_keys is not None
    keys = mesh.shape_keys.key_blocks
    keys[0].data.foreach_set("co", rest.ravel())
    for key, move in zip(keys[1:], moves, strict=True):
        key.data.foreach_set("co", (rest + move).ravel())
    mesh.update()


def _moved(points: Floats, matrix: Matrix) -> Floats:
    transform = np.array(matrix, np.float64)
    moved: Floats = (points @ transform[:3, :3].T + transform[:3, 3]).astype(np.float32)
    return moved

"""The bones of a rig-ready head.

Convention: every bone's x axis points to the head's left, as far as the bone's own direction lets it: turning
about +x looks down, nods, opens the jaw.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Literal

import bpy
import numpy as np
from mathutils import Vector

from ..backend import wire
from .blender_data import armature_of, pose_of, scene_of
from .head_file import Floats
from .selection import select_only, selection_kept

TO_THE_LEFT = Vector((1.0, 0.0, 0.0))
TOUCHING = 1e-3  # of the length of a bone


def add_bones(
    context: bpy.types.Context, armature: bpy.types.Object, heads: Floats, tails: Floats
) -> None:
    """Give an empty armature its bones [J,3] of BONES, in its own space."""
    with edit_bones(context, armature) as bones:
        for name, parent, head, tail in zip(wire.BONES, wire.PARENTS, heads, tails, strict=True):
            bone = bones.new(name)
            place_bone(bone, head, tail)
            if parent >= 0:
                bone.parent = bones[wire.BONES[parent]]
                gap = (bone.parent.tail - bone.head).length
                bone.use_connect = gap < TOUCHING * bone.length
    for posed in pose_of(armature).bones:
        posed.rotation_mode = "XYZ"  # one number opens the jaw


def place_bone(bone: bpy.types.EditBone, head: Floats, tail: Floats) -> None:
    """Put a bone between two points [3], turned as this module's convention says."""
    bone.head, bone.tail = Vector(head.tolist()), Vector(tail.tolist())
    bone.align_roll(TO_THE_LEFT.cross(bone.tail - bone.head))


def joints(armature: bpy.types.Object) -> tuple[Floats, Floats] | None:
    """Heads and tails [J,3] of BONES at rest; None if one of the bones is gone."""
    own = armature_of(armature).bones
    if any(name not in own for name in wire.BONES):
        return None
    found = [own[name] for name in wire.BONES]
    heads = np.array([bone.head_local for bone in found], np.float32)
    return heads, np.array([bone.tail_local for bone in found], np.float32)


@contextlib.contextmanager
def edit_bones(
    context: bpy.types.Context, armature: bpy.types.Object
) -> Iterator[bpy.types.ArmatureEditBones]:
    """The bones of `armature`, open for changes. Expects Object mode; raises RequestError if it cannot be.

    Blender makes bones in edit mode only, and that takes an object of the view layer: for so long it hangs in
    the scene's own collection, which nobody can hide.
    """
    collection = scene_of(context).collection.objects
    is_guest = armature.name not in collection
    with selection_kept(context):
        if is_guest:
            collection.link(armature)
        try:
            select_only(context, [], armature)
            _set_mode(armature, "EDIT")
            yield armature_of(armature).edit_bones
        finally:
            if armature.mode == "EDIT":
                _set_mode(armature, "OBJECT")
            if is_guest:
                collection.unlink(armature)


def _set_mode(armature: bpy.types.Object, mode: Literal["EDIT", "OBJECT"]) -> None:
    try:
        bpy.ops.object.mode_set(mode=mode)
    except RuntimeError as error:
        raise wire.RequestError(
            f"The bones of {armature.name} cannot be edited here; show the object, and leave the"
            " present mode."
        ) from error

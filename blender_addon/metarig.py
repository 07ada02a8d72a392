"""Rigify's human metarig, cut down to neck, head and face, and laid onto a rig-ready head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..backend import wire
from .blender_data import all_preferences, armature_of, mesh_of, pose_of, view_layer_of
from .head_file import Floats, Ints
from .metarig_points import FACE_POINTS, TEETH_POINTS
from .naming import blender_name
from .rig_objects import BASE_INDEX, RigObjects, mirror_of, places
from .selection import leave_mode, select_only

NECK, NECK_TOP, SKULL, FACE = "spine.004", "spine.005", "spine.006", "face"
FACE_LENGTH = 0.4  # of the skull's bone
TEETH_LENGTH = 0.5  # of the distance between the eyes
Ends = tuple[Vector, Vector]  # head and tail of a bone


def add_metarig(context: bpy.types.Context, rig: RigObjects) -> bpy.types.Object:
    """A metarig of its own beside the head's armature, in the same place. Raises RequestError."""
    if "rigify" not in all_preferences(context).addons:
        raise wire.RequestError(
            "Rigify is not enabled: switch it on in the preferences, under Add-ons."
        )
    leave_mode(context)
    view_layer_of(context).update()
    ends = _bone_ends(rig)
    try:
        bpy.ops.object.armature_human_metarig_add()  # type: ignore[attr-defined]  # Rigify's
    except RuntimeError as error:
        raise wire.RequestError(
            "Rigify could not add its metarig; show the active collection, and try again."
        ) from error
    metarig = view_layer_of(context).objects.active
    assert metarig is not None
    metarig.name = armature_of(metarig).name = blender_name(rig.head.name, " metarig")
    metarig.matrix_world = rig.head.matrix_world
    select_only(context, [metarig], metarig)
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        _lay(armature_of(metarig).edit_bones, ends)
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
    neck: Any = pose_of(metarig).bones[NECK]  # Rigify registers the parameters
    neck.rigify_parameters.connect_chain = False  # there is no spine to connect to
    metarig.show_in_front = True
    return metarig


def _lay(bones: bpy.types.ArmatureEditBones, ends: Mapping[str, Ends]) -> None:
    """Move the bones that the head has a place for; the body's go."""
    bones[NECK].parent = None
    kept = {NECK, *(bone.name for bone in bones[NECK].children_recursive)}
    face = {FACE, *(bone.name for bone in bones[FACE].children_recursive)}
    for bone in list(bones):
        if bone.name not in kept or (bone.name in face and bone.name not in ends):
            bones.remove(bone)
        elif bone.name not in face and bone.name not in (NECK, NECK_TOP, SKULL):
            bones.remove(bone)  # shoulders hang on the neck in some releases
    for name, (head, tail) in ends.items():
        if name in bones:
            bones[name].head, bones[name].tail = head, tail


def _bone_ends(rig: RigObjects) -> dict[str, Ends]:
    """Where the metarig's bones begin and end, in the head's own space."""
    points, vertex_of, mirror = _points_by_base_index(rig)
    ends: dict[str, Ends] = {}
    for name, (head, tail) in FACE_POINTS.items():
        own = vertex_of[head], vertex_of[tail]
        ends[name] = _ends(points, *own)
        if ".L" in name:
            ends[name.replace(".L", ".R")] = _ends(points, mirror[own[0]], mirror[own[1]])
    ends |= _inner_ends(rig)
    left, right = ends["eye.L"][0], ends["eye.R"][0]
    up = ends[SKULL][1] - ends[SKULL][0]
    back = up.cross(left - right).normalized() * (TEETH_LENGTH * (left - right).length)
    for name, base in TEETH_POINTS.items():
        front = Vector(points[vertex_of[base]].tolist())
        ends[name] = front, front + back
    return ends


def _points_by_base_index(rig: RigObjects) -> tuple[Floats, dict[int, int], Ints]:
    """The head's points [V,3] at rest, the vertex for each of hm08's, and the one on the other side [V]."""
    mesh, mirror = mesh_of(rig.head), mirror_of(mesh_of(rig.head))
    attribute = mesh.attributes.get(BASE_INDEX)
    bases = np.empty(len(mesh.vertices), np.int32)
    if attribute is not None and len(attribute.data) == len(bases):
        attribute.data.foreach_get("value", bases)
    vertex_of = {int(base): vertex for vertex, base in enumerate(bases)}
    needed = {*np.ravel(list(FACE_POINTS.values())).tolist(), *TEETH_POINTS.values()}
    if mirror is None or attribute is None or not needed <= vertex_of.keys():
        raise wire.RequestError(
            f"The mesh of {rig.head.name} was cut or joined, so the places of the bones are lost."
        )
    return places(mesh.shape_keys.key_blocks[0].data), vertex_of, mirror


def _ends(points: Floats, head: int, tail: int) -> Ends:
    return Vector(points[head].tolist()), Vector(points[tail].tolist())


def _inner_ends(rig: RigObjects) -> dict[str, Ends]:
    """Of the bones that lie inside: those of the head's own armature say where."""
    to_head = rig.head.matrix_world.inverted_safe() @ rig.armature.matrix_world
    own = armature_of(rig.armature).bones
    try:
        neck, skull = _moved(own["neck"], to_head), _moved(own["head"], to_head)
        tongue = [_moved(own[f"tongue.0{number}"], to_head) for number in (3, 2, 1)]
        eyes = {name: _moved(own[name], to_head) for name in ("eye.L", "eye.R")}
    except KeyError as error:
        raise wire.RequestError(
            f"{rig.armature.name} has lost one of its bones; they are needed to place the metarig."
        ) from error
    middle = neck[0].lerp(neck[1], 0.5)
    # Rigify's tongue begins at the tip.
    names = ("tongue", "tongue.001", "tongue.002")
    backwards = {n: (tail, head) for n, (head, tail) in zip(names, tongue, strict=True)}
    return {
        NECK: (neck[0], middle),
        NECK_TOP: (middle, neck[1]),
        SKULL: skull,
        FACE: (skull[0], skull[0].lerp(skull[1], FACE_LENGTH)),
        **eyes,
        **backwards,
    }


def _moved(bone: bpy.types.Bone, matrix: Matrix) -> Ends:
    return matrix @ bone.head_local, matrix @ bone.tail_local

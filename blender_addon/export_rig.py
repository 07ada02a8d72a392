"""A rig-ready head to a file for other programs, with Blender's own exporters and options that fit it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import bpy

from ..backend import wire
from .blender_data import mesh_of, scene_of, view_layer_of
from .rig_levels import levels_shown
from .rig_objects import BASE_INDEX, MIRROR_INDEX, RigObjects
from .selection import leave_mode, select_only, selection_kept

Format = Literal["GLB", "FBX", "USD"]
SUFFIXES: dict[Format, str] = {"GLB": ".glb", "FBX": ".fbx", "USD": ".usdc"}


def export_rig(context: bpy.types.Context, rig: RigObjects, path: Path, kind: Format) -> None:
    """Write the head in metres with its shapes, bones and textures. Raises RequestError with one sentence."""
    if not path.parent.is_dir():
        raise wire.RequestError(f"The folder {path.parent} does not exist; choose another one.")
    leave_mode(context)
    with selection_kept(context), levels_shown(context, rig):
        select_only(context, rig.objects, rig.armature)
        hidden = [item.name for item in rig.objects if not item.select_get()]
        if hidden:
            raise wire.RequestError(
                f"{', '.join(hidden)} cannot be exported while hidden; show it."
            )
        try:
            _EXPORTERS[kind](context, rig, path)
        except (AttributeError, KeyError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[-1][:200]
            raise wire.RequestError(
                f"{path.name} could not be written ({reason}); check the folder, and that Blender's own"
                " exporter is enabled."
            ) from error


def _export_glb(context: bpy.types.Context, rig: RigObjects, path: Path) -> None:
    with _in_metres(context, rig), _numbers_kept(rig):
        bpy.ops.export_scene.gltf(
            filepath=str(path),
            export_format="GLB",
            use_selection=True,
            export_apply=False,  # applied modifiers would take the shapes away
            export_yup=True,
            export_normals=True,
            export_tangents=False,
            export_materials="EXPORT",
            export_image_format="AUTO",
            export_attributes=True,
            export_skins=True,
            export_influence_nb=4,
            export_rest_position_armature=True,
            export_morph=True,
            export_morph_normal=True,
            export_morph_tangent=False,
            export_animations=False,
            export_extras=True,
        )


def _export_fbx(context: bpy.types.Context, rig: RigObjects, path: Path) -> None:
    bpy.ops.export_scene.fbx(
        filepath=str(path),
        use_selection=True,
        object_types={"ARMATURE", "MESH"},
        global_scale=1.0,
        apply_unit_scale=True,
        apply_scale_options="FBX_SCALE_ALL",  # no factor of 100 on the bones
        axis_forward="-Z",
        axis_up="Y",
        use_mesh_modifiers=False,  # applied modifiers would take the shapes away
        mesh_smooth_type="FACE",
        add_leaf_bones=False,
        primary_bone_axis="Y",
        secondary_bone_axis="X",
        bake_anim=False,
        use_custom_props=True,
        path_mode="COPY",
        embed_textures=True,
    )


def _export_usd(context: bpy.types.Context, rig: RigObjects, path: Path) -> None:
    with _in_metres(context, rig):
        bpy.ops.wm.usd_export(
            filepath=str(path),
            selected_objects_only=True,
            export_animation=False,
            export_armatures=True,
            export_shapekeys=True,
            only_deform_bones=False,
            export_uvmaps=True,
            export_normals=True,
            export_materials=True,
            generate_preview_surface=True,
            overwrite_textures=True,
            relative_paths=True,
            root_prim_path="/root",
        )


_EXPORTERS = {"GLB": _export_glb, "FBX": _export_fbx, "USD": _export_usd}


@contextlib.contextmanager
def _numbers_kept(rig: RigObjects) -> Iterator[None]:
    """For glTF, which takes attributes of a file's own only if their names begin with an underscore."""
    all_meshes = {mesh_of(item) for item in (rig.head, *rig.levels)}
    meshes = [mesh for mesh in all_meshes if mesh.is_editable]
    found = [
        (mesh, name)
        for mesh in meshes
        for name in (BASE_INDEX, MIRROR_INDEX)
        if name in mesh.attributes and f"_{name}" not in mesh.attributes
    ]
    try:
        for mesh, name in found:
            mesh.attributes[name].name = f"_{name}"
        yield
    finally:
        for mesh, name in found:
            mesh.attributes[f"_{name}"].name = name


@contextlib.contextmanager
def _in_metres(context: bpy.types.Context, rig: RigObjects) -> Iterator[None]:
    """For exporters that take a scene's unit for a metre."""
    factor, armature = scene_of(context).unit_settings.scale_length, rig.armature
    place = armature.matrix_basis.copy()
    try:
        if factor not in (0.0, 1.0):
            armature.location *= factor
            armature.scale *= factor
            view_layer_of(context).update()
        yield
    finally:
        armature.matrix_basis = place

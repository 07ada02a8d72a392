"""A rig-ready head into Blender: armature, quads with shape keys and weights, hair of its own.

`read_rig_result` reads and checks everything, `make_rig` makes the objects, `add_bones` of rig_bones needs the
view layer and comes last.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ..backend import wire
from .color_space import ColorSpace
from .coords import field_to_blender
from .head_file import Floats, HeadFile
from .job_entry import JobEntry
from .material import Place, load_map
from .meshes import fill_mesh, make_mesh
from .naming import blender_name
from .rig_binding import add_group, add_numbers, bind, drive_shapes
from .rig_file import PartMotion, RigFile, read_motion, read_part, read_rig
from .rig_material import RigMaps, make_part_material, make_rig_materials
from .rig_objects import BASE_INDEX, HEAD, MIRROR_INDEX, PART, ROLE, SKELETON, RigObjects

HEAD_BONE = "head"


@dataclass(frozen=True)
class Frame:
    """Where a head's own origin lies, and the scene's unit."""

    origin: Floats  # [3] metres, Blender's frame
    scale: float  # scene units in a metre

    def places(self, points: Floats) -> Floats:
        """Points [N,3] of the field frame in metres, as places in the object."""
        return (field_to_blender(points) - self.origin) * np.float32(self.scale)


@dataclass(frozen=True)
class PartSource:
    """Hair, a beard, glasses, as read from the job's folder."""

    name: str
    mesh: HeadFile
    albedo: Path
    normal: Path
    motion: PartMotion | None  # None: with the head's bone


@dataclass(frozen=True)
class RigSource:
    """A rig-ready head, as read from the job's folder."""

    file: RigFile
    albedo: Path
    normal: Path
    roughness: Path
    parts: tuple[PartSource, ...]

    def joints(self, frame: Frame) -> tuple[Floats, Floats]:
        """Heads and tails [J,3] of the bones in the armature's space."""
        return frame.places(self.file.joint_heads), frame.places(self.file.joint_tails)


def read_rig_result(job: JobEntry, result: wire.RigResult) -> RigSource:
    """Read the files of a result. Raises RequestError with one sentence."""
    file = read_rig(job.path(result.mesh))
    return RigSource(
        file=file,
        albedo=job.texture(result.albedo),
        normal=job.texture(result.normal),
        roughness=job.texture(result.roughness),
        parts=tuple(_read_part(job, part, file.vertices) for part in result.parts),
    )


def _read_part(job: JobEntry, part: wire.RigPart, head: Floats) -> PartSource:
    mesh = read_part(job.path(part.mesh), head)
    count = len(mesh.vertices)
    motion = read_motion(job.path(part.motion), count, head) if part.motion else None
    return PartSource(part.name, mesh, job.texture(part.albedo), job.texture(part.normal), motion)


def make_rig(name: str, source: RigSource, frame: Frame, place: Place) -> RigObjects:
    """The objects of a head, its armature still without bones."""
    skeleton = bpy.data.armatures.new(blender_name(name, " rig"))
    # Thin and inside the head, not over its face: the panel brings the bones to the front.
    skeleton.display_type = "WIRE"
    armature = bpy.data.objects.new(skeleton.name, skeleton)
    armature[ROLE] = SKELETON
    head = _make_head(name, source, frame, place)
    bind(head, armature)
    parts = []
    for part in source.parts:
        item = _make_part(name, part, frame, place)
        bind(item, armature)
        if part.motion is not None:
            drive_shapes(item, head, wire.ARKIT_SHAPES)
        parts.append(item)
    return RigObjects(armature, head, tuple(parts))


def _make_head(name: str, source: RigSource, frame: Frame, place: Place) -> bpy.types.Object:
    maps = RigMaps(
        *(
            _load(path, blender_name(name, f" {kind}"), kind == "albedo", place)
            for path, kind in (
                (source.albedo, "albedo"),
                (source.normal, "normal"),
                (source.roughness, "roughness"),
            )
        )
    )
    materials = make_rig_materials(name, maps, frame.scale)
    file, points = source.file, frame.places(source.file.vertices)
    mesh = fill_mesh(name, points, file.quads, file.corner_uvs)
    for material in materials:
        mesh.materials.append(material)
    mesh.polygons.foreach_set("material_index", file.face_materials)
    add_numbers(mesh, BASE_INDEX, file.base_index)
    add_numbers(mesh, MIRROR_INDEX, file.mirror)
    item = bpy.data.objects.new(name, mesh)
    item[ROLE] = HEAD
    _add_shapes(item, points, field_to_blender(file.shape_offsets.reshape(-1, 3)) * frame.scale)
    for bone, weights in zip(wire.BONES, file.bone_weights.T, strict=True):
        add_group(item, bone, weights)
    return item


def _make_part(name: str, part: PartSource, frame: Frame, place: Place) -> bpy.types.Object:
    full_name = blender_name(name, f" {part.name}")
    albedo, normal = (
        _load(path, blender_name(name, f" {part.name} {kind}"), kind == "albedo", place)
        for path, kind in ((part.albedo, "albedo"), (part.normal, "normal"))
    )
    material = make_part_material(full_name, albedo, normal)
    mesh = make_mesh(full_name, part.mesh, frame.origin, frame.scale)
    mesh.materials.append(material)
    item = bpy.data.objects.new(full_name, mesh)
    item[ROLE] = PART
    if part.motion is None:
        add_group(item, HEAD_BONE, np.ones(len(mesh.vertices), np.float32))
        return item
    for bone, weights in zip(wire.BONES, part.motion.bone_weights.T, strict=True):
        add_group(item, bone, weights)
    offsets = field_to_blender(part.motion.shape_offsets.reshape(-1, 3)) * frame.scale
    _add_shapes(item, frame.places(part.mesh.vertices), offsets)
    return item


def _load(path: Path, name: str, is_colour: bool, place: Place) -> bpy.types.Image:
    color_space: ColorSpace = "sRGB" if is_colour else "Non-Color"
    return load_map(path, name, color_space, place, has_alpha=True)


def _add_shapes(item: bpy.types.Object, points: Floats, offsets: Floats) -> None:
    """ARKit's shapes after the basis [V,3]; `offsets` [52*V,3]."""
    item.shape_key_add(name="Basis", from_mix=False)
    moves = offsets.reshape(len(wire.ARKIT_SHAPES), *points.shape)
    for name, move in zip(wire.ARKIT_SHAPES, moves, strict=True):
        key = item.shape_key_add(name=name, from_mix=False)
        key.data.foreach_set("co", (points + move).ravel())
        key.value = 0.0  # Blender 5 makes keys that are in force

"""Finished heads into the scene: mesh, UV map, material, place, provenance.

Everything is read and checked before anything is made, and what was made is taken away again if a later step
fails, so that a failed import leaves the file as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ..backend import api
from .backend_process import session
from .coords import field_to_blender, neck_base, units_per_metre
from .head_file import HeadFile, read_head
from .jobs import Job
from .launching import preferences_of
from .material import UV_MAP, ColorSpace, MaterialMaps, Place, load_map, make_material
from .naming import blender_name

BATCH_KEY = "headsmith_batch"
SPACING = 1.25  # widths of a head from one to the next
DEFAULT_WIDTH_M = 0.25


@dataclass(frozen=True)
class MapFiles:
    """Where the pictures of a head lie; a backend may bake the colour only."""

    albedo: Path
    normal: Path | None
    roughness: Path | None
    masks: tuple[tuple[str, Path], ...]  # part and picture


@dataclass(frozen=True)
class PlacedHead:
    """One head of a job, read and ready to be made."""

    result: api.HeadResult
    mesh: HeadFile
    maps: MapFiles


def import_job(context: bpy.types.Context, job: Job) -> list[bpy.types.Object]:
    """Make the heads of a finished job at the 3D cursor, side by side along x; the first is active.

    Raises RequestError with one sentence, and leaves the scene as it was, if a file cannot be used.
    """
    assert job.result is not None
    heads = [
        PlacedHead(result, read_head(job.path(result.mesh)), map_files(job, result))
        for result in job.result.heads
    ]
    made: list[bpy.types.ID] = []
    place = _textures_place(context)
    try:
        objects = [_make_object(head, job, context.scene, place, made) for head in heads]
    except api.RequestError:
        bpy.data.batch_remove(made)
        raise
    _leave_mode(context)
    collection = _batch_collection(context.scene, job)
    _place(objects, collection, context.scene)
    for item in objects:
        collection.objects.link(item)
    _select(context, objects)
    _show_in_local_views(context, objects)
    return objects


def map_files(job: Job, result: api.HeadResult) -> MapFiles:
    """The pictures that a result names. Raises RequestError if one lies elsewhere."""
    return MapFiles(
        job.path(result.albedo),
        job.path(result.normal) if result.normal else None,
        job.path(result.roughness) if result.roughness else None,
        tuple((mask.part, job.path(mask.path)) for mask in result.masks),
    )


def _textures_place(context: bpy.types.Context) -> Place:
    """Where the preferences want pictures; into the .blend if there is no folder beside it yet."""
    place: Place = preferences_of(context).textures
    if place == "BESIDE" and not bpy.data.is_saved:
        session.note(
            "WARNING",
            "The textures were packed into the file: save it first to have them beside it.",
        )
        return "PACKED"
    return place


def _make_object(
    head: PlacedHead, job: Job, scene: bpy.types.Scene, place: Place, made: list[bpy.types.ID]
) -> bpy.types.Object:
    name = blender_name(head.result.name or job.title)
    scale = units_per_metre(scene.unit_settings.scale_length)
    maps = _load_maps(head.maps, name, scale, place, made)
    material = make_material(name, maps)
    made.append(material)
    mesh = make_mesh(name, head.mesh, scale)
    made.append(mesh)
    mesh.materials.append(material)
    item = bpy.data.objects.new(name, mesh)
    made.append(item)
    _write_provenance(item, head.result, job)
    return item


def _load_maps(
    files: MapFiles, name: str, scale: float, place: Place, made: list[bpy.types.ID]
) -> MaterialMaps:
    def load(path: Path, kind: str) -> bpy.types.Image:
        color_space: ColorSpace = "sRGB" if kind == "albedo" else "Non-Color"
        made.append(load_map(path, f"{name} {kind}", color_space, place))
        return made[-1]

    return MaterialMaps(
        load(files.albedo, "albedo"),
        load(files.normal, "normal") if files.normal else None,
        load(files.roughness, "roughness") if files.roughness else None,
        tuple(load(path, f"{part} mask") for part, path in files.masks),
        UV_MAP,
        scale,
    )


def make_mesh(name: str, head: HeadFile, scale: float) -> bpy.types.Mesh:
    """A Blender mesh in scene units, its origin at the base of the neck, facing -Y, shaded smooth.

    The file's normals are those of smooth shading, so none are stored: stored ones would stand still while
    the user sculpts.
    """
    points = field_to_blender(head.vertices)
    points = (points - neck_base(points)) * np.float32(scale)
    mesh = bpy.data.meshes.new(name)
    corners, triangles = head.faces.size, len(head.faces)
    mesh.vertices.add(len(points))
    mesh.loops.add(corners)
    mesh.polygons.add(triangles)
    mesh.vertices.foreach_set("co", points.ravel())
    mesh.loops.foreach_set("vertex_index", head.faces.ravel())
    mesh.polygons.foreach_set("loop_start", np.arange(0, corners, 3, dtype=np.int32))
    layer = mesh.uv_layers.new(name=UV_MAP, do_init=False)
    layer.uv.foreach_set("vector", head.corner_uvs.ravel())
    mesh.update(calc_edges=True)
    mesh.validate()
    return mesh


def _write_provenance(item: bpy.types.Object, head: api.HeadResult, job: Job) -> None:
    """What it takes to make the head again, and under which terms it may be used."""
    origin = head.provenance
    item["headsmith_prompt"] = origin.prompt
    item["headsmith_seed"] = origin.seed
    item["headsmith_latent"] = list(head.z)
    item["headsmith_model"] = origin.model
    item["headsmith_model_sha256"] = origin.model_sha256
    item["headsmith_licence"] = origin.licence
    item["headsmith_version"] = origin.headsmith
    item["headsmith_job"] = job.id


def _leave_mode(context: bpy.types.Context) -> None:
    """To Object mode: the new head becomes active, and another object's mode cannot stay with it."""
    active = context.view_layer.objects.active
    if active is not None and active.mode != "OBJECT" and bpy.ops.object.mode_set.poll():
        bpy.ops.object.mode_set(mode="OBJECT")


def _batch_collection(scene: bpy.types.Scene, job: Job) -> bpy.types.Collection:
    """The collection of the job's batch in this scene; a new one if there is none or it was thrown out."""
    key = job.batch or job.id
    for collection in scene.collection.children_recursive:
        if collection.get(BATCH_KEY) == key and collection.library is None:
            return collection
    collection = bpy.data.collections.new(
        blender_name(f"Headsmith: {job.batch_title or job.title}")
    )
    collection[BATCH_KEY] = key
    scene.collection.children.link(collection)
    return collection


def _place(
    objects: Sequence[bpy.types.Object], collection: bpy.types.Collection, scene: bpy.types.Scene
) -> None:
    """In a row along x, from the 3D cursor or after the heads that the batch already has."""
    start = scene.cursor.location.copy()
    width = max(
        [item.dimensions.x or _width(item) for item in objects]
        or [DEFAULT_WIDTH_M * units_per_metre(scene.unit_settings.scale_length)]
    )
    earlier = [item for item in collection.objects if "headsmith_latent" in item]
    if earlier:
        last = max(earlier, key=lambda item: item.location.x)
        start = last.location.copy()
        start.x += SPACING * max(width, _width(last))
    for index, item in enumerate(objects):
        item.location = start
        item.location.x += index * SPACING * width


def _width(item: bpy.types.Object) -> float:
    """Along x, in scene units; also before the object was ever evaluated."""
    xs = [corner[0] for corner in item.bound_box]
    return float(max(xs) - min(xs)) * abs(item.scale.x)


def _show_in_local_views(context: bpy.types.Context, objects: Sequence[bpy.types.Object]) -> None:
    """A view that shows only some objects shows the new heads too; else they would seem to be lost."""
    for window in context.window_manager.windows:
        if window.scene != context.scene:
            continue
        for area in window.screen.areas:
            for space in area.spaces:
                if space.type == "VIEW_3D" and space.local_view is not None:
                    for item in objects:
                        item.local_view_set(space, True)


def _select(context: bpy.types.Context, objects: Sequence[bpy.types.Object]) -> None:
    for item in context.view_layer.objects:
        item.select_set(False)
    for item in objects:
        item.select_set(True)
    context.view_layer.objects.active = objects[0]

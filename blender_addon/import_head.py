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
from .coords import field_to_blender, neck_base, units_per_metre
from .head_file import HeadFile, read_head
from .jobs import Job
from .material import load_albedo, make_material
from .naming import blender_name

UV_MAP = "UVMap"
BATCH_KEY = "headsmith_batch"
SPACING = 1.25  # widths of a head from one to the next
DEFAULT_WIDTH_M = 0.25


@dataclass(frozen=True)
class PlacedHead:
    """One head of a job, read and ready to be made."""

    result: api.HeadResult
    mesh: HeadFile
    albedo: Path


def import_job(context: bpy.types.Context, job: Job) -> list[bpy.types.Object]:
    """Make the heads of a finished job at the 3D cursor, side by side along x; the first is active.

    Raises RequestError with one sentence, and leaves the scene as it was, if a file cannot be used.
    """
    assert job.result is not None
    heads = [
        PlacedHead(result, read_head(job.path(result.mesh)), job.path(result.albedo))
        for result in job.result.heads
    ]
    made: list[bpy.types.ID] = []
    try:
        objects = [_make_object(head, job, context.scene, made) for head in heads]
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


def _make_object(
    head: PlacedHead, job: Job, scene: bpy.types.Scene, made: list[bpy.types.ID]
) -> bpy.types.Object:
    name = blender_name(head.result.name or job.title)
    image = load_albedo(head.albedo, f"{name} albedo")
    made.append(image)
    material = make_material(name, image)
    made.append(material)
    mesh = make_mesh(name, head.mesh, units_per_metre(scene.unit_settings.scale_length))
    made.append(mesh)
    mesh.materials.append(material)
    item = bpy.data.objects.new(name, mesh)
    made.append(item)
    _write_provenance(item, head.result, job)
    return item


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

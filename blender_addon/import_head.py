"""Finished heads into the scene, as sculpts, rig-ready, or both: objects, place, provenance.

Everything is read and checked before anything is made, and what was made is taken away again if a later step
fails, so that a failed import leaves the file as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ..backend import wire
from .coords import field_to_blender, neck_base, units_per_metre
from .import_rig import Frame, RigSource, make_rig, read_rig_result
from .import_sculpt import SculptSource, make_sculpt, read_sculpt
from .job_entry import JobEntry
from .launching import preferences_of
from .material import Place
from .naming import blender_name
from .rig_bones import add_bones
from .rig_objects import RigObjects
from .selection import leave_mode, select_only
from .session import session

BATCH_KEY = "headsmith_batch"
SPACING = 1.25  # widths of a head from one to the next
DEFAULT_WIDTH_M = 0.25


@dataclass(frozen=True)
class HeadSource:
    """One head of a job, read and ready to be made."""

    result: wire.HeadResult
    sculpt: SculptSource | None
    rig: RigSource | None


@dataclass(frozen=True)
class MadeHead:
    """The objects of one head."""

    sculpt: bpy.types.Object | None
    rig: RigObjects | None

    @property
    def roots(self) -> tuple[bpy.types.Object, ...]:
        """What is placed; the rest hangs on it."""
        rig = (self.rig.armature,) if self.rig else ()
        return ((self.sculpt,) if self.sculpt else ()) + rig

    @property
    def objects(self) -> tuple[bpy.types.Object, ...]:
        return ((self.sculpt,) if self.sculpt else ()) + (self.rig.objects if self.rig else ())

    @property
    def face(self) -> bpy.types.Object:
        """The object that becomes active: the one with the shapes, if there is one."""
        item = self.rig.head if self.rig else self.sculpt
        assert item is not None  # _read
        return item


def import_job(context: bpy.types.Context, job: JobEntry) -> list[bpy.types.Object]:
    """Make the heads of a finished job at the 3D cursor, side by side along x; the first is active.

    A head that was wrapped onto a user's mesh stays where that mesh is. Returns one object a head. Raises
    RequestError with one sentence, and leaves the scene as it was, if a file cannot be used.
    """
    assert job.result is not None
    sources = [_read(job, result) for result in job.result.heads]
    made: list[bpy.types.ID] = []
    try:
        place = _textures_place(context)
        heads = [_make_head(source, job, context.scene, place, made) for source in sources]
        leave_mode(context)
        for source, head in zip(sources, heads, strict=True):
            if source.rig is not None and head.rig is not None:
                joints = source.rig.joints(_frame(source, job, context.scene))
                add_bones(context, head.rig.armature, *joints)
    except wire.RequestError:
        bpy.data.batch_remove(made)
        raise
    collection = _group_collection(context.scene, job)
    if job.request.kind != "wrap":
        roots = [root for head in heads for root in head.roots]
        _place(roots, collection, context.scene)
    objects = [item for head in heads for item in head.objects]
    for item in objects:
        collection.objects.link(item)
    select_only(context, objects, heads[0].face)
    _show_in_local_views(context, objects)
    return [head.face for head in heads]


def _read(job: JobEntry, result: wire.HeadResult) -> HeadSource:
    source = HeadSource(
        result,
        sculpt=read_sculpt(job, result.sculpt) if result.sculpt else None,
        rig=read_rig_result(job, result.rig) if result.rig else None,
    )
    if source.sculpt is None and source.rig is None:
        raise wire.RequestError(
            f"{result.name or 'The head'} has no mesh; generate it again.", wire.ErrorCode.PROTOCOL
        )
    return source


def _frame(source: HeadSource, job: JobEntry, scene: bpy.types.Scene) -> Frame:
    """The head's own origin: the base of the neck, of the sculpt where there are both, so that they coincide
    when one is moved to the other; for a wrapped head the world's, where the user's mesh is measured from."""
    units = units_per_metre(scene.unit_settings.scale_length)
    mesh = source.sculpt.mesh if source.sculpt else source.rig.file if source.rig else None
    assert mesh is not None  # _read
    if job.request.kind == "wrap":
        return Frame(np.zeros(3, np.float32), units)
    return Frame(neck_base(field_to_blender(mesh.vertices)), units)


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


def _make_head(
    source: HeadSource,
    job: JobEntry,
    scene: bpy.types.Scene,
    place: Place,
    made: list[bpy.types.ID],
) -> MadeHead:
    # The title of a wrapped head's job is the name of the user's mesh.
    is_wrapped = job.request.kind == "wrap"
    name = blender_name(job.title if is_wrapped else source.result.name or job.title)
    frame = _frame(source, job, scene)
    rig = make_rig(name, source.rig, frame, place, made) if source.rig else None
    sculpt = None
    if source.sculpt is not None:
        own_name = blender_name(name, " sculpt") if rig else name
        sculpt = make_sculpt(own_name, source.sculpt, frame, place, made)
    head = MadeHead(sculpt, rig)
    for item in head.objects:
        _write_provenance(item, source.result, job)
    return head


def _write_provenance(item: bpy.types.Object, head: wire.HeadResult, job: JobEntry) -> None:
    """What it takes to make the head again, and under which terms it may be used."""
    origin = head.provenance
    item["headsmith_prompt"] = origin.prompt
    item["headsmith_seed"] = origin.seed
    if head.z:  # a head that was wrapped onto the user's mesh has none
        item["headsmith_latent"] = list(head.z)
    item["headsmith_model"] = origin.model
    item["headsmith_model_sha256"] = origin.model_sha256
    item["headsmith_licence"] = origin.licence
    item["headsmith_version"] = origin.headsmith
    item["headsmith_job"] = job.id


def _group_collection(scene: bpy.types.Scene, job: JobEntry) -> bpy.types.Collection:
    """The collection of the job's batch in this scene; a new one if there is none or it was thrown out."""
    key = job.group or job.id
    for collection in scene.collection.children_recursive:
        if collection.get(BATCH_KEY) == key and collection.library is None:
            return collection
    collection = bpy.data.collections.new(
        blender_name(f"Headsmith: {job.group_title or job.title}")
    )
    collection[BATCH_KEY] = key
    scene.collection.children.link(collection)
    return collection


def _place(
    roots: Sequence[bpy.types.Object], collection: bpy.types.Collection, scene: bpy.types.Scene
) -> None:
    """In a row along x, from the 3D cursor or after the heads that the batch already has."""
    start = scene.cursor.location.copy()
    width = max(
        [_width(item) for item in roots]
        or [DEFAULT_WIDTH_M * units_per_metre(scene.unit_settings.scale_length)]
    )
    earlier = [i for i in collection.objects if "headsmith_job" in i and i.parent is None]
    if earlier:
        last = max(earlier, key=lambda item: item.location.x)
        start = last.location.copy()
        start.x += SPACING * max(width, _width(last))
    for index, item in enumerate(roots):
        item.location = start
        item.location.x += index * SPACING * width


def _width(root: bpy.types.Object) -> float:
    """Along x, in scene units, with what hangs on it; also before the object was ever evaluated."""
    meshes = [item for item in (root, *root.children) if item.type == "MESH"]
    xs = [corner[0] for item in meshes for corner in item.bound_box]
    return float(max(xs) - min(xs)) * abs(root.scale.x) if xs else 0.0


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

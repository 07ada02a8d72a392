"""Finished heads into the scene, as sculpts, rig-ready, or both: objects, place, provenance.

Everything is read and checked before anything is made, and what was made is taken away again whatever fails
later, so that a failed import leaves the file as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ..backend import wire
from .blender_data import custom_property, has_property, scene_of
from .clean_up import removed_on_failure
from .coords import field_to_blender, neck_base, units_per_metre
from .import_rig import Frame, RigSource, make_rig, read_rig_result
from .import_sculpt import SculptSource, make_sculpt, read_sculpt
from .job_entry import JobEntry
from .launching import preferences_of
from .material import Place, folder_beside
from .naming import blender_name
from .placement import place_heads
from .rig_bones import add_bones
from .rig_objects import RigObjects
from .selection import leave_mode, select_only
from .session import session
from .viewports import look_at_heads, show_in_local_views, show_textures

BATCH_KEY = "headsmith_batch"


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
    """Make the heads of a finished job side by side along x, from the 3D cursor; the first is active.

    A head that was wrapped onto a user's mesh stays where that mesh is. Returns one object a head. Raises
    RequestError with one sentence, and leaves the scene as it was, if a file cannot be used.
    """
    assert job.result is not None
    sources = [_read(job, result) for result in job.result.heads]
    place = _textures_place(context)
    with removed_on_failure(folder_beside() if place == "BESIDE" else None):
        heads = [_make_head(source, job, scene_of(context), place) for source in sources]
        leave_mode(context)
        for source, head in zip(sources, heads, strict=True):
            if source.rig is not None and head.rig is not None:
                joints = source.rig.joints(_frame(source, job, scene_of(context)))
                add_bones(context, head.rig.armature, *joints)
        _arrange(context, job, heads)
    return [head.face for head in heads]


def _arrange(context: bpy.types.Context, job: JobEntry, heads: Sequence[MadeHead]) -> None:
    """Put the heads in their places in the scene, selected, and let the views show them."""
    is_first = not any(has_property(item, "headsmith_job") for item in scene_of(context).objects)
    collection = _group_collection(scene_of(context), job)
    goes_on = bool(collection.objects)  # a batch, whose row the user has seen beginning
    if job.request.kind != "wrap":
        place_heads(context, [root for head in heads for root in head.roots], collection)
    objects = [item for head in heads for item in head.objects]
    for item in objects:
        collection.objects.link(item)
    select_only(context, objects, heads[0].face)
    show_in_local_views(context, objects)
    if preferences_of(context).show_new_heads and not goes_on:
        _show(context, objects, is_first, job.request.kind == "wrap")


def _show(
    context: bpy.types.Context,
    objects: Sequence[bpy.types.Object],
    is_first: bool,
    is_wrapped: bool,
) -> None:
    if is_first and show_textures(context):
        session.note(
            "INFO", "The 3D view shows textures now; its Shading menu changes it back at any time."
        )
    look_at_heads(context, objects, in_the_face=is_first and not is_wrapped)


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
    place = preferences_of(context).textures
    if place == "BESIDE" and not bpy.data.is_saved:
        session.note(
            "WARNING",
            "The textures were packed into the file: save it first to have them beside it.",
        )
        return "PACKED"
    return place


def _make_head(source: HeadSource, job: JobEntry, scene: bpy.types.Scene, place: Place) -> MadeHead:
    # The title of a wrapped head's job is the name of the user's mesh.
    is_wrapped = job.request.kind == "wrap"
    name = blender_name(job.title if is_wrapped else source.result.name or job.title)
    frame = _frame(source, job, scene)
    rig = make_rig(name, source.rig, frame, place) if source.rig else None
    sculpt = None
    if source.sculpt is not None:
        own_name = blender_name(name, " sculpt") if rig else name
        sculpt = make_sculpt(own_name, source.sculpt, frame, place)
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
    below: Sequence[bpy.types.Collection] = scene.collection.children_recursive
    for collection in below:
        if custom_property(collection, BATCH_KEY) == key and collection.library is None:
            return collection
    collection = bpy.data.collections.new(
        blender_name(f"Headsmith: {job.group_title or job.title}")
    )
    collection[BATCH_KEY] = key
    scene.collection.children.link(collection)
    return collection

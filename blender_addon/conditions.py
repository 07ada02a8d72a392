"""When a button can be pressed, and the line that says why not."""

from __future__ import annotations

import bpy

from ..backend import wire
from .blender_data import has_property
from .job_entry import JobEntry
from .properties import settings_of
from .rig_objects import find_rig
from .session import session
from .user_mesh import selected_meshes


def _say(operator: type[bpy.types.Operator], is_possible: bool, reason: str) -> bool:
    if not is_possible:
        operator.poll_message_set(reason)
    return is_possible


def has_editable_scene(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """Heads need a scene of this file."""
    scene = context.scene
    return _say(
        operator,
        scene is not None and scene.library is None,
        "The scene belongs to a linked file; switch to a scene of this one",
    )


def has_gallery(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    return _say(operator, session.gallery() is not None, "Press Explore first")


def has_choice(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """A preview of the gallery is chosen."""
    return has_gallery(operator, context) and _say(
        operator, chosen_candidate(context) is not None, "Choose one of the previews first"
    )


def has_selected_head(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    item = context.active_object
    return _say(
        operator,
        item is not None and has_property(item, "headsmith_latent"),
        "Make a head of Headsmith the active object",
    )


def has_rig(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    return _say(
        operator,
        find_rig(context.active_object) is not None,
        "Make a rig-ready head of Headsmith the active object",
    )


def has_local_rig(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """A rig-ready head whose meshes and bones this file may change."""
    rig = find_rig(context.active_object)
    return has_rig(operator, context) and _say(
        operator,
        rig is not None and not rig.is_linked,
        "This head is linked from another file; change it there, or make it local first",
    )


def has_posable_rig(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """A rig-ready head of this file, or a linked one with a library override."""
    rig = find_rig(context.active_object)
    return has_rig(operator, context) and _say(
        operator,
        rig is not None and rig.armature.library is None,
        "This head is linked from another file; make a library override or a local copy first",
    )


def has_levels(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    rig = find_rig(context.active_object)
    return has_rig(operator, context) and _say(
        operator, rig is not None and bool(rig.levels), "Add levels of detail first"
    )


def has_selected_mesh(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    return has_editable_scene(operator, context) and _say(
        operator, bool(selected_meshes(context)), "Select the mesh of a head first"
    )


def has_work(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    dispatcher = session.dispatcher
    return _say(
        operator,
        dispatcher.current is not None or bool(dispatcher.waiting),
        "Nothing is being made",
    )


def has_finished_head(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    return has_editable_scene(operator, context) and _say(
        operator, session.latest_importable() is not None, "No head is finished"
    )


def chosen_candidate(context: bpy.types.Context) -> wire.Candidate | None:
    """The preview that the user chose from the gallery."""
    gallery, index = session.gallery(), settings_of(context).gallery_index
    if gallery is None:
        return None
    return next((item for item in gallery.candidates if item.index == index), None)


def finished_job(job_id: str) -> JobEntry | None:
    """The finished job with this id; with an empty id the latest one."""
    return session.dispatcher.find(job_id) if job_id else session.latest_importable()

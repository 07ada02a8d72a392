"""Finding a job's scene again after minutes in which anything may have happened to the file."""

from __future__ import annotations

import uuid

import bpy

from .blender_data import custom_property, has_property, windows_of
from .job_entry import SceneKey

MARK = "headsmith_scene"


def key_of(scene: bpy.types.Scene) -> SceneKey:
    """The key of `scene`, which gets a mark if it has none."""
    if not has_property(scene, MARK):
        scene[MARK] = uuid.uuid4().hex
    return SceneKey(mark=scene[MARK], session_uid=scene.session_uid, name=scene.name)


def is_scene(scene: bpy.types.Scene, key: SceneKey) -> bool:
    """Whether `key` was taken from this scene.

    Undo may have taken the mark away, but not the uid; opening the file again keeps the mark alone. A copy has the
    mark as well, so it counts only where the scene itself is not there.
    """
    if scene.session_uid == key.session_uid:
        return True
    is_there = any(other.session_uid == key.session_uid for other in bpy.data.scenes)
    return not is_there and custom_property(scene, MARK) == key.mark


def window_showing(key: SceneKey) -> bpy.types.Window | None:
    """A window that shows the scene of `key`, the active one first."""
    active = bpy.context.window
    windows = sorted(windows_of(bpy.context), key=lambda window: window != active)
    return next((window for window in windows if is_scene(window.scene, key)), None)

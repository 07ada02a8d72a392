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
    """Whether `key` was taken from this scene. Undo may have taken the mark away, but not the uid."""
    mark = custom_property(scene, MARK)
    return mark == key.mark if mark is not None else scene.session_uid == key.session_uid


def window_showing(key: SceneKey) -> bpy.types.Window | None:
    """A window that shows the scene of `key`, the active one first."""
    active = bpy.context.window
    windows = sorted(windows_of(bpy.context), key=lambda window: window != active)
    return next((window for window in windows if is_scene(window.scene, key)), None)

"""Forget Landmarks: all five are unplaced again."""

from typing import Any

import bpy

from ..in_blender import part, wire


def test_no_landmark_is_left_and_nothing_else_changes(session: Any) -> None:
    settings = bpy.context.scene.headsmith
    settings.prompt, settings.seed = "a man", 7
    for index in range(5):
        bpy.ops.headsmith.landmark_pick(index=index)
    assert bpy.ops.headsmith.landmark_clear() == {"FINISHED"}
    names = [part("properties").landmark_property(name) for name in wire().LANDMARKS]
    assert not any(settings.is_property_set(name) for name in names)
    assert (settings.prompt, settings.seed) == ("a man", 7)
    assert part("wrap_request").placed_landmarks(bpy.context) == ()


def test_another_scenes_landmarks_stay(session: Any) -> None:
    other = bpy.data.scenes.new("Other")
    other.headsmith.landmark_chin = (1.0, 2.0, 3.0)
    bpy.ops.headsmith.landmark_pick(index=4)
    bpy.ops.headsmith.landmark_clear()
    assert tuple(other.headsmith.landmark_chin) == (1.0, 2.0, 3.0)

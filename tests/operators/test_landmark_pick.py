"""From 3D Cursor: a landmark is placed where the cursor is, and no other with it."""

from typing import Any

import bpy
import pytest

from ..in_blender import part, wire


@pytest.mark.parametrize("index", range(5))
def test_one_landmark_is_placed_at_the_cursor(session: Any, index: int) -> None:
    bpy.context.scene.cursor.location = (1.0 + index, -2.0, 0.5)
    assert bpy.ops.headsmith.landmark_pick(index=index) == {"FINISHED"}
    settings = bpy.context.scene.headsmith
    names = [part("properties").landmark_property(name) for name in wire().LANDMARKS]
    placed = [name for name in names if settings.is_property_set(name)]
    assert placed == [names[index]]
    assert tuple(getattr(settings, placed[0])) == (1.0 + index, -2.0, 0.5)


def test_a_cursor_at_the_origin_is_a_place_too(session: Any) -> None:
    bpy.context.scene.cursor.location = (0.0, 0.0, 0.0)
    bpy.ops.headsmith.landmark_pick(index=4)
    assert bpy.context.scene.headsmith.is_property_set("landmark_chin")


def test_a_landmark_that_is_picked_again_moves(session: Any) -> None:
    for place in ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)):
        bpy.context.scene.cursor.location = place
        bpy.ops.headsmith.landmark_pick(index=0)
    assert tuple(bpy.context.scene.headsmith.landmark_left_eye) == (4.0, 5.0, 6.0)


def test_undo_takes_a_landmark_back(session: Any) -> None:
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.headsmith.landmark_pick(index=2)
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    assert not bpy.context.scene.headsmith.is_property_set("landmark_nose_tip")

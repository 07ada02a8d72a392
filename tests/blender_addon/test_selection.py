"""Mode and selection: what is changed for a new head, and what is put back."""

from typing import Any

import bpy
import pytest

from ..in_blender import part
from .session_runs import generate, head


def test_only_the_new_head_is_selected_and_active(session: Any) -> None:
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.active_object
    generate()
    assert head() != cube
    assert bpy.context.selected_objects == [head()]


def cubes(count: int) -> list[Any]:
    made = []
    for _ in range(count):
        bpy.ops.mesh.primitive_cube_add()
        made.append(bpy.context.active_object)
    return made


@pytest.mark.parametrize("fails", [False, True])
def test_selection_and_active_object_are_put_back(session: Any, fails: bool) -> None:
    first, second, third = cubes(3)
    part("selection").select_only(bpy.context, [first, second], third)
    try:
        with part("selection").selection_kept(bpy.context):
            part("selection").select_only(bpy.context, [third], first)
            if fails:
                raise KeyError
    except KeyError:
        assert fails
    assert set(bpy.context.selected_objects) == {first, second}
    assert bpy.context.view_layer.objects.active == third


def test_nothing_can_be_selected_too(session: Any) -> None:
    cubes(2)
    part("selection").select_only(bpy.context, [], None)
    assert bpy.context.selected_objects == []
    assert bpy.context.view_layer.objects.active is None


def test_what_the_view_layer_leaves_out_is_no_hindrance(session: Any) -> None:
    first, outside = cubes(2)
    for collection in outside.users_collection:
        collection.objects.unlink(outside)
    part("selection").select_only(bpy.context, [outside, first], outside)
    assert bpy.context.selected_objects == [first]


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT", "SCULPT", "WEIGHT_PAINT"])
def test_every_mode_is_left(session: Any, mode: Any) -> None:
    (cube,) = cubes(1)
    bpy.ops.object.mode_set(mode=mode)
    part("selection").leave_mode(bpy.context)
    assert (bpy.context.mode, cube.mode) == ("OBJECT", "OBJECT")


def test_without_an_active_object_there_is_no_mode_to_leave(session: Any) -> None:
    bpy.context.view_layer.objects.active = None
    part("selection").leave_mode(bpy.context)
    assert bpy.context.mode == "OBJECT"

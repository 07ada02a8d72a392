"""Show Level of Detail: one is seen, in the viewport and in renders, and the others are not."""

from typing import Any

import bpy

from ..blender_addon.fake_layout import draw
from ..blender_addon.rig_levels_seen import add, seen
from ..blender_addon.rig_scene import active_rig, generate


def test_they_are_hidden_until_one_is_shown(session: Any) -> None:
    generate()
    assert not bpy.ops.headsmith.level_show.poll()
    rig = add()
    assert seen(rig) == [True, False, False, False]
    assert draw("rig").buttons.count("headsmith.level_show") == 4
    bpy.ops.headsmith.level_show(level=2)
    assert seen(rig) == [False, False, True, False]
    assert active_rig().head == rig.head  # the panel still finds it
    bpy.ops.headsmith.level_show(level=0)
    assert seen(rig) == [True, False, False, False]


def test_a_level_that_was_thrown_away_gives_way_to_the_head(session: Any) -> None:
    generate()
    rig = add()
    bpy.data.objects.remove(rig.levels[1])
    bpy.ops.headsmith.level_show(level=2)
    left = active_rig()
    assert [item.visible_get() for item in (left.head, *left.levels)] == [True, False, False]


def test_the_level_that_is_shown_takes_the_place_of_the_active_object(session: Any) -> None:
    generate()
    rig = add()
    bpy.context.view_layer.objects.active = rig.head
    bpy.ops.headsmith.level_show(level=3)
    assert bpy.context.view_layer.objects.active == rig.levels[2]
    assert rig.levels[2].select_get()
    bpy.context.view_layer.objects.active = rig.armature
    bpy.ops.headsmith.level_show(level=1)
    assert bpy.context.view_layer.objects.active == rig.armature


def test_another_head_keeps_what_it_shows(session: Any) -> None:
    generate()
    first = add()
    generate("a woman")
    second = add()
    bpy.ops.headsmith.level_show(level=1)
    assert (seen(first), seen(second)) == (
        [True, False, False, False],
        [False, True, False, False],
    )

"""Clear Messages: all of them go, and their panel with them."""

from typing import Any

import bpy

from ..blender_addon.fake_layout import draw
from ..in_blender import texts


def test_messages_are_cleared_by_their_button_and_their_panel_goes(session: Any) -> None:
    session.note("INFO", "done")
    assert draw("messages").buttons == ["headsmith.messages_clear"]
    bpy.ops.headsmith.messages_clear()
    assert draw("messages").buttons == []


def test_new_messages_come_after_the_cleared_ones(session: Any) -> None:
    session.note("INFO", "old")
    bpy.ops.headsmith.messages_clear()
    assert bpy.ops.headsmith.messages_clear() == {"FINISHED"}  # with nothing to clear, too
    session.note("ERROR", "new")
    assert texts(session) == ["new"]

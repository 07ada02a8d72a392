"""The status bar: heads that wait to be imported, whichever file is open."""

from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from ..in_blender import part
from .fake_layout import Layout, draw
from .session_runs import pump


def status_bar() -> Layout:
    layout = Layout()
    part("status_bar").draw(SimpleNamespace(layout=layout), bpy.context)
    return layout


@pytest.mark.parametrize("place", ["sidebar", "status bar"])
def test_a_finished_job_waits_with_its_button_in_whatever_file_is_open(
    session: Any, place: str
) -> None:
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.ops.headsmith.generate()
    bpy.ops.wm.read_homefile(use_empty=True)
    pump(session)
    layout = draw("main") if place == "sidebar" else status_bar()
    assert any("a man" in word and "finished" in word for word in layout.words)
    assert "headsmith.import_result" in layout.buttons
    bpy.ops.headsmith.import_result()
    layout = draw("main") if place == "sidebar" else status_bar()
    assert "headsmith.import_result" not in layout.buttons


def test_without_such_a_head_the_bar_says_nothing(session: Any, running: Any) -> None:
    assert (status_bar().words, status_bar().buttons) == ([], [])


def test_several_heads_are_counted_and_the_latest_is_named(session: Any) -> None:
    for prompt in ("a man", "a woman", "a child"):
        bpy.context.scene.headsmith.prompt = prompt
        bpy.ops.headsmith.generate()
    bpy.ops.wm.read_homefile(use_empty=True)
    pump(session)
    assert status_bar().words == ["Headsmith: a child is finished and 2 more"]
    bpy.ops.headsmith.import_result()
    assert status_bar().words == ["Headsmith: a woman is finished and 1 more"]


def test_the_bar_is_part_of_blenders_own(session: Any) -> None:
    drawn = bpy.types.STATUSBAR_HT_header.draw._draw_funcs
    assert drawn.count(part("status_bar").draw) == 1

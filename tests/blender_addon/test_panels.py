"""The panels: every button they draw exists, every icon too, and what a person must see is there."""

import re
import time
from typing import Any

import bpy

from ..in_blender import part
from .fake_layout import draw


def test_all_panels_stand_in_the_sidebar_of_the_viewport_and_explain_themselves(
    session: Any,
) -> None:
    for module in ("panels", "rig_panels", "queue_panel"):
        for panel in part(module).CLASSES:
            assert (panel.bl_space_type, panel.bl_region_type) == ("VIEW_3D", "UI")
            assert panel.bl_category == "Headsmith"
            assert panel.bl_description


def test_only_words_and_output_stand_above_the_buttons_that_start(session: Any) -> None:
    layout = draw("main")
    assert layout.words == ["prompt", "output"]
    assert layout.buttons == ["headsmith.generate", "headsmith.explore"]


def test_numbers_and_pictures_are_in_panels_that_are_closed_at_first(session: Any) -> None:
    settings = {"seed", "random_seed", "count", "quality", "faces", "texture_px", "truncation"}
    assert settings | {"masks"} == set(draw("settings").words)
    assert {"style_image", "photo"} == set(draw("pictures").words)
    for name in ("settings", "pictures"):
        assert "DEFAULT_CLOSED" in getattr(bpy.types, f"HEADSMITH_PT_{name}").bl_options
    bpy.context.scene.headsmith.output = "both"
    assert settings | {"masks", "neutral", "symmetric"} == set(draw("settings").words)


def test_the_picture_weight_appears_with_words_and_a_picture(session: Any) -> None:
    scene = bpy.context.scene
    scene.headsmith.style_image = "style.png"
    assert "image_weight" not in draw("pictures").words
    scene.headsmith.prompt = "a man"
    assert "image_weight" in draw("pictures").words


def test_progress_stage_time_left_preview_and_cancel_are_shown(running: Any) -> None:
    layout = draw("main")
    assert "Steering (3 s left)" in layout.words
    assert len(layout.pictures) == 1
    assert layout.buttons.count("headsmith.cancel") == 2  # this one, and all


def test_cancel_stays_where_it_is_while_titles_and_previews_come(running: Any) -> None:
    """Everything above it has one height: rows of one line, in the same number."""
    with_preview = draw("main").order
    running.preview, running.title = None, "a long title that takes several lines " * 5
    without = draw("main").order
    place = without.index("headsmith.cancel")
    assert with_preview[: place + 1] == without[: place + 1]
    assert "headsmith.cancel" in with_preview


def test_a_job_that_is_being_cancelled_shows_no_time_left(running: Any, session: Any) -> None:
    session.dispatcher.cancel(running, time.monotonic())
    words = draw("main").words
    assert "Cancelling ..." in words
    assert not any("left" in word for word in words)


def test_a_silent_backend_is_told_in_the_bar(running: Any, session: Any) -> None:
    session.dispatcher.link.silent_s = 17.2
    assert "No answer from the backend for 17 s" in draw("main").words


def test_the_gallery_shows_eight_pictures_and_what_to_do_with_them(session: Any) -> None:
    assert draw("gallery").buttons == []
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.ops.headsmith.explore(wait=True)
    layout = draw("gallery")
    assert layout.pictures == [f"gallery_picture_{index}" for index in range(8)]
    assert layout.buttons.count("headsmith.gallery_pick") == 8
    assert layout.buttons[:3] == [
        "headsmith.gallery_finish",
        "headsmith.gallery_vary",
        "headsmith.look_lock",
    ]


def test_a_head_shows_where_it_comes_from(session: Any) -> None:
    assert draw("selected").words == []
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.ops.headsmith.generate(wait=True)
    layout = draw("selected")
    assert {"a man", "Seed 1", "toy (CC0-1.0)"} <= set(layout.words)
    assert layout.buttons.count("headsmith.remake") == 2


def test_the_latest_messages_are_shown_first(session: Any) -> None:
    for number in range(9):
        session.note("WARNING", f"message {number}")
    *words, more = draw("messages").words
    assert [word[-9:] for word in words] == [f"message {number}" for number in range(8, 2, -1)]
    assert all(re.match(r"\d\d:\d\d  ", word) for word in words)
    assert more == "all_messages"


def test_a_button_shows_the_earlier_messages_too(session: Any) -> None:
    for number in range(9):
        session.note("WARNING", f"message {number}")
    bpy.context.scene.headsmith.all_messages = True
    *words, fewer = draw("messages").words
    assert [word[-9:] for word in words] == [f"message {number}" for number in range(8, -1, -1)]
    assert fewer == "all_messages"
    session.clear_notes()
    for number in range(6):
        session.note("WARNING", f"message {number}")
    assert "all_messages" not in draw("messages").words

"""The panels: every button they draw exists, every icon too, and what a person must see is there."""

import re
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from ..in_blender import part
from .fake_layout import Layout, draw


def pump_until(session: Any, condition: Any) -> None:
    end = time.monotonic() + 20.0
    while not condition():
        session.step(time.monotonic())
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def running(session: Any) -> Iterator[Any]:
    bpy.context.scene.headsmith.prompt = "slow"
    bpy.ops.headsmith.generate()
    bpy.ops.headsmith.generate()
    job = session.dispatcher.jobs[0]
    pump_until(session, lambda: job.preview is not None)
    yield job


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
    assert settings == set(draw("settings").words)
    assert {"style_image", "photo"} == set(draw("pictures").words)
    for name in ("settings", "pictures"):
        assert "DEFAULT_CLOSED" in getattr(bpy.types, f"HEADSMITH_PT_{name}").bl_options
    bpy.context.scene.headsmith.output = "both"
    assert settings | {"neutral", "symmetric"} == set(draw("settings").words)


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


@pytest.mark.parametrize("place", ["sidebar", "status bar"])
def test_a_finished_job_waits_with_its_button_in_whatever_file_is_open(
    session: Any, place: str
) -> None:
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.ops.headsmith.generate()
    bpy.ops.wm.read_homefile(use_empty=True)
    pump_until(session, lambda: not session.is_busy)
    layout = draw("main") if place == "sidebar" else status_bar()
    assert any("a man" in word and "finished" in word for word in layout.words)
    assert "headsmith.import_result" in layout.buttons
    bpy.ops.headsmith.import_result()
    layout = draw("main") if place == "sidebar" else status_bar()
    assert "headsmith.import_result" not in layout.buttons


def status_bar() -> Layout:
    layout = Layout()
    part("status_bar").draw(SimpleNamespace(layout=layout), bpy.context)
    return layout


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


def test_a_click_on_a_picture_opens_all_of_them_and_the_next_one_chooses(session: Any) -> None:
    settings = bpy.context.scene.headsmith
    settings.prompt = "a man"
    bpy.ops.headsmith.explore(wait=True)
    assert [settings.gallery_picture_0, settings.gallery_picture_7] == ["0", "7"]
    assert settings.gallery_index == -1
    settings.gallery_picture_0 = "5"
    assert settings.gallery_index == 5
    assert settings.gallery_picture_0 == "0"  # the picture in its place stays
    items = session.gallery_items()
    assert [item[4] for item in items] == list(range(8))
    assert session.gallery_items() is items  # Blender keeps no words of its own of them


def test_a_head_shows_where_it_comes_from(session: Any) -> None:
    assert draw("selected").words == []
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.ops.headsmith.generate(wait=True)
    layout = draw("selected")
    assert {"a man", "Seed 1", "toy (CC0-1.0)"} <= set(layout.words)
    assert layout.buttons.count("headsmith.remake") == 2


def test_the_queue_shows_each_job_with_what_can_be_done(running: Any, session: Any) -> None:
    layout = draw("queue")
    assert layout.words.count("slow") == 2
    assert layout.buttons.count("headsmith.cancel") == 2
    assert "headsmith.backend_stop" in layout.buttons
    session.dispatcher.stop(time.monotonic())
    layout = draw("main")
    assert "2 wait" in layout.words
    assert "headsmith.backend_start" in layout.buttons


def test_the_queue_says_what_a_file_does_not_keep(session: Any) -> None:
    layout = draw("queue")
    assert "belong to the session, not to the file" in " ".join(layout.words)
    assert "headsmith.jobs_recover" in layout.buttons
    assert "Backend: Not started; it starts with the first job." in " ".join(layout.words)


def test_the_latest_messages_are_shown_first(session: Any) -> None:
    for number in range(8):
        session.note("WARNING", f"message {number}")
    words = draw("messages").words
    assert [word[-9:] for word in words] == [f"message {number}" for number in (7, 6, 5)]
    assert all(re.match(r"\d\d:\d\d  ", word) for word in words)


def test_messages_are_cleared_by_their_button_and_their_panel_goes(session: Any) -> None:
    session.note("INFO", "done")
    assert draw("messages").buttons == ["headsmith.messages_clear"]
    bpy.ops.headsmith.messages_clear()
    assert draw("messages").buttons == []


def test_long_messages_are_wrapped_and_stay_whole(session: Any) -> None:
    text = "a rather long sentence that no sidebar can show on one line of its own " * 3
    session.note("ERROR", text)
    words = draw("messages").words
    assert " ".join(text.split()) in " ".join(words)
    assert max(map(len, words)) < 60


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(4.4, "4 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s"), (19200, "5 h 20 min")],
)
def test_times_are_said_shortly(session: Any, seconds: float, words: str) -> None:
    assert part("panel_parts").duration(seconds) == words


def test_every_setting_and_button_has_a_tooltip(session: Any) -> None:
    owners = [bpy.types.Scene.bl_rna.properties["headsmith"].fixed_type.bl_rna]
    owners += [getattr(bpy.ops.headsmith, name).get_rna_type() for name in dir(bpy.ops.headsmith)]
    for owner in owners:
        for name, item in owner.properties.items():
            if name in ("rna_type", "name", "locked_title"):
                continue
            assert item.description, f"{owner.identifier}.{name}"
    assert all(owner.description for owner in owners[1:])

"""The panels: every button they draw exists, every icon too, and what a person must see is there."""

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from ..in_blender import MODULE, part
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


def test_all_panels_stand_in_the_sidebar_of_the_viewport(session: Any) -> None:
    for panel in part("panels").CLASSES:
        assert (panel.bl_space_type, panel.bl_region_type) == ("VIEW_3D", "UI")
        assert panel.bl_category == "Headsmith"


def test_the_idle_panel_offers_every_setting_and_both_ways_to_start(session: Any) -> None:
    layout = draw("main")
    settings = {"prompt", "style_image", "photo", "seed", "random_seed", "count", "quality"}
    assert settings | {"faces", "texture_px"} <= set(layout.words)
    assert layout.buttons == ["headsmith.generate", "headsmith.explore"]


def test_the_picture_weight_appears_with_words_and_a_picture(session: Any) -> None:
    scene = bpy.context.scene
    scene.headsmith.style_image = "style.png"
    assert "image_weight" not in draw("main").words
    scene.headsmith.prompt = "a man"
    assert "image_weight" in draw("main").words


def test_progress_stage_time_left_preview_and_cancel_are_shown(running: Any) -> None:
    layout = draw("main")
    assert "Steering (3 s left)" in layout.words
    assert len(layout.pictures) == 1
    assert layout.buttons.count("headsmith.cancel") == 2  # this one, and all


def test_a_finished_job_of_another_scene_shows_its_import_button(session: Any) -> None:
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.ops.headsmith.generate()
    bpy.context.window.scene = bpy.data.scenes.new("Other")
    pump_until(session, lambda: not session.is_busy)
    layout = draw("main")
    assert "a man: finished, not imported" in layout.words
    assert "headsmith.import_result" in layout.buttons


def test_the_gallery_shows_eight_pictures_and_what_to_do_with_them(session: Any) -> None:
    assert draw("gallery").buttons == []
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.ops.headsmith.explore(wait=True)
    layout = draw("gallery")
    assert len(layout.pictures) == 8
    assert layout.buttons.count("headsmith.gallery_pick") == 8
    assert layout.buttons[-3:] == [
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


def test_the_queue_shows_each_job_with_what_can_be_done(running: Any, session: Any) -> None:
    layout = draw("queue")
    assert layout.words.count("slow") == 2
    assert layout.buttons.count("headsmith.cancel") == 2
    session.dispatcher.stop(time.monotonic())
    layout = draw("queue")
    assert "2 wait" in layout.words
    assert "headsmith.backend_start" in layout.buttons


def test_the_latest_messages_are_shown_first(session: Any) -> None:
    for number in range(8):
        session.note("WARNING", f"message {number}")
    words = draw("messages").words
    assert "Backend: Not started; it starts with the first job." in " ".join(words)
    assert [word for word in words if word.startswith("message")] == [
        f"message {number}" for number in (7, 6, 5, 4, 3)
    ]


def test_long_messages_are_wrapped_and_stay_whole(session: Any) -> None:
    text = "a rather long sentence that no sidebar can show on one line of its own " * 3
    session.note("ERROR", text)
    words = draw("messages").words
    assert " ".join(text.split()) in " ".join(words)
    assert max(map(len, words)) < 60


def test_the_preferences_show_the_backend_and_its_buttons(session: Any) -> None:
    preferences, layout = bpy.context.preferences.addons[MODULE].preferences, Layout()
    fields = {name: getattr(preferences, name) for name in ("backend_python",)}
    owner = SimpleNamespace(layout=layout, bl_rna=preferences.bl_rna, **fields)
    part("preferences").HeadsmithPreferences.draw(owner, bpy.context)
    assert {"backend_python", "device", "models_folder", "faces", "texture_px"} <= set(layout.words)
    assert any("is used" in word for word in layout.words)
    assert layout.buttons == [
        "headsmith.backend_test",
        "headsmith.backend_start",
        "headsmith.backend_stop",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"), [(4.4, "4 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s")]
)
def test_times_are_said_shortly(session: Any, seconds: float, words: str) -> None:
    assert part("panels").duration(seconds) == words


def test_every_setting_and_button_has_a_tooltip(session: Any) -> None:
    owners = [bpy.types.Scene.bl_rna.properties["headsmith"].fixed_type.bl_rna]
    owners += [getattr(bpy.ops.headsmith, name).get_rna_type() for name in dir(bpy.ops.headsmith)]
    for owner in owners:
        for name, item in owner.properties.items():
            if name in ("rna_type", "name", "locked_title"):
                continue
            assert item.description, f"{owner.identifier}.{name}"
    assert all(owner.description for owner in owners[1:])

"""The panels of rig-ready heads: a slider for every shape, and the way to one from any mesh."""

from typing import Any

import bpy
import pytest

from backend.wire.rig_names import (
    ARKIT_SHAPES,
    LANDMARKS,
)

from ..in_blender import part
from .fake_layout import draw
from .rig_scene import generate


def test_every_shape_has_one_slider_under_its_region(session: Any) -> None:
    assert draw("rig").words == []
    generate()
    words = draw("rig").words
    sliders = [word for word in words if word in ARKIT_SHAPES]
    assert sorted(sliders) == sorted(ARKIT_SHAPES)
    titles = ["Eyes", "Brows", "Jaw", "Mouth", "Cheeks and Nose", "Tongue"]
    assert [word for word in words if word in titles] == titles
    assert words.index("Brows") < words.index("browInnerUp") < words.index("Jaw")


def test_the_rig_panel_offers_pose_symmetry_and_export(session: Any) -> None:
    rig = generate()
    expected = {
        f"headsmith.{n}" for n in ("export_head", "pose_reset", "symmetrise_head", "mirror_head")
    }
    for item in rig.objects:  # found from any piece of the head
        bpy.context.view_layer.objects.active = item
        assert expected <= set(draw("rig").buttons)


def test_a_shape_that_the_user_threw_away_has_no_slider(session: Any) -> None:
    head = generate().head
    head.shape_key_remove(head.data.shape_keys.key_blocks["eyeBlinkLeft"])
    words = draw("rig").words
    assert "eyeBlinkLeft" not in words
    assert "eyeBlinkRight" in words


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("eyeBlinkLeft", "Blink L"),
        ("jawLeft", "Jaw L"),
        ("mouthUpperUpRight", "Upper Up R"),
        ("tongueOut", "Out"),
        ("browInnerUp", "Inner Up"),
    ],
)
def test_sliders_have_short_names(session: Any, name: str, label: str) -> None:
    assert part("rig_panels").shape_label(name) == label


def test_landmarks_show_where_they_were_set(session: Any) -> None:
    layout = draw("make_rig_ready")
    assert [w for w in layout.words if w.lower() in LANDMARKS] == [n.title() for n in LANDMARKS]
    assert layout.buttons.count("headsmith.landmark_pick") == len(LANDMARKS)
    assert "landmark_chin" not in layout.words
    bpy.ops.headsmith.landmark_pick(index=4)
    assert "landmark_chin" in draw("make_rig_ready").words


def test_the_output_is_chosen_in_the_panel_and_symmetry_where_it_matters(session: Any) -> None:
    assert "output" in draw("main").words
    assert not {"symmetric", "neutral"} & set(draw("settings").words)
    bpy.context.scene.headsmith.output = "rig"
    assert {"symmetric", "neutral"} <= set(draw("settings").words)


def test_the_backend_is_told_whether_a_head_rests_with_its_expression(session: Any) -> None:
    for is_neutral in (True, False):
        generate(neutral=is_neutral)
        assert session.dispatcher.jobs[-1].request.neutral is is_neutral

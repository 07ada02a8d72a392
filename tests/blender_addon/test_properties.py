"""The settings of the panel: their defaults, their limits, and that a file keeps them."""

from pathlib import Path
from typing import Any, get_args

import bpy
import pytest

from ..in_blender import part, wire


def settings() -> Any:
    return bpy.context.scene.headsmith


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt", ""),
        ("style_image", ""),
        ("photo", ""),
        ("image_weight", 0.5),
        ("seed", 1),
        ("random_seed", False),
        ("count", 1),
        ("output", "sculpt"),
        ("symmetric", False),
        ("neutral", True),
        ("masks", False),
        ("quality", "standard"),
        ("faces", 20000),
        ("texture_px", 1024),
        ("truncation", 0.8),
        ("variation", 0.35),
        ("batch_file", ""),
        ("locked_latent", ""),
        ("gallery_index", -1),
    ],
)
def test_a_new_scene_has_the_usual_settings(session: Any, name: str, value: Any) -> None:
    found = getattr(settings(), name)
    assert found == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("seed", 0, 2**31 - 1),
        ("count", 1, 16),
        ("faces", 500, 100_000),
        ("texture_px", 128, 8192),
        ("image_weight", 0.0, 1.0),
        ("truncation", 0.0, 1.5),
        ("variation", 0.0, 1.0),
        ("gallery_index", -1, 7),
    ],
)
def test_numbers_stay_within_their_limits(session: Any, name: str, low: Any, high: Any) -> None:
    item = settings().bl_rna.properties[name]
    assert (item.hard_min, item.hard_max) == (low, high)


def test_the_extremes_that_can_be_entered_are_ones_that_can_be_asked_for(session: Any) -> None:
    settings().prompt = "a man"
    names = ("seed", "count", "faces", "texture_px", "image_weight", "truncation")
    for end in ("hard_min", "hard_max"):
        for name in names:
            setattr(settings(), name, getattr(settings().bl_rna.properties[name], end))
        part("job_request").panel_request(bpy.context).check()


@pytest.mark.parametrize(("name", "kind"), [("output", "Output"), ("quality", "Quality")])
def test_the_choices_are_those_of_the_backend(session: Any, name: str, kind: str) -> None:
    items = settings().bl_rna.properties[name].enum_items.keys()
    assert sorted(items) == sorted(get_args(getattr(wire(), kind)))


def test_a_prompt_is_cut_where_a_request_would_refuse_it(session: Any) -> None:
    settings().prompt = "ä" * 5000
    part("job_request").panel_request(bpy.context).check()
    assert settings().prompt


def test_every_landmark_has_its_setting_and_none_is_placed_at_first(session: Any) -> None:
    names = [part("properties").landmark_property(name) for name in wire().LANDMARKS]
    assert names[0] == "landmark_left_eye"
    assert not any(settings().is_property_set(name) for name in names)
    settings().landmark_nose_tip = (0.0, 0.0, 0.0)  # the origin is a place like others
    assert settings().is_property_set("landmark_nose_tip")


def test_the_gallery_has_a_picture_for_each_preview(session: Any) -> None:
    names = [part("properties").gallery_property(index) for index in range(wire().GALLERY_SIZE)]
    assert all(name in settings().bl_rna.properties for name in names)


def test_a_file_keeps_the_settings(session: Any, tmp_path: Path) -> None:
    settings().prompt, settings().seed, settings().output = "a mån", 7, "both"
    settings().landmark_chin = (1.0, 2.0, 3.0)
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    assert settings().prompt == ""
    bpy.ops.wm.open_mainfile(filepath=path)
    assert (settings().prompt, settings().seed, settings().output) == ("a mån", 7, "both")
    assert tuple(settings().landmark_chin) == (1.0, 2.0, 3.0)


def test_scenes_have_settings_of_their_own(session: Any) -> None:
    other = bpy.data.scenes.new("Other")
    settings().prompt = "a man"
    assert part("properties").settings_in(other).prompt == ""
    assert part("properties").settings_of(bpy.context) == settings()


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


def test_every_setting_and_button_has_a_tooltip(session: Any) -> None:
    owners = [bpy.types.Scene.bl_rna.properties["headsmith"].fixed_type.bl_rna]
    owners += [getattr(bpy.ops.headsmith, name).get_rna_type() for name in dir(bpy.ops.headsmith)]
    for owner in owners:
        for name, item in owner.properties.items():
            if name in ("rna_type", "name", "locked_title"):
                continue
            assert item.description, f"{owner.identifier}.{name}"
    assert all(owner.description for owner in owners[1:])

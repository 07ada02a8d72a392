"""The preferences: their defaults, what they show, and what changing them changes."""

import dataclasses
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from ..in_blender import MODULE, part, wire
from .fake_layout import Layout


def drawn() -> Layout:
    """What stands in the preferences."""
    preferences, layout = bpy.context.preferences.addons[MODULE].preferences, Layout()
    fields = {name: getattr(preferences, name) for name in ("backend_python",)}
    owner = SimpleNamespace(layout=layout, bl_rna=preferences.bl_rna, **fields)
    part("preferences").HeadsmithPreferences.draw(owner, bpy.context)
    return layout


def test_the_preferences_show_the_backend_and_its_buttons(session: Any) -> None:
    layout = drawn()
    assert {"backend_python", "device", "models_folder", "faces", "texture_px"} <= set(layout.words)
    assert any("is used" in word for word in layout.words)
    assert layout.buttons == [
        "headsmith.backend_test",
        "headsmith.backend_start",
        "headsmith.backend_stop",
    ]


@pytest.fixture
def preferences(session: Any) -> Iterator[Any]:
    preferences = bpy.context.preferences.addons[MODULE].preferences
    yield preferences
    for name in DEFAULTS:
        preferences.property_unset(name)


DEFAULTS = {
    "backend_python": "",
    "device": "auto",
    "models_folder": "",
    "faces": 20000,
    "texture_px": 1024,
    "textures": "PACKED",
    "show_new_heads": True,
}


def test_untouched_preferences_are_the_usual_ones(preferences: Any) -> None:
    assert {name: getattr(preferences, name) for name in DEFAULTS} == DEFAULTS
    names = set(part("preferences").HeadsmithPreferences.__annotations__)
    assert names == set(DEFAULTS)


def test_the_usual_detail_is_what_a_request_asks_for_by_itself(preferences: Any) -> None:
    usual = wire().JobRequest()
    assert (preferences.faces, preferences.texture_px) == (usual.faces, usual.texture_px)


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("faces", 3, 500),
        ("faces", 10**7, 100_000),
        ("texture_px", 1, 128),
        ("texture_px", 10**6, 8192),
    ],
)
def test_numbers_stay_within_what_a_request_may_ask_for(
    preferences: Any, name: str, given: int, kept: int
) -> None:
    setattr(preferences, name, given)
    assert getattr(preferences, name) == kept
    dataclasses.replace(wire().JobRequest(prompt="a man"), **{name: kept}).check()


def test_every_device_is_one_that_the_backend_knows(preferences: Any) -> None:
    items = preferences.bl_rna.properties["device"].enum_items.keys()
    assert items == [name for name, *_ in part("preferences").DEVICES]
    for device in items:
        preferences.device = device
        assert part("launching").current_launch().hello().device == device


def test_another_detail_goes_to_all_open_scenes(preferences: Any) -> None:
    other = bpy.data.scenes.new("Other")
    preferences.faces, preferences.texture_px = 3000, 256
    for scene in (bpy.context.scene, other):
        assert (scene.headsmith.faces, scene.headsmith.texture_px) == (3000, 256)


def test_a_scene_of_another_file_takes_only_what_its_user_left_open(preferences: Any) -> None:
    preferences.faces, preferences.texture_px = 3000, 256
    fresh, own = bpy.data.scenes.new("Fresh"), bpy.data.scenes.new("Own")
    own.headsmith.faces = 4000
    part("preferences").apply_to_untouched_scenes(bpy.context)
    assert (fresh.headsmith.faces, fresh.headsmith.texture_px) == (3000, 256)
    assert (own.headsmith.faces, own.headsmith.texture_px) == (4000, 256)


@pytest.mark.skipif(os.name == "nt", reason="other folders there")
def test_a_missing_environment_is_told_with_the_commands_that_make_it(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "torch", None)  # as where it is not installed
    # Beside the extension lies the repository's own environment.
    monkeypatch.setattr(part("paths"), "extension_root", lambda: tmp_path / "extension")
    words = drawn().words
    assert any("is missing; in a terminal, run" in word for word in words)
    assert set(part("launching").setup_commands()) <= set(words)

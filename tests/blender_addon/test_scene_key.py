"""A job's scene is found again after whatever happened to the file, and no other is taken for it."""

from pathlib import Path
from typing import Any

import bpy
import pytest

from ..in_blender import part


@pytest.fixture
def module(session: Any) -> Any:
    return part("scene_key")


def test_a_key_says_mark_and_name_and_is_the_same_when_asked_again(module: Any) -> None:
    scene = bpy.context.scene
    scene.name = "Act 1"
    key = module.key_of(scene)
    assert (key.mark, key.name) == (scene["headsmith_scene"], "Act 1")
    assert module.key_of(scene) == key


def test_a_scene_is_known_under_another_name(module: Any) -> None:
    key = module.key_of(bpy.context.scene)
    bpy.context.scene.name = "Renamed"
    assert module.is_scene(bpy.context.scene, key)


def test_other_scenes_are_not_taken_for_it(module: Any) -> None:
    other = bpy.data.scenes.new("Other")
    key = module.key_of(bpy.context.scene)
    assert not module.is_scene(other, key)
    module.key_of(other)
    assert not module.is_scene(other, key)


def test_a_scene_without_its_mark_is_known_by_its_id(module: Any) -> None:
    key = module.key_of(bpy.context.scene)
    del bpy.context.scene["headsmith_scene"]
    assert module.is_scene(bpy.context.scene, key)


def test_a_scene_is_known_in_its_file_opened_again(module: Any, tmp_path: Path) -> None:
    key = module.key_of(bpy.context.scene)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.read_homefile(use_empty=True)
    assert not module.is_scene(bpy.context.scene, key)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert bpy.context.scene.session_uid != key.session_uid
    assert module.is_scene(bpy.context.scene, key)


def test_a_copy_of_the_scene_is_not_taken_for_it(module: Any) -> None:
    scene = bpy.context.scene
    key = module.key_of(scene)
    copy = scene.copy()
    assert copy["headsmith_scene"] == key.mark
    assert not module.is_scene(copy, key)
    assert module.is_scene(scene, key)


def test_a_copy_has_a_key_of_its_own(module: Any) -> None:
    scene = bpy.context.scene
    module.key_of(scene)
    copy = scene.copy()
    key = module.key_of(copy)
    assert module.is_scene(copy, key)
    assert not module.is_scene(scene, key)


def test_the_window_that_shows_the_scene_is_found(module: Any) -> None:
    key, first = module.key_of(bpy.context.scene), bpy.context.scene
    window = bpy.context.window
    assert module.window_showing(key) == window
    window.scene = bpy.data.scenes.new("Other")
    assert module.window_showing(key) is None
    window.scene = first
    assert module.window_showing(key) == window

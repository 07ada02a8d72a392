"""Lock It and Change the Words: new heads start from the look of another one."""

from pathlib import Path
from typing import Any

import bpy
import pytest

from ..in_blender import part
from .explored import heads, settings


def test_a_locked_look_is_rewritten_by_new_words(gallery: Any, session: Any) -> None:
    bpy.ops.headsmith.gallery_pick(index=1)
    bpy.ops.headsmith.look_lock(source="GALLERY")
    settings().prompt = "a man with a beard"
    bpy.ops.headsmith.generate()
    request = session.dispatcher.jobs[-1].request
    assert request.base.use == "rewrite"
    assert request.base.z == gallery.candidates[1].z  # every digit of it
    assert request.prompt == "a man with a beard"
    assert settings().locked_title == "a man, preview 2"


def test_the_look_of_a_head_in_the_scene_is_locked_as_it_was_made(session: Any) -> None:
    settings().prompt, settings().seed = "a man", 7
    bpy.ops.headsmith.generate(wait=True)
    (head,) = heads()
    bpy.ops.headsmith.look_lock(source="OBJECT")
    assert settings().locked_title == head.name
    bpy.ops.headsmith.generate()
    assert session.dispatcher.jobs[-1].request.base.z == tuple(head["headsmith_latent"])


def test_what_was_not_chosen_cannot_be_locked_and_leaves_the_lock(gallery: Any) -> None:
    assert not bpy.ops.headsmith.look_lock.poll()
    bpy.ops.headsmith.gallery_pick(index=1)
    bpy.ops.headsmith.look_lock(source="GALLERY")
    before = settings().locked_latent, settings().locked_title
    with pytest.raises(RuntimeError, match="make a head of Headsmith active, first"):
        bpy.ops.headsmith.look_lock(source="OBJECT")
    assert (settings().locked_latent, settings().locked_title) == before


def test_a_file_keeps_the_locked_look_to_the_last_digit(gallery: Any, tmp_path: Path) -> None:
    bpy.ops.headsmith.gallery_pick(index=5)
    bpy.ops.headsmith.look_lock(source="GALLERY")
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=path)
    z = part("job_request").read_latent(settings().locked_latent)
    assert z == gallery.candidates[5].z


def test_undo_takes_the_lock_back(gallery: Any) -> None:
    bpy.ops.headsmith.gallery_pick(index=5)
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.headsmith.look_lock(source="GALLERY")
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    assert settings().locked_latent == ""

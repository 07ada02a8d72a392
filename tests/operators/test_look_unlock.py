"""Unlock: new heads are made from the words alone again."""

from typing import Any

import bpy
import pytest

from .explored import settings


def test_without_a_locked_look_there_is_nothing_to_unlock(session: Any) -> None:
    assert not bpy.ops.headsmith.look_unlock.poll()


def test_an_unlocked_look_is_no_longer_part_of_requests(gallery: Any, session: Any) -> None:
    bpy.ops.headsmith.gallery_pick(index=1)
    bpy.ops.headsmith.look_lock(source="GALLERY")
    assert bpy.ops.headsmith.look_unlock() == {"FINISHED"}
    bpy.ops.headsmith.generate()
    assert session.dispatcher.jobs[-1].request.base is None
    assert (settings().locked_latent, settings().locked_title) == ("", "")
    assert not bpy.ops.headsmith.look_unlock.poll()


def test_a_look_that_cannot_be_read_is_refused_until_it_is_unlocked(session: Any) -> None:
    settings().prompt, settings().locked_latent = "a man", "no numbers"
    with pytest.raises(RuntimeError, match="unlock it and lock a head again"):
        bpy.ops.headsmith.generate()
    bpy.ops.headsmith.look_unlock()
    assert bpy.ops.headsmith.generate() == {"FINISHED"}

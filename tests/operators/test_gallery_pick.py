"""Choose Preview: one of the gallery, or none."""

from typing import Any

import bpy
import pytest

from ..in_blender import part, texts
from .explored import settings


def test_without_a_gallery_there_is_nothing_to_choose(session: Any) -> None:
    for operator in ("gallery_pick", "gallery_finish", "gallery_vary"):
        assert not getattr(bpy.ops.headsmith, operator).poll()


def test_a_preview_that_is_not_there_cannot_be_chosen(gallery: Any) -> None:
    del gallery.candidates[6:]
    with pytest.raises(RuntimeError, match="no preview 8"):
        bpy.ops.headsmith.gallery_pick(index=7)
    assert settings().gallery_index == -1


def test_the_last_preview_that_was_picked_is_the_chosen_one(gallery: Any) -> None:
    chosen = part("conditions").chosen_candidate
    assert chosen(bpy.context) is None
    for index in (0, 7):
        assert bpy.ops.headsmith.gallery_pick(index=index) == {"FINISHED"}
        assert chosen(bpy.context) == gallery.candidates[index]


def test_a_failed_choice_is_told_in_the_panel_too(gallery: Any, session: Any) -> None:
    del gallery.candidates[1:]
    with pytest.raises(RuntimeError, match="choose another one"):
        bpy.ops.headsmith.gallery_pick(index=1)
    assert texts(session)[-1] == "The gallery has no preview 2; choose another one."


def test_a_new_gallery_begins_without_a_choice(gallery: Any) -> None:
    bpy.ops.headsmith.gallery_pick(index=3)
    bpy.ops.headsmith.explore(wait=True)
    assert settings().gallery_index == -1

"""Explore: previews first, then one of them is finished, varied, or locked while the words change."""

from typing import Any

import bpy
import pytest


def settings() -> Any:
    return bpy.context.scene.headsmith


def heads() -> list[Any]:
    return [item for item in bpy.data.objects if "headsmith_latent" in item]


@pytest.fixture
def gallery(session: Any) -> Any:
    settings().prompt, settings().seed = "a man", 3
    bpy.ops.headsmith.explore(wait=True)
    return session.gallery()


def test_explore_makes_eight_previews_and_no_head(gallery: Any) -> None:
    assert len(gallery.candidates) == 8
    assert all(gallery.path(candidate.path).is_file() for candidate in gallery.candidates)
    assert heads() == []
    assert settings().gallery_index == -1


def test_without_a_gallery_there_is_nothing_to_choose(session: Any) -> None:
    for operator in ("gallery_pick", "gallery_finish", "gallery_vary"):
        assert not getattr(bpy.ops.headsmith, operator).poll()


def test_finishing_makes_the_chosen_preview_with_its_own_words(gallery: Any, session: Any) -> None:
    assert not bpy.ops.headsmith.gallery_finish.poll()
    bpy.ops.headsmith.gallery_pick(index=5)
    settings().prompt, settings().count = "changed meanwhile", 4
    bpy.ops.headsmith.gallery_finish(wait=True)
    (head,) = heads()
    assert list(head["headsmith_latent"]) == pytest.approx(gallery.candidates[5].z)
    assert (head["headsmith_prompt"], head["headsmith_seed"]) == ("a man", 3)


def test_variations_are_a_new_gallery_around_the_chosen_preview(gallery: Any, session: Any) -> None:
    bpy.ops.headsmith.gallery_pick(index=2)
    settings().variation = 0.6
    bpy.ops.headsmith.gallery_vary(wait=True)
    request = session.gallery().request
    assert session.gallery() is not gallery
    assert (request.kind, request.base.use, request.count) == ("explore", "vary", 8)
    assert request.base.z == gallery.candidates[2].z
    assert request.base.amount == pytest.approx(0.6)
    assert settings().gallery_index == -1


def test_a_locked_look_is_rewritten_by_new_words_until_it_is_unlocked(
    gallery: Any, session: Any
) -> None:
    bpy.ops.headsmith.gallery_pick(index=1)
    bpy.ops.headsmith.look_lock(source="GALLERY")
    settings().prompt = "a man with a beard"
    bpy.ops.headsmith.generate()
    request = session.dispatcher.jobs[-1].request
    assert request.base.use == "rewrite"
    assert request.base.z == gallery.candidates[1].z  # every digit of it
    assert request.prompt == "a man with a beard"
    bpy.ops.headsmith.look_unlock()
    bpy.ops.headsmith.generate()
    assert session.dispatcher.jobs[-1].request.base is None
    assert not bpy.ops.headsmith.look_unlock.poll()


def test_a_preview_that_is_not_there_cannot_be_chosen(gallery: Any) -> None:
    del gallery.candidates[6:]
    with pytest.raises(RuntimeError, match="no preview 8"):
        bpy.ops.headsmith.gallery_pick(index=7)
    assert settings().gallery_index == -1

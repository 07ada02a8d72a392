"""Variations of It: another gallery, around the chosen preview."""

from typing import Any

import bpy
import pytest

from .explored import settings


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


def test_variations_keep_the_words_and_take_a_seed_of_the_panel(gallery: Any, session: Any) -> None:
    bpy.ops.headsmith.gallery_pick(index=2)
    settings().prompt, settings().seed = "changed meanwhile", 9
    bpy.ops.headsmith.gallery_vary()
    request = session.dispatcher.jobs[-1].request
    assert (request.prompt, request.seed) == ("a man", 9)
    settings().gallery_index, settings().random_seed = 2, True
    bpy.ops.headsmith.gallery_vary()
    assert session.dispatcher.jobs[-1].request.seed == settings().seed
    assert settings().seed != 9


def test_variations_of_variations_start_from_the_new_gallery(gallery: Any, session: Any) -> None:
    for _ in range(2):
        bpy.ops.headsmith.gallery_pick(index=4)
        chosen = session.gallery().candidates[4].z
        bpy.ops.headsmith.gallery_vary(wait=True)
    assert session.gallery().request.base.z == chosen
    assert len([job for job in session.dispatcher.jobs if job.candidates]) == 3

"""Finish This One: the chosen preview becomes the head that it shows."""

from pathlib import Path
from typing import Any

import bpy
import pytest

from .explored import heads, settings


def test_finishing_makes_the_chosen_preview_with_its_own_words(gallery: Any, session: Any) -> None:
    assert not bpy.ops.headsmith.gallery_finish.poll()
    bpy.ops.headsmith.gallery_pick(index=5)
    settings().prompt, settings().count = "changed meanwhile", 4
    bpy.ops.headsmith.gallery_finish(wait=True)
    (head,) = heads()
    assert list(head["headsmith_latent"]) == pytest.approx(gallery.candidates[5].z)
    assert (head["headsmith_prompt"], head["headsmith_seed"]) == ("a man", 3)


def test_pictures_of_the_panel_do_not_go_along(gallery: Any, session: Any, tmp_path: Path) -> None:
    """There is nothing left to follow: the preview is the head."""
    picture = tmp_path / "style.png"
    picture.write_bytes(b"any")
    bpy.ops.headsmith.gallery_pick(index=0)
    settings().style_image, settings().quality = str(picture), "high"
    bpy.ops.headsmith.gallery_finish()
    request = session.dispatcher.jobs[-1].request
    assert (request.style_image, request.count, request.quality) == ("", 1, "high")
    assert (request.base.use, request.base.z) == ("finish", gallery.candidates[0].z)


def test_the_same_preview_can_be_finished_twice(gallery: Any) -> None:
    bpy.ops.headsmith.gallery_pick(index=7)
    for _ in range(2):
        assert bpy.ops.headsmith.gallery_finish(wait=True) == {"FINISHED"}
    first, second = (list(head["headsmith_latent"]) for head in heads())
    assert first == second

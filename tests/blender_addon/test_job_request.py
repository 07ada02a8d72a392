"""From the panel's settings to a request."""

import dataclasses
from types import ModuleType
from typing import Any

import bpy
import numpy as np
import pytest

from ..in_blender import part, wire


def test_a_latent_survives_as_text_exactly(extension: ModuleType) -> None:
    z = tuple(np.random.default_rng(0).standard_normal(64).tolist())
    request = part("job_request")
    assert request.read_latent(request.write_latent(z)) == z
    with pytest.raises(wire().RequestError, match="lock a head again"):
        request.read_latent("no numbers")


@pytest.mark.parametrize("z", [(), (0.1, -0.0, 1e-310, 1.7976931348623157e308)])
def test_odd_numbers_of_a_latent_survive_too(extension: ModuleType, z: tuple[float, ...]) -> None:
    request = part("job_request")
    assert repr(request.read_latent(request.write_latent(z))) == repr(z)


def test_untouched_settings_ask_for_what_a_request_asks_for_by_itself(session: Any) -> None:
    bpy.context.scene.headsmith.prompt = "  a man\n"
    request = part("job_request").panel_request(bpy.context)
    usual = wire().JobRequest(prompt="a man", seed=1)
    numbers = ("image_weight", "truncation")  # Blender keeps them in single precision
    for field in dataclasses.fields(usual):
        expected = getattr(usual, field.name)
        found = getattr(request, field.name)
        assert found == (pytest.approx(expected) if field.name in numbers else expected), field.name


def test_a_locked_look_goes_into_every_request(session: Any) -> None:
    z = (0.1, 0.2, -0.3)
    bpy.context.scene.headsmith.locked_latent = part("job_request").write_latent(z)
    base = part("job_request").panel_request(bpy.context).base
    assert (base.z, base.use) == (z, "rewrite")


def test_exploring_asks_for_a_gallery_of_the_same(extension: ModuleType) -> None:
    request = wire().JobRequest(prompt="a man", seed=7, count=3)
    found = part("job_request").exploring(request)
    assert found == dataclasses.replace(request, kind="explore", count=8)


def test_a_finish_takes_words_and_seed_along_and_a_variation_the_words(
    extension: ModuleType,
) -> None:
    own = wire().JobRequest(
        prompt="new words", seed=9, count=4, style_image="s.png", photo="p.png", quality="high"
    )
    like = wire().JobRequest(prompt="a man", seed=3)
    for use, seed, count, pictures in (
        ("finish", 3, 1, ("", "")),
        ("vary", 9, 4, ("s.png", "p.png")),
    ):
        base = wire().LatentBase((0.5,), use=use)
        found = part("job_request").starting_from(own, base, like)
        assert (found.prompt, found.seed, found.count, found.base) == ("a man", seed, count, base)
        assert (found.style_image, found.photo) == pictures
        assert found.quality == "high"


def test_a_seed_is_drawn_only_where_it_is_wanted(session: Any) -> None:
    settings = bpy.context.scene.headsmith
    settings.seed = 5
    part("job_request").draw_seed(bpy.context)
    assert settings.seed == 5
    settings.random_seed = True
    drawn = set()
    for _ in range(3):
        part("job_request").draw_seed(bpy.context)
        drawn.add(settings.seed)
    assert len(drawn) == 3


def test_a_missing_picture_is_refused_before_there_is_a_request(session: Any) -> None:
    bpy.context.scene.headsmith.photo = "/no/such/face.png"
    with pytest.raises(wire().RequestError, match=r"photo .*face\.png does not exist"):
        part("job_request").panel_request(bpy.context)

"""The fast picture of a head against the reference."""

import dataclasses

import pytest
import torch

from backend.generator.config import GeneratorConfig, SuperResolutionConfig
from backend.generator.fast_field import FastField
from backend.generator.fast_render import render_fast
from backend.generator.model import Generator
from backend.views.cameras import look_at_camera
from tests.backend.generator.configs import EG3D_LIKE, FAMILIES, build, front_camera, planes_of
from tests.backend.generator.templates import rich_template


def check(generator: Generator, planes: torch.Tensor, camera: torch.Tensor) -> None:
    ws = torch.zeros(1, generator.config.num_ws, generator.config.w_dim)
    with torch.no_grad():
        expected = generator.render(planes, camera[None], 8, ws)
    seen = render_fast(generator, FastField(generator, planes), camera, 8, ws)
    # A sample that is left out weighs less than 2e-4; colours span 2.
    assert torch.allclose(seen.image_raw, expected.image_raw, atol=0.01)
    assert torch.allclose(seen.weights_sum, expected.weights_sum, atol=1e-4)
    assert torch.allclose(seen.depth, expected.depth, atol=1e-4)
    assert (seen.labels is None) == (expected.labels is None)
    if seen.labels is not None and expected.labels is not None:
        assert torch.allclose(seen.labels, expected.labels, atol=0.01)
    assert (seen.image is None) == (expected.image is None)


@pytest.mark.parametrize("config", FAMILIES, ids=lambda config: config.name)
def test_every_family_gives_the_picture_of_the_reference(config: GeneratorConfig) -> None:
    check(build(config), planes_of(config), front_camera(config)[0])


def test_a_template_gives_the_picture_of_the_reference() -> None:
    generator = rich_template()
    planes = generator.synthesize_planes(torch.zeros(1, 1, generator.config.w_dim)).detach()
    check(generator, planes, look_at_camera(0.4, 0.1, 2.7, 24.0).label())


def test_the_background_may_be_white_and_there_may_be_no_second_samples() -> None:
    renderer = dataclasses.replace(
        EG3D_LIKE.renderer, white_back=True, depth_resolution_importance=0
    )
    config = dataclasses.replace(
        EG3D_LIKE, renderer=renderer, superresolution=SuperResolutionConfig(8, (4, 4))
    )
    check(build(config), planes_of(config), front_camera(config)[0])

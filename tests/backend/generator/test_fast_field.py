"""The fast field against the reference, for every family of generators."""

import dataclasses

import pytest
import torch

from backend.generator import fast_field
from backend.generator.config import GeneratorConfig
from backend.generator.fast_field import FastField
from tests.backend.generator.configs import (
    EG3D_LIKE,
    FAMILIES,
    STARTER_LIKE,
    build,
    planes_of,
    points_in,
)

WITH_RELU = dataclasses.replace(
    STARTER_LIKE,
    name="relu starter",
    decoder=dataclasses.replace(STARTER_LIKE.decoder, activation="relu", label_names=()),
)


@pytest.fixture(params=[*FAMILIES, WITH_RELU], ids=lambda config: config.name)
def config(request: pytest.FixtureRequest) -> GeneratorConfig:
    return request.param


def test_everything_equals_the_reference(
    config: GeneratorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_field, "CHUNK", 64)  # several chunks and an uneven last one
    generator, planes = build(config).requires_grad_(False), planes_of(config)
    points = points_in(config, 1, 333)
    reference = generator.sample_field(planes, points)
    field = FastField(generator, planes)
    sample = field.sample(points[0])
    torch.testing.assert_close(sample.sigma, reference.sigma, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(sample.rgb, reference.rgb, atol=1e-5, rtol=1e-5)
    sigma, rgb = field.sigma(points[0]), field.rgb(points[0])
    expected = reference.sigma[0, :, 0] - config.surface_sigma
    torch.testing.assert_close(sigma, expected, atol=1e-5, rtol=1e-5)
    expected = reference.rgb[0, :, :3].clamp(0, 1)
    torch.testing.assert_close(rgb, expected, atol=1e-5, rtol=1e-5)
    if reference.labels is None:
        assert sample.labels is None
    else:
        torch.testing.assert_close(
            field.labels(points[0]), reference.labels[0], atol=1e-5, rtol=1e-5
        )


def test_the_box_is_that_of_the_generator(config: GeneratorConfig) -> None:
    assert FastField(build(config), planes_of(config)).box_half == config.box_warp / 2


def test_it_keeps_no_gradients_and_changes_neither_points_nor_planes() -> None:
    generator, planes = build(STARTER_LIKE), planes_of(STARTER_LIKE)
    points = points_in(STARTER_LIKE, 1, 20)[0]
    before = points.clone(), planes.clone()
    sigma = FastField(generator, planes).sigma(points)
    assert not sigma.requires_grad
    assert torch.equal(points, before[0])
    assert torch.equal(planes, before[1])


def test_no_points_give_no_values() -> None:
    field = FastField(build(EG3D_LIKE), planes_of(EG3D_LIKE))
    assert field.sigma(torch.zeros(0, 3)).shape == (0,)
    assert field.rgb(torch.zeros(0, 3)).shape == (0, 3)


def test_several_heads_are_refused() -> None:
    with pytest.raises(ValueError, match="holds one head, but 2 were given"):
        FastField(build(EG3D_LIKE), planes_of(EG3D_LIKE, 2))

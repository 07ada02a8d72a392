"""The fast field against the reference, for every family of generators."""

import dataclasses

import pytest
import torch
from torch import Tensor

from backend.generator import fast_network, fast_sides
from backend.generator.config import GeneratorConfig, HiddenActivation, PlaneInset
from backend.generator.fast_field import FastField
from backend.generator.model import Generator
from tests.backend.generator.configs import (
    EG3D_LIKE,
    FAMILIES,
    STARTER_LIKE,
    build,
    latents,
    planes_of,
    points_in,
)
from tests.backend.generator.templates import rich_template

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
    for module in (fast_network, fast_sides):
        monkeypatch.setattr(module, "CHUNK", 64)  # several chunks and an uneven last one
    expect_reference(build(config).requires_grad_(False), planes_of(config))


@pytest.mark.parametrize("activation", ["silu", "relu", "softplus"])
@pytest.mark.parametrize("is_drawn", [True, False], ids=["drawn planes", "random planes"])
@pytest.mark.parametrize("inset", [None, PlaneInset(0.1, -0.2, 0.5)], ids=["plain", "inset"])
def test_a_templates_field_equals_the_reference(
    activation: HiddenActivation,
    is_drawn: bool,
    inset: PlaneInset | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fast_sides, "CHUNK", 64)
    generator = rich_template(inset=inset)
    generator.decoder.config = dataclasses.replace(
        generator.config,
        surface_sigma=0.3,
        decoder=dataclasses.replace(generator.config.decoder, activation=activation),
    )
    generator.config = generator.decoder.config
    ws = generator.map(latents(generator.config, 1))
    planes = generator.synthesize_planes(ws) if is_drawn else planes_of(generator.config)
    expect_reference(generator, planes)


def expect_reference(generator: Generator, planes: Tensor) -> None:
    """The fast field's every answer at points in and around the box is the reference's."""
    config = generator.config
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


def test_a_templates_answers_do_not_depend_on_what_else_is_asked() -> None:
    generator = rich_template()
    field = FastField(generator, planes_of(generator.config))
    points = points_in(generator.config, 1, 50)[0]
    sample = field.sample(points)
    assert sample.labels is not None
    assert torch.equal(field.labels(points), sample.labels[0])
    assert torch.equal(field.sigma(points), sample.sigma[0, :, 0])


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


@pytest.mark.parametrize("generator", [build(EG3D_LIKE), rich_template()], ids=["network", "sides"])
def test_no_points_give_no_values(generator: Generator) -> None:
    field = FastField(generator, planes_of(generator.config))
    assert field.sigma(torch.zeros(0, 3)).shape == (0,)
    assert field.rgb(torch.zeros(0, 3)).shape == (0, 3)


def test_several_heads_are_refused() -> None:
    with pytest.raises(ValueError, match="holds one head, but 2 were given"):
        FastField(build(EG3D_LIKE), planes_of(EG3D_LIKE, 2))

"""The generator as a whole: shapes, gradients to the latent, batches, number formats."""

import pytest
import torch

from backend.generator.config import GeneratorConfig
from tests.backend.generator.configs import (
    EG3D_LIKE,
    FAMILIES,
    STARTER_LIKE,
    TRI_GRID,
    build,
    front_camera,
    latents,
    planes_of,
    points_in,
)
from tests.backend.generator.templates import rich_template

EACH_FAMILY = pytest.mark.parametrize("config", FAMILIES, ids=lambda config: config.name)


def camera_condition(config: GeneratorConfig, count: int) -> torch.Tensor | None:
    return front_camera(config, count) if config.c_dim else None


@EACH_FAMILY
def test_gradients_reach_the_latent_through_field_and_picture(config: GeneratorConfig) -> None:
    generator = build(config).requires_grad_(False)
    z = latents(config, 2).requires_grad_()
    planes = generator.synthesize_planes(generator.map(z, camera_condition(config, 2)))
    field = generator.sample_field(planes, points_in(config, 2, 50))
    seen = generator.render(planes, front_camera(config, 2), 6)
    for loss in (field.sigma.square().mean(), seen.image_raw.square().mean()):
        (gradient,) = torch.autograd.grad(loss, z, retain_graph=True)
        assert torch.isfinite(gradient).all()
        assert (gradient.abs().amax(1) > 0).all()


@EACH_FAMILY
def test_pictures_have_the_documented_shapes_and_ranges(config: GeneratorConfig) -> None:
    generator = build(config).requires_grad_(False)
    seen = generator.render(planes_of(config, 2), front_camera(config, 2), 6)
    assert seen.image_raw.shape == (2, 3, 6, 6)
    assert torch.equal(seen.image_raw, seen.features[:, :3])
    assert seen.features.shape[1] == config.decoder.color_channels
    assert seen.depth.shape == seen.weights_sum.shape == (2, 1, 6, 6)
    assert seen.weights_sum.min() >= 0
    assert seen.weights_sum.max() <= 1.0 + 1e-5
    assert seen.image is None


def test_labels_are_probabilities_times_opacity() -> None:
    generator = build(STARTER_LIKE).requires_grad_(False)
    seen = generator.render(planes_of(STARTER_LIKE), front_camera(STARTER_LIKE), 8)
    assert seen.labels is not None
    torch.testing.assert_close(seen.labels.sum(1, keepdim=True), seen.weights_sum)


def test_super_resolution_needs_ws() -> None:
    generator = build(EG3D_LIKE).requires_grad_(False)
    planes, camera = planes_of(EG3D_LIKE), front_camera(EG3D_LIKE)
    ws = generator.map(latents(EG3D_LIKE, 1), camera)
    image = generator.render(planes, camera, 8, ws).image
    assert image is not None
    assert image.shape == (1, 3, 32, 32)


@EACH_FAMILY
def test_a_batch_equals_its_parts(config: GeneratorConfig) -> None:
    generator = build(config).requires_grad_(False)
    planes, points, camera = planes_of(config, 3), points_in(config, 3, 40), front_camera(config, 3)
    field, picture = generator.sample_field(planes, points), generator.render(planes, camera, 5)
    alone = generator.sample_field(planes[1:2], points[1:2])
    torch.testing.assert_close(field.sigma[1:2], alone.sigma)
    torch.testing.assert_close(field.rgb[1:2], alone.rgb)
    single = generator.render(planes[1:2], camera[1:2], 5)
    torch.testing.assert_close(picture.image_raw[1:2], single.image_raw, atol=1e-5, rtol=1e-5)


def test_the_number_of_samples_can_be_chosen_for_one_picture() -> None:
    generator = build(STARTER_LIKE).requires_grad_(False)
    planes, camera = planes_of(STARTER_LIKE), front_camera(STARTER_LIKE)
    coarse_only = generator.render(planes, camera, 4, depth_samples=(8, 0))
    usual = generator.render(planes, camera, 4, depth_samples=(12, 12))
    assert not torch.allclose(coarse_only.depth, usual.depth)
    assert torch.equal(usual.depth, generator.render(planes, camera, 4).depth)


@pytest.mark.parametrize("config", [EG3D_LIKE, TRI_GRID], ids=lambda config: config.name)
def test_the_gradient_of_the_field_is_its_derivative(config: GeneratorConfig) -> None:
    generator = build(config).double().requires_grad_(False)
    planes = planes_of(config)[..., :2, :3].double().requires_grad_()
    points = (points_in(config, 1, 3) * 0.6).double().requires_grad_()

    def field(planes: torch.Tensor, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        sample = generator.sample_field(planes, points)
        return sample.sigma, sample.rgb

    assert torch.autograd.gradcheck(field, (planes, points))


@EACH_FAMILY
def test_bfloat16_fields_and_pictures_stay_near_float32(config: GeneratorConfig) -> None:
    generator = build(config).requires_grad_(False)
    planes, points, camera = (
        planes_of(config, 2),
        points_in(config, 2, 400),
        front_camera(config, 2),
    )
    field, picture = generator.sample_field(planes, points), generator.render(planes, camera, 6)
    with torch.autocast("cpu", torch.bfloat16):
        low_field = generator.sample_field(planes, points)
        low_picture = generator.render(planes, camera, 6)
    half = build(config).bfloat16().requires_grad_(False)
    for low, reference in (
        (low_field.sigma, field.sigma),
        (low_field.rgb, field.rgb),
        (low_picture.image_raw, picture.image_raw),
        (half.sample_field(planes, points).sigma, field.sigma),
    ):
        assert low.dtype == torch.float32
        assert (low - reference).square().mean().sqrt() / reference.std() < 0.04
        assert (low - reference).abs().max() / reference.std() < 0.15


def test_a_bfloat16_generator_runs_from_latent_to_picture() -> None:
    generator = build(EG3D_LIKE).bfloat16().requires_grad_(False)
    camera = front_camera(EG3D_LIKE)
    ws = generator.map(latents(EG3D_LIKE, 1), camera)
    seen = generator.render(generator.synthesize_planes(ws), camera, 8, ws)
    reference = build(EG3D_LIKE).requires_grad_(False)
    ws = reference.map(latents(EG3D_LIKE, 1), camera)
    expected = reference.render(reference.synthesize_planes(ws), camera, 8, ws)
    assert seen.image is not None
    assert expected.image is not None
    error = (seen.image - expected.image).square().mean().sqrt() / expected.image.std()
    assert error < 0.1


def test_a_template_runs_from_latent_to_picture_and_back() -> None:
    generator = rich_template()
    config, camera = generator.config, front_camera(generator.config, 2)
    z = latents(config, 2).requires_grad_()
    planes = generator.synthesize_planes(generator.map(z))
    assert planes.shape == (2, 3, config.planes.channels, 64, 64)
    seen = generator.render(planes, camera, 16)
    assert seen.image_raw.shape == (2, 3, 16, 16)
    assert seen.weights_sum[:, :, 7:9, 7:9].min() > 0.95  # the ball is in the middle
    assert seen.weights_sum[:, :, 0].max() < 0.05
    expected = torch.full((2, 1), config.camera.radius - 0.3)
    torch.testing.assert_close(seen.depth[:, :, 8, 8], expected, atol=0.05, rtol=0)
    assert seen.labels is not None
    torch.testing.assert_close(seen.labels.sum(1, keepdim=True), seen.weights_sum)
    (gradient,) = torch.autograd.grad(seen.image_raw.square().mean(), z)
    assert torch.isfinite(gradient).all()
    assert (gradient.abs().amax(1) > 0).all()


def test_other_generators_have_no_drafts() -> None:
    generator = build(STARTER_LIKE).requires_grad_(False)
    ws = generator.map(latents(STARTER_LIKE, 2))
    assert torch.equal(generator.draft_planes(ws), generator.synthesize_planes(ws))

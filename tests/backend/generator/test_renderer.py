"""Volume rendering against closed forms."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from backend.generator.config import RendererConfig
from backend.generator.decoder import FieldSample
from backend.generator.renderer import (
    FieldFunction,
    Rays,
    camera_rays,
    density_from_sigma,
    invert_distribution,
    render_rays,
)

CONFIG = RendererConfig(
    ray_start=1.0,
    ray_end=3.0,
    depth_resolution=64,
    depth_resolution_importance=64,
    density_activation="sigmoid",
    density_scale=5.0,
)
COLOR = torch.tensor([0.2, 0.5, 0.9])


def uniform(sigma: float) -> FieldFunction:
    def field(points: Tensor) -> FieldSample:
        value = torch.full_like(points[..., :1], sigma)
        return FieldSample(value, COLOR.to(points).expand_as(points), None)

    return field


def opaque_sphere(radius: float) -> FieldFunction:
    def field(points: Tensor) -> FieldSample:
        sigma = (radius - points.norm(dim=-1, keepdim=True)) * 1000
        labels = torch.stack([points[..., 0], -points[..., 0]], dim=-1) * 100
        return FieldSample(sigma, (points + 0.5).clamp(0, 1), labels)

    return field


def parallel_rays(offsets: Tensor, distance: float = 2.0) -> Rays:
    """Rays along -z through (x, y) offsets [R,2]."""
    origins = torch.cat([offsets, torch.full_like(offsets[:, :1], distance)], dim=1)[None]
    return Rays(origins, torch.tensor([0.0, 0.0, -1.0]).expand_as(origins))


def label(cam2world: Tensor, intrinsics: Tensor) -> Tensor:
    return torch.cat([cam2world.flatten(), intrinsics.flatten()])[None]


def test_rays_project_back_to_their_pixel_centres() -> None:
    intrinsics = torch.tensor([[1.3, 0.11, 0.47], [0.0, 0.9, 0.58], [0.0, 0.0, 1.0]])
    rotation, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(0)))
    cam2world = torch.eye(4)
    cam2world[:3, :3], cam2world[:3, 3] = rotation, torch.tensor([0.3, -0.2, 2.0])
    rays = camera_rays(label(cam2world, intrinsics), 4)
    points = rays.origins + 1.7 * rays.directions
    in_camera = (points[0] - cam2world[:3, 3]) @ rotation
    pixels = in_camera @ intrinsics.t()
    pixels = (pixels / pixels[:, 2:])[:, :2] * 4
    row, column = 2, 3  # row by row: index 2 * 4 + 3
    torch.testing.assert_close(pixels[row * 4 + column], torch.tensor([3.5, 2.5]))
    torch.testing.assert_close(rays.directions.norm(dim=-1), torch.ones(1, 16))


def test_the_first_ray_of_a_frontal_camera_looks_up_and_to_the_persons_right() -> None:
    cam2world = torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0]))
    cam2world[2, 3] = 2.7
    intrinsics = torch.tensor([[2.0, 0.0, 0.5], [0.0, 2.0, 0.5], [0.0, 0.0, 1.0]])
    direction = camera_rays(label(cam2world, intrinsics), 2).directions[0, 0]
    # Column 0 is the picture's left, x = -1; row 0 is its top, y = +1; the camera looks along -z.
    torch.testing.assert_close(torch.sign(direction), torch.tensor([-1.0, 1.0, -1.0]))


def test_a_uniform_fog_absorbs_as_the_exponential_law_says() -> None:
    seen = render_rays(uniform(0.0), parallel_rays(torch.zeros(1, 2)), CONFIG, 1.0)
    length = 2.0  # the half step of jitter moves both ends alike
    opacity = 1.0 - math.exp(-0.5 * 5.0 * length)
    assert seen.weights_sum.item() == pytest.approx(opacity, abs=1e-4)
    torch.testing.assert_close(seen.color[0, 0], COLOR * opacity * 2 - 1, atol=1e-4, rtol=0)


def test_a_white_background_fills_what_the_fog_lets_through() -> None:
    config = dataclasses.replace(CONFIG, white_back=True)
    rays = parallel_rays(torch.zeros(1, 2))
    black, white = (render_rays(uniform(0.0), rays, settings, 1.0) for settings in (CONFIG, config))
    torch.testing.assert_close(white.color, black.color + 2 * (1 - black.weights_sum))


def test_an_opaque_sphere_has_the_depth_colour_and_label_of_its_surface() -> None:
    offsets = torch.tensor([[0.0, 0.0], [0.2, 0.1], [-0.25, 0.2], [0.6, 0.0]])
    config = dataclasses.replace(CONFIG, density_scale=2000.0)
    seen = render_rays(opaque_sphere(0.5), parallel_rays(offsets), config, 1.2)
    height = (0.25 - offsets[:3].square().sum(1)).sqrt()
    torch.testing.assert_close(seen.depth[0, :3, 0], 2.0 - height, atol=0.01, rtol=0)
    points = torch.cat([offsets[:3], height[:, None]], dim=1)
    torch.testing.assert_close((seen.color[0, :3] + 1) / 2, points + 0.5, atol=0.01, rtol=0)
    torch.testing.assert_close(seen.weights_sum[0, :, 0], torch.tensor([1.0, 1.0, 1.0, 0.0]))
    assert seen.labels is not None
    torch.testing.assert_close(seen.labels[0, 1:3], torch.tensor([[1.0, 0.0], [0.0, 1.0]]))


def test_importance_samples_sharpen_the_depth() -> None:
    offsets = torch.rand(50, 2, generator=torch.Generator().manual_seed(0)) * 0.5 - 0.25
    truth = 2.0 - (0.25 - offsets.square().sum(1)).sqrt()

    def worst(coarse: int, fine: int) -> float:
        config = dataclasses.replace(
            CONFIG,
            density_scale=2000.0,
            depth_resolution=coarse,
            depth_resolution_importance=fine,
        )
        seen = render_rays(opaque_sphere(0.5), parallel_rays(offsets), config, 1.2)
        return float((seen.depth[0, :, 0] - truth).abs().max())

    assert worst(24, 24) < 0.5 * worst(48, 0)


def test_rays_that_see_nothing_report_the_far_end_and_finite_gradients() -> None:
    shift = torch.zeros(1, requires_grad=True)

    def empty(points: Tensor) -> FieldSample:
        sigma = torch.full_like(points[..., :1], -200.0) + shift
        return FieldSample(sigma, points, None)

    seen = render_rays(empty, parallel_rays(torch.zeros(1, 2)), CONFIG, 1.0)
    assert seen.weights_sum.item() == 0.0
    assert seen.depth.item() == pytest.approx(3.0 + 0.5 * 2.0 / 63, abs=1e-5)
    (gradient,) = torch.autograd.grad(seen.depth.sum() + seen.color.sum(), shift)
    assert torch.isfinite(gradient).all()


def test_a_box_range_samples_only_the_part_of_the_ray_inside() -> None:
    config = dataclasses.replace(CONFIG, ray_range="box")
    offsets = torch.tensor([[0.0, 0.0], [0.35, -0.2]])
    depths: list[Tensor] = []

    def watched(points: Tensor) -> FieldSample:
        depths.append(2.0 - points[..., 2])
        return uniform(0.0)(points)

    render_rays(watched, parallel_rays(offsets), config, 0.8)
    coarse = depths[0].view(2, -1)
    step = 0.8 / 63
    torch.testing.assert_close(coarse[:, 0], torch.full((2,), 1.6 + step / 2))
    torch.testing.assert_close(coarse[:, -1], torch.full((2,), 2.4 + step / 2))


def test_random_jitter_repeats_with_its_seed_and_none_is_fixed() -> None:
    rays = parallel_rays(torch.zeros(3, 2))
    sphere, config = opaque_sphere(0.5), dataclasses.replace(CONFIG, density_scale=50.0)

    def depth(seed: int | None) -> Tensor:
        random = None if seed is None else torch.Generator().manual_seed(seed)
        return render_rays(sphere, rays, config, 1.0, random).depth

    assert torch.equal(depth(None), depth(None))
    assert torch.equal(depth(7), depth(7))
    assert not torch.equal(depth(7), depth(8))


def test_inverting_a_distribution_agrees_with_interpolation() -> None:
    random = np.random.default_rng(0)
    edges = np.cumsum(random.random((4, 9)) + 0.1, axis=1)
    weights = random.random((4, 8)) + 0.05
    quantiles = np.sort(random.random((4, 30)), axis=1)
    cumulative = np.cumsum((weights + 1e-5) / (weights + 1e-5).sum(1, keepdims=True), axis=1)
    cumulative = np.concatenate([np.zeros((4, 1)), cumulative], axis=1)
    expected = np.stack(
        [np.interp(q, c, e) for q, c, e in zip(quantiles, cumulative, edges, strict=True)]
    )
    actual = invert_distribution(*(torch.from_numpy(x) for x in (edges, weights, quantiles)))
    np.testing.assert_allclose(actual.numpy(), expected, atol=1e-9)


def test_quantiles_zero_and_one_are_the_ends() -> None:
    edges, weights = torch.tensor([[1.0, 2.0, 4.0]]), torch.tensor([[3.0, 1.0]])
    ends = invert_distribution(edges, weights, torch.tensor([[0.0, 1.0]]))
    torch.testing.assert_close(ends, torch.tensor([[1.0, 4.0]]), atol=1e-4, rtol=0)


def test_density_activations_match_their_formulas() -> None:
    sigma = torch.tensor([-2.0, 1.0, 30.0])
    softplus = RendererConfig(density_activation="softplus")
    expected = torch.tensor([math.log1p(math.exp(-3.0)), math.log(2.0), 29.0])
    torch.testing.assert_close(density_from_sigma(sigma, softplus), expected)
    torch.testing.assert_close(density_from_sigma(sigma, CONFIG), 5 * torch.sigmoid(sigma))


def test_sharpness_thins_the_fog_and_leaves_the_surface() -> None:
    sharp = dataclasses.replace(CONFIG, density_sharpness=10.0)
    sigma = torch.tensor([-1.0, 0.0, 1.0])
    plain, steep = density_from_sigma(sigma, CONFIG), density_from_sigma(sigma, sharp)
    assert steep[1] == plain[1] == CONFIG.density_scale / 2
    assert torch.allclose(steep, density_from_sigma(10 * sigma, CONFIG))
    softplus = dataclasses.replace(sharp, density_activation="softplus")
    assert torch.equal(
        density_from_sigma(sigma, softplus),
        density_from_sigma(sigma, dataclasses.replace(softplus, density_sharpness=1.0)),
    )

"""Where the encoder's views are taken from, and what they show: frames known by hand, and the generator that ships."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from backend.generator.config import CameraConfig
from backend.generator.model import Generator
from backend.guidance.views import HEAD_HEIGHT, VIEW_WEIGHTS, render_views, view_labels
from tests.backend.guidance.tiny import tiny_generator
from tests.backend.rig.starter_heads import starter
from tests.backend.tiny_models import TINY_CONFIG

FIELD = dataclasses.replace(TINY_CONFIG, box_warp=0.7, camera=CameraConfig(3.1, 18.0, (0, 0, 0)))


def project(label: Tensor, point: Tensor) -> list[float]:
    """Column and row of a point [3] in a picture of side 1."""
    cam2world, lens = label[:16].view(4, 4), label[16:].view(3, 3)
    column, row, depth = lens @ cam2world[:3, :3].T @ (point - cam2world[:3, 3])
    return [float(column / depth), float(row / depth)]


def planes_of(generator: Generator, share: float = 1.0) -> Tensor:
    """Of a random head, or of what lies that share of the way to it from the mean one."""
    z = torch.randn(1, generator.config.z_dim, generator=torch.Generator().manual_seed(0)) * share
    with torch.no_grad():
        return generator.draft_planes(generator.map(z, None))


def test_the_weights_share_one_whole_evenly_between_the_sides() -> None:
    front, left, right = VIEW_WEIGHTS
    assert front + left + right == pytest.approx(1.0)
    assert front > left == right
    assert len(view_labels(FIELD)) == len(VIEW_WEIGHTS)


def test_the_head_s_height_reaches_from_edge_to_edge_of_every_view() -> None:
    for label in view_labels(FIELD):
        down = label[:16].view(4, 4)[:3, 1]
        half = down * HEAD_HEIGHT * FIELD.box_warp / 2
        assert project(label, half) == pytest.approx([0.5, 1.0], abs=1e-5)
        assert project(label, -half) == pytest.approx([0.5, 0.0], abs=1e-5)
        assert project(label, torch.zeros(3)) == pytest.approx([0.5, 0.5], abs=1e-6)


def test_the_first_view_is_the_front_and_the_others_stand_on_both_sides_of_it() -> None:
    front, left, right = view_labels(FIELD)[:, :16].view(3, 4, 4)[:, :3, 3]
    assert [float(eye.norm()) for eye in (front, left, right)] == pytest.approx([3.1] * 3, abs=1e-5)
    assert front[0] == pytest.approx(0.0, abs=1e-6) and front[2] > 3.0
    assert left[0] > 1.0
    assert left * torch.tensor([-1.0, 1, 1]) == pytest.approx(right, abs=1e-6)
    assert float(front @ left + front @ right) / 2 / 3.1**2 == pytest.approx(
        math.cos(0.6) * math.cos(0.05) ** 2 + math.sin(0.05) ** 2, abs=1e-6
    )


def test_a_field_of_another_scale_is_framed_alike() -> None:
    small = view_labels(FIELD)
    camera = dataclasses.replace(FIELD.camera, radius=5 * FIELD.camera.radius)
    large = view_labels(dataclasses.replace(FIELD, box_warp=5 * FIELD.box_warp, camera=camera))
    places = [3, 7, 11]
    assert torch.allclose(large[:, places], 5 * small[:, places], atol=1e-5)
    others = [index for index in range(25) if index not in places]
    assert torch.allclose(large[:, others], small[:, others], atol=1e-6)


def test_only_the_yaws_that_are_asked_for_are_seen() -> None:
    assert torch.equal(view_labels(FIELD, (0.6,))[0], view_labels(FIELD)[1])


def test_a_head_of_the_generator_that_ships_fills_the_height_but_not_the_width() -> None:
    size = 24
    generator = starter()
    front = render_views(
        generator, planes_of(generator, 0.0), view_labels(generator.config)[:1], size
    )
    is_head = (front[0] - 0.5).abs().amax(0) > 0.03
    assert front[0, :, 0, 0].tolist() == pytest.approx([0.5] * 3, abs=1e-3)
    rows, columns = is_head.any(1).float().mean(), is_head.any(0).float().mean()
    assert rows > 0.9
    assert 0.45 < columns < 0.75
    assert abs(float(is_head.float().mean(0) @ (torch.arange(24) - 11.5))) < 0.5  # in the middle


def test_nothing_is_grey_and_a_white_background_stays_white() -> None:
    generator = tiny_generator()
    config = generator.config
    empty = torch.zeros(1, 3, config.planes.channels, 16, 16)
    generator.decoder.get_parameter(f"layers.{len(generator.decoder.layers) - 1}.bias")[0] = -50.0
    labels = view_labels(config)
    seen = render_views(generator, empty, labels, 8)
    torch.testing.assert_close(seen, torch.full((3, 3, 8, 8), 0.5), atol=1e-5, rtol=0)
    white = dataclasses.replace(config.renderer, white_back=True)
    generator.config = dataclasses.replace(config, renderer=white)
    seen = render_views(generator, empty, labels, 8)
    torch.testing.assert_close(seen, torch.ones(3, 3, 8, 8), atol=1e-5, rtol=0)


def test_views_together_are_the_views_one_by_one_and_repeat() -> None:
    generator = tiny_generator()
    planes, labels = planes_of(generator), view_labels(generator.config)
    together = render_views(generator, planes, labels, 12)
    assert torch.equal(together, render_views(generator, planes, labels, 12))
    for label, picture in zip(labels, together, strict=True):
        alone = render_views(generator, planes, label[None], 12)[0]
        torch.testing.assert_close(alone, picture, atol=1e-5, rtol=0)


def test_the_gradient_of_a_picture_is_its_change() -> None:
    generator = tiny_generator().double()
    random = torch.Generator().manual_seed(1)
    shape = (1, 3, generator.config.planes.channels, 8, 8)
    planes = torch.randn(shape, generator=random, dtype=torch.float64)
    toward = torch.randn(shape, generator=random, dtype=torch.float64)
    weights = torch.randn(2, 3, 6, 6, generator=random, dtype=torch.float64)
    labels = view_labels(generator.config)[:2].double()

    def value(step: float) -> Tensor:
        return (render_views(generator, planes + step * toward, labels, 6) * weights).sum()

    with torch.enable_grad():
        planes.requires_grad_(True)
        (gradient,) = torch.autograd.grad(value(0.0), planes)
    planes.requires_grad_(False)
    change = (value(1e-5) - value(-1e-5)) / 2e-5
    assert float((gradient * toward).sum()) == pytest.approx(float(change), rel=2e-2)

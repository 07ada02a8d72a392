"""Unlit views of analytic fields."""

import math

import torch
from torch import Tensor

from backend.views.cameras import look_at_camera
from backend.views.unlit import UnlitRenderer


class HalvedBall:
    """A ball of radius 0.3, red and label 1 where x > 0, blue and label 2 elsewhere."""

    box_half = 0.5

    def sigma(self, points: Tensor) -> Tensor:
        return 0.3 - points.norm(dim=1)

    def rgb(self, points: Tensor) -> Tensor:
        is_right = (points[:, :1] > 0).float()
        return torch.cat([is_right, torch.zeros_like(is_right), 1 - is_right], dim=1)

    def labels(self, points: Tensor) -> Tensor:
        is_right = (points[:, 0] > 0).float()
        return torch.stack([torch.full_like(is_right, 0.5), is_right, 1 - is_right], dim=1)


SIZE, RADIUS, FOV = 128, 2.0, 25.0
RENDERER, CAMERA = UnlitRenderer(HalvedBall()), look_at_camera(0.0, 0.0, RADIUS, FOV)
VIEW = RENDERER.draw(CAMERA, SIZE)


def test_the_covered_area_is_that_of_the_balls_outline() -> None:
    tangent = 0.3 / math.sqrt(RADIUS**2 - 0.3**2)
    radius = tangent / math.tan(math.radians(FOV / 2)) / 2  # of the picture's side
    assert abs(VIEW.coverage.mean().item() - math.pi * radius**2) < 2e-3


def test_outlines_are_smooth() -> None:
    partly = (VIEW.coverage > 0) & (VIEW.coverage < 1)
    assert 100 < partly.sum() < 1000


def test_colours_and_labels_are_on_their_sides() -> None:
    # Seen from +z, +x is on the right.
    assert VIEW.labels[64, 80] == 1
    assert VIEW.labels[64, 48] == 2
    assert VIEW.labels[2, 2] == 0
    assert VIEW.color[64, 80].tolist() == [1, 0, 0]
    assert VIEW.over(0.25)[2, 2].tolist() == [0.25, 0.25, 0.25]


def test_points_lie_on_the_surface_that_faces_the_camera() -> None:
    assert (VIEW.points.norm(dim=1) - 0.3).abs().max() < 1e-4
    assert VIEW.points[:, 2].min() > 0
    rays = RENDERER.draw(CAMERA, 2 * SIZE, supersamples=1).labels
    assert len(VIEW.points) == (rays[1::2, 1::2] > 0).sum()


def test_a_pixel_has_the_label_that_most_of_its_rays_see() -> None:
    camera = look_at_camera(0.3, 0.2, RADIUS, FOV)
    rays = RENDERER.draw(camera, 2 * SIZE, supersamples=1).labels
    votes = torch.stack([(rays == label).view(SIZE, 2, SIZE, 2).sum((1, 3)) for label in range(3)])
    is_clear = votes.amax(0) > 2
    labels = RENDERER.draw(camera, SIZE, supersamples=2).labels
    assert torch.equal(labels[is_clear].long(), votes.argmax(0)[is_clear])
    assert (is_clear & (votes.amax(0) < 4)).sum() > 50

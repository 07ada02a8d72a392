"""Cameras of patches are parts of the cameras of their views."""

import numpy as np
import torch

from backend.generator.renderer import camera_rays
from backend.training.starter.view_cameras import crop_camera, patch_of_view, random_view
from backend.views.cameras import look_at_camera
from tests.backend.generator.templates import rich_template

VIEW = look_at_camera(0.6, -0.1, 2.7, 24.0).label()


def test_a_crop_has_the_rays_of_its_pixels() -> None:
    whole = camera_rays(VIEW[None], 16).directions.view(16, 16, 3)
    crop = crop_camera(VIEW, torch.tensor([3.0, 5.0]) / 16, 8 / 16)
    part = camera_rays(crop[None], 8).directions.view(8, 8, 3)
    assert torch.allclose(
        part, whole[5:13, 3:11], atol=1e-6
    )  # columns first in corners, rows in pictures


def test_a_patch_has_its_point_in_the_middle_unless_the_view_ends() -> None:
    point = torch.tensor([0.05, 0.1, 0.2])
    patch = patch_of_view(VIEW, point, 0.25)
    middle = camera_rays(patch[None], 1)
    towards = torch.nn.functional.normalize(point - middle.origins[0, 0], dim=0)
    assert torch.allclose(middle.directions[0, 0], towards, atol=1e-5)
    corner = patch_of_view(VIEW, torch.tensor([0.0, 5.0, 0.0]), 0.25)
    rows = camera_rays(corner[None], 4).directions.view(4, 4, 3)
    whole = camera_rays(VIEW[None], 16).directions.view(16, 16, 3)
    assert torch.allclose(rows[0, 0], whole[0, 6], atol=1e-5)


def test_random_views_hold_the_head_and_half_of_them_its_face() -> None:
    config = rich_template().config
    rng = np.random.default_rng(1)
    labels = torch.stack([random_view(config, rng) for _ in range(200)])
    radius = labels[:, [3, 7, 11]].norm(dim=1)
    assert torch.allclose(radius, torch.full_like(radius, config.camera.radius), atol=1e-4)
    sees = labels[:, 11] > 0.75 * radius  # stands before the face
    assert 0.4 < sees.float().mean() < 0.75
    assert torch.equal(labels[0], random_view(config, np.random.default_rng(1)))

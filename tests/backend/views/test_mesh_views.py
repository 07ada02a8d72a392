"""True views against closed forms, and against what volume rendering gives of the same head."""

import math

import torch

from backend.generator.renderer import camera_rays
from backend.views.cameras import look_at_camera
from backend.views.mesh_views import TrueView, draw_view
from tests.backend.generator.templates import (
    Part,
    ball,
    build_template,
    ramp_texture,
    rich_template,
    square,
    template_of,
)

DISTANCE, FOV = 2.7, 24.0


def view_of(camera: torch.Tensor, size: int, supersamples: int, *parts: Part) -> TrueView:
    template = template_of(build_template(*parts))
    return draw_view(template.assemble(torch.zeros(8)), 1.0, camera, size, supersamples)


def fine_square(half: float, depth: float, cells: int = 24) -> Part:
    """A square across the z axis made of small triangles, with texture coordinates 0..1 along x and y."""
    steps = torch.linspace(0, 1, cells + 1)
    uvs = torch.cartesian_prod(steps, steps)
    points = torch.cat([(2 * uvs - 1) * half, torch.full((len(uvs), 1), depth)], dim=1)
    corner = torch.cartesian_prod(torch.arange(cells), torch.arange(cells)) @ torch.tensor(
        [cells + 1, 1]
    )
    across, along = corner + cells + 1, corner + 1
    triangles = torch.cat(
        [torch.stack([corner, across, along], 1), torch.stack([across, across + 1, along], 1)]
    )
    return Part("skin", points, triangles, ramp_texture(), uvs=uvs)


def test_a_ball_covers_the_disk_that_perspective_gives_it() -> None:
    radius = 0.3
    camera = look_at_camera(0.7, 0.3, DISTANCE, FOV).label()
    view = view_of(camera, 64, 3, ball("skin", radius))
    # The rays that touch the ball make a cone, which the picture cuts in a disk.
    touching = radius / math.sqrt(DISTANCE**2 - radius**2)
    expected = math.pi * (touching / (2 * math.tan(math.radians(FOV / 2)))) ** 2
    assert abs(view.coverage.mean().item() - expected) < 0.003
    assert torch.allclose(view.color, 0.5 * view.coverage[..., None].expand(-1, -1, 3), atol=1e-4)


def test_a_pixel_shows_what_its_ray_meets() -> None:
    # Off-centre and turned, so that swapped or mirrored axes would show.
    camera = look_at_camera(0.5, -0.2, 2.0, 25.0, (0.05, -0.02, 0.1)).label()
    view = view_of(camera, 32, 1, fine_square(0.4, 0.1))
    rays = camera_rays(camera[None], 32)
    origins, directions = rays.origins[0], rays.directions[0]
    reach = (0.1 - origins[:, 2]) / directions[:, 2]
    points = origins + reach[:, None] * directions
    inside = (points[:, :2].abs() < 0.36).all(1)
    assert inside.sum() > 300
    expected = points[:, :2] / 0.8 + 0.5
    assert torch.allclose(view.color.view(-1, 3)[inside, :2], expected[inside], atol=0.01)
    outside = (points[:, :2].abs() > 0.41).any(1)
    assert (view.coverage.view(-1)[outside] == 0).all()


def test_what_is_nearer_hides_what_is_farther() -> None:
    camera = look_at_camera(0.0, 0.0, DISTANCE, FOV).label()
    far = square("skin", 0.4, -0.2, labels=torch.tensor([1, 1]))
    near = square("patch", 0.1, 0.2, labels=torch.tensor([2, 2]))
    view = view_of(camera, 32, 3, far, near)
    assert view.labels[16, 16] == 2
    assert view.labels[16, 8] == 1
    assert view.labels[0, 0] == 0


def test_volume_rendering_gives_the_same_view() -> None:
    generator = rich_template()
    ws = torch.zeros(1, 1, generator.config.w_dim)
    camera = look_at_camera(0.4, 0.2, DISTANCE, FOV).label()
    with torch.no_grad():
        seen = generator.render(generator.synthesize_planes(ws), camera[None], 24)
        truth = draw_view(template_of(generator).assemble(ws[0, 0]), 1.0, camera, 24, 3)
    inside = truth.coverage == 1
    color = (seen.image_raw[0].permute(1, 2, 0) + 1) / 2
    assert inside.sum() > 50
    assert (color - truth.color)[inside].abs().mean() < 0.05
    assert (seen.weights_sum[0, 0][inside] > 0.5).float().mean() > 0.95

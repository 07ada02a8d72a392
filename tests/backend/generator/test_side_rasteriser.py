"""Drawing triangles into a plane, against point-in-triangle tests of every texel."""

import math

import pytest
import torch
from torch import Tensor

from backend.generator.side_rasteriser import (
    Holes,
    Seen,
    barycentric,
    blend_corners,
    rasterise_plane,
)
from tests.backend.generator.templates import sphere

NONE = -1
HAIR = 2e-3  # of a texel: how near to an edge a texel's centre may belong to either side


def no_holes(corners: Tensor) -> Holes:
    return Holes(
        torch.zeros(len(corners), dtype=torch.bool), lambda triangles, texels: triangles > -1
    )


def centres(resolution: int) -> Tensor:
    """[R*R,2] column and row of the texels' centres in [-1,1]."""
    steps = (torch.arange(resolution, dtype=torch.float64) + 0.5) * 2 / resolution - 1
    return torch.stack(torch.meshgrid(steps, steps, indexing="xy"), dim=-1).view(-1, 2)


def picture(seen: Seen, resolution: int) -> Tensor:
    """[R*R] triangle of every texel, or NONE."""
    full = torch.full((resolution * resolution,), NONE)
    full[seen.texels] = seen.triangles
    return full


def cross(u: Tensor, v: Tensor) -> Tensor:
    return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]


def brute_force(corners: Tensor, resolution: int) -> tuple[Tensor, Tensor, Tensor]:
    """Every texel against every triangle: is it inside [N,T], the depth there [N,T], is it near an edge [N]."""
    points = centres(resolution)[:, None]
    a, b, c = (corners[None, :, i].double() for i in range(3))
    area = cross((b - a)[..., :2], (c - a)[..., :2])
    sides = [(b, c), (c, a), (a, b)]
    weights = torch.stack([cross(p[..., :2] - points, q[..., :2] - points) for p, q in sides], -1)
    weights = weights / area[..., None]
    lengths = torch.stack([(p - q)[..., :2].norm(dim=-1) for p, q in sides], dim=-1)
    distance = weights * area.abs()[..., None] / lengths * resolution / 2  # texels
    depth = (weights * torch.stack([a, b, c], dim=2)[..., 2]).sum(-1)
    return (weights > 0).all(-1), depth, (distance.abs() < HAIR).any(-1).any(-1)


@pytest.mark.parametrize("size", [2.0, 0.4, 0.12])
def test_every_texel_sees_the_triangle_in_front(size: float) -> None:
    checked = 0
    for seed in range(20):
        random, resolution = torch.Generator().manual_seed(seed), 30
        middles = torch.rand(14, 1, 3, generator=random) * 2.4 - 1.2  # some beyond the border
        corners = middles + (torch.rand(14, 3, 3, generator=random) - 0.5) * size
        inside, depth, is_close = brute_force(corners, resolution)
        sides = rasterise_plane(corners, resolution, no_holes(corners))
        for seen, sign in zip(sides, (1, -1), strict=True):
            fronts = torch.where(inside, depth * sign, -torch.inf)
            expected = torch.where(inside.any(1), fronts.argmax(1), NONE)
            best = fronts.topk(2, dim=1).values
            is_clear = ~is_close & ~((best[:, 0] - best[:, 1]).abs() < 1e-5)
            wrong = is_clear & (picture(seen, resolution) != expected)
            assert not wrong.any()
            checked += int((is_clear & inside.any(1)).sum())
    assert checked > 50


def grid(count: int, squeeze: float, turn: float, seed: int) -> Tensor:
    """[T,3,3] of an uneven sheet wider than the plane, narrowed across by `squeeze` and turned."""
    random = torch.Generator().manual_seed(seed)
    steps = torch.linspace(-1.5, 1.5, count)
    places = torch.stack(torch.meshgrid(steps, steps, indexing="xy"), dim=-1)
    places = places + (torch.rand(count, count, 2, generator=random) - 0.5) * (1.8 / count)
    places[..., 1] *= squeeze
    cos, sin = math.cos(turn), math.sin(turn)
    places = places @ torch.tensor([[cos, sin], [-sin, cos]]) + 0.3337
    points = torch.cat([places, torch.zeros(count, count, 1)], dim=-1).view(-1, 3)
    k = torch.arange(count * count).view(count, count)
    a, b, c, d = (x.flatten() for x in (k[:-1, :-1], k[:-1, 1:], k[1:, :-1], k[1:, 1:]))
    return points[torch.cat([torch.stack([a, b, d], -1), torch.stack([a, d, c], -1)])]


@pytest.mark.parametrize("turn", [0.0, 0.01, 0.5, math.pi / 2])
@pytest.mark.parametrize("squeeze", [1.0, 0.003, 0.001])
def test_neighbouring_triangles_leave_no_gap_even_seen_edge_on(squeeze: float, turn: float) -> None:
    resolution = 512
    corners = grid(200, squeeze, turn, seed=0)
    near, far = rasterise_plane(corners, resolution, no_holes(corners))
    places = centres(resolution) - 0.3337
    along = places[:, 0] * math.cos(turn) + places[:, 1] * math.sin(turn)
    across = places[:, 1] * math.cos(turn) - places[:, 0] * math.sin(turn)
    within = (across.abs() < 1.47 * squeeze) & (along.abs() < 1.47)
    beyond = (across.abs() > 1.51 * squeeze + 1e-4) | (along.abs() > 1.51)
    for seen in (near, far):
        covered = picture(seen, resolution) != NONE
        assert covered[within].all()
        assert not covered[beyond].any()
    assert within.sum() > 100


def test_both_sides_of_a_ball_have_its_depths() -> None:
    resolution, radius = 96, 0.7
    points, triangles = sphere(radius, levels=5)
    corners = points[triangles]
    sides = rasterise_plane(corners, resolution, no_holes(corners))
    assert torch.equal(sides[0].texels, sides[1].texels)
    for seen, sign in zip(sides, (1, -1), strict=True):
        weights = barycentric(corners, seen, resolution)
        depth = (corners[seen.triangles][..., 2] * weights).sum(1)
        place = centres(resolution)[seen.texels].float()
        expected = sign * (radius**2 - place.square().sum(1)).clamp(min=0).sqrt()
        inner = place.norm(dim=1) < 0.95 * radius
        assert (depth - expected)[inner].abs().max() < 0.003
    covered = picture(sides[0], resolution) != NONE
    distance = centres(resolution).norm(dim=1)
    assert covered[distance < radius * 0.998].all()
    assert not covered[distance > radius].any()


def two_layers() -> Tensor:
    """[2,3,3]: a triangle at depth 0.5 before one at -0.5, both over the whole plane."""
    outline = torch.tensor([[-3.0, -3.0], [6.0, -3.0], [-3.0, 6.0]])
    return torch.stack([torch.cat([outline, torch.full((3, 1), z)], 1) for z in (0.5, -0.5)])


def test_what_lies_behind_a_hole_is_seen() -> None:
    resolution = 8
    corners = two_layers()

    def is_solid(triangles: Tensor, texels: Tensor) -> Tensor:
        assert (triangles == 0).all()  # nobody asks about triangles without holes
        return texels % 2 == 0

    holes = Holes(torch.tensor([True, False]), is_solid)
    near, far = rasterise_plane(corners, resolution, holes)
    assert torch.equal(picture(near, resolution), torch.arange(64) % 2)
    assert (picture(far, resolution) == 1).all()


def test_where_every_layer_has_a_hole_nothing_is_seen() -> None:
    holes = Holes(torch.tensor([True, True]), lambda triangles, texels: texels >= 8)
    near, far = rasterise_plane(two_layers(), 8, holes)
    for seen in (near, far):
        assert torch.equal(seen.texels, torch.arange(8, 64))


def test_equal_depths_go_to_the_first_triangle() -> None:
    first, second = two_layers()
    for depth in (0.25, -0.25, 0.0):
        twins = torch.stack([second, first, second])
        twins[:, :, 2] = depth
        for seen in rasterise_plane(twins, 16, no_holes(twins)):
            assert len(seen.texels) == 256
            assert (seen.triangles == 0).all()
    zeros = torch.stack([first, first])
    zeros[0, :, 2], zeros[1, :, 2] = -0.0, 0.0
    for seen in rasterise_plane(zeros, 16, no_holes(zeros)):
        assert (seen.triangles == 0).all()


def test_what_lies_beyond_the_border_is_cut_off() -> None:
    resolution = 16
    around = torch.tensor([[2.0, 0.0], [-2.0, 0.0], [0.0, 2.0], [0.0, -2.0], [50.0, 50.0]])
    triangle = torch.tensor([[-0.4, -0.4, 0.0], [0.4, -0.3, 0.0], [0.0, 0.5, 0.0]])
    outside = triangle + torch.cat([around, torch.zeros(5, 1)], dim=1)[:, None]
    for seen in rasterise_plane(outside, resolution, no_holes(outside)):
        assert len(seen.texels) == 0
    crossing = triangle[None] + torch.tensor([0.9, -0.8, 0.0])
    inside, _, is_close = brute_force(crossing, resolution)
    near, _ = rasterise_plane(crossing, resolution, no_holes(crossing))
    covered = picture(near, resolution) == 0
    assert torch.equal(covered[~is_close], inside[~is_close, 0])
    assert covered.any()


def test_triangles_without_area_and_no_triangles_cover_nothing() -> None:
    flat = torch.tensor(
        [[[0.0, 0.0, 0.0], [0.3, 0.3, 0.1], [0.6, 0.6, 0.2]], [[0.1, 0.2, 0.3]] * 3]
    )
    for corners in (flat, torch.zeros(0, 3, 3)):
        for seen in rasterise_plane(corners, 16, no_holes(corners)):
            assert len(seen.texels) == len(seen.triangles) == 0


def test_the_winding_does_not_matter() -> None:
    points, triangles = sphere(0.6, (0.1, -0.2, 0.0), levels=2)
    corners = points[triangles]
    for seen, mirrored in zip(
        rasterise_plane(corners, 40, no_holes(corners)),
        rasterise_plane(corners.flip(1), 40, no_holes(corners)),
        strict=True,
    ):
        assert torch.equal(seen.texels, mirrored.texels)
        assert (seen.triangles == mirrored.triangles).float().mean() > 0.99  # but for shared edges


def test_drawing_repeats_exactly() -> None:
    points, triangles = sphere(0.8, levels=3)
    corners = points[triangles]
    first, again = (rasterise_plane(corners, 50, no_holes(corners)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert torch.equal(one.texels, other.texels)
        assert torch.equal(one.triangles, other.triangles)
        assert (one.texels.diff() > 0).all()


def test_barycentric_weights_give_the_texel_back_and_its_derivative() -> None:
    random = torch.Generator().manual_seed(1)
    corners = torch.rand(5, 3, 3, generator=random).double() * 1.6 - 0.8
    near, _ = rasterise_plane(corners, 12, no_holes(corners))
    assert len(near.texels) > 5
    weights = barycentric(corners, near, 12)
    torch.testing.assert_close(weights.sum(1), torch.ones(len(weights)).double())
    places = (corners[near.triangles][..., :2] * weights[..., None]).sum(1)
    torch.testing.assert_close(places, centres(12)[near.texels])
    corners.requires_grad_()
    assert torch.autograd.gradcheck(lambda at: barycentric(at, near, 12), (corners,))


def test_values_of_corners_are_blended_by_their_weights() -> None:
    random = torch.Generator().manual_seed(2)
    values = torch.randn(7, 3, 4, generator=random)
    weights = torch.randn(7, 3, generator=random)
    expected = torch.einsum("nkc,nk->nc", values, weights)
    torch.testing.assert_close(blend_corners(values, weights), expected)

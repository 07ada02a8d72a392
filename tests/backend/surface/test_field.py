"""Normals of a field, against known solids and against the generator's own gradient."""

import torch

from backend.generator.fast_field import FastField
from backend.surface.field import field_normals
from tests.backend.generator.templates import ball, build_template, ws_of


def directions(count: int) -> torch.Tensor:
    random = torch.randn(count, 3, generator=torch.Generator().manual_seed(1))
    return torch.nn.functional.normalize(random, dim=1)


class Ellipsoid:
    """x^2 / a^2 + y^2 / b^2 + z^2 / c^2 <= 1 with different half axes."""

    box_half = 0.5
    axes = torch.tensor([0.2, 0.3, 0.4])

    def sigma(self, points: torch.Tensor) -> torch.Tensor:
        return 1 - (points / self.axes).square().sum(1)

    def rgb(self, points: torch.Tensor) -> torch.Tensor:
        return points


def test_normals_of_an_ellipsoid_are_those_of_its_equation() -> None:
    points = directions(200) * Ellipsoid.axes
    wanted = torch.nn.functional.normalize(points / Ellipsoid.axes**2, dim=1)
    torch.testing.assert_close(field_normals(Ellipsoid(), points, 1e-3), wanted, atol=2e-3, rtol=0)


def test_both_kinds_of_normals_agree_on_a_drawn_ball() -> None:
    generator = build_template(ball("head", 0.3))
    planes = generator.synthesize_planes(ws_of(()))
    outwards = directions(2000)
    # Where a side sees the ball's outline its slab ends within a texel, which differences take for a slope.
    outwards = outwards[outwards.abs().amin(1) > 0.25]
    points = 0.3 * outwards
    exact = generator.sample_normals(planes, points[None])[0]
    near = field_normals(FastField(generator, planes), points, 1.0 / 64)
    for normals in (exact, near):
        torch.testing.assert_close(normals.norm(dim=1), torch.ones(len(points)))
        assert (normals * outwards).sum(1).quantile(0.05) > 0.95

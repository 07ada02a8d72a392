"""The field of a head that six sides show, in closed form for a box with a colour and a label on each side."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from backend.generator.decoder import DEPTH_LIMIT, DEPTH_SHARPNESS
from backend.generator.fast_sides import SideField
from backend.generator.planes import PLANE_AXES
from backend.generator.side_decoder import SideDecoder
from tests.backend.generator.templates import rich_template

HIGH, LOW = (0.3, 0.5, 0.2), (-0.4, -0.1, -0.25)  # the box's faces along x, y and z
# Red is the axis that a side is seen along, green which of its two ends it shows.
COLORS = {(axis, end): (0.2 + 0.3 * axis, float(end), 0.5) for axis in range(3) for end in (0, 1)}


def box() -> tuple[SideField, SideDecoder]:
    """The field, whose network corrects nothing."""
    generator = rich_template()
    decoder = generator.decoder
    assert isinstance(decoder, SideDecoder)
    with torch.no_grad():
        for number in (*decoder.layers[-1].parameters(), decoder.label_codes):
            number.zero_()
        decoder.label_codes[:2, :2] = torch.eye(2)
    axes = torch.tensor(PLANE_AXES[generator.config.planes.axes])[:, 2].tolist()
    planes = torch.zeros(3, generator.config.planes.channels, 4, 4)
    code = decoder.code_size
    for plane, axis in zip(planes, axes, strict=True):
        plane[0], plane[1] = HIGH[axis], LOW[axis]
        plane[2:5] = torch.tensor(COLORS[axis, 1])[:, None, None]
        plane[5:8] = torch.tensor(COLORS[axis, 0])[:, None, None]
        # The first label on what is seen from the high ends, the second on the others.
        plane[10], plane[10 + code + 1] = 1.0, 1.0
    return SideField(generator.config, decoder, planes), decoder


def points_in_the_middle() -> Tensor:
    """[3,N] where no plane's border matters."""
    return torch.rand(3, 200, generator=torch.Generator().manual_seed(1)) * 1.2 - 0.6


def test_the_surface_is_the_hull_of_the_sides() -> None:
    field, decoder = box()
    points = points_in_the_middle()
    high, low = torch.tensor(HIGH)[:, None], torch.tensor(LOW)[:, None]
    inside = torch.minimum(high - points, points - low).amin(dim=0)
    expected = (DEPTH_SHARPNESS * inside).clamp(-DEPTH_LIMIT, DEPTH_LIMIT) * float(
        decoder.hull_gain.detach()
    )
    sigma = field.outputs(points, 0, 1)[0]
    torch.testing.assert_close(sigma, expected, atol=1e-4, rtol=1e-5)
    assert bool((sigma > 0).any()) and bool((sigma < 0).any())


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("end", [0, 1])
def test_a_point_looks_like_the_side_on_whose_surface_it_lies(axis: int, end: int) -> None:
    field, _ = box()
    point = torch.zeros(3, 1)
    point[axis] = (LOW, HIGH)[end][axis]
    rows = field.outputs(point, 1, 6)[:, 0]
    assert rows[:3].tolist() == pytest.approx(COLORS[axis, end], abs=1e-3)
    assert bool(rows[3] > rows[4]) == (end == 1)


def test_rows_that_are_asked_for_alone_are_those_of_all() -> None:
    field, decoder = box()
    points, last = points_in_the_middle(), 4 + len(decoder.label_codes)
    every = field.outputs(points, 0, last)
    for first, end in ((0, 1), (0, 4), (1, 4), (4, last)):
        torch.testing.assert_close(field.outputs(points, first, end), every[first:end])

"""The planes of a head: what every channel says, on the head and beside it."""

import dataclasses

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from backend.generator.config import PlaneInset
from backend.generator.model import Generator
from backend.generator.planes import PLANE_AXES
from backend.generator.slab import MAX_BIAS
from backend.generator.template_config import ChoiceConfig
from tests.backend.generator.templates import (
    LABEL_CODES,
    RESOLUTION,
    Part,
    ball,
    build_template,
    ramp_texture,
    sphere,
    square,
    template_of,
    ws_of,
)

TEXEL = 2.0 / RESOLUTION  # normalised
RADII = torch.tensor([0.3, 0.24, 0.18])  # along x, y, z
CENTRE = torch.tensor([0.1, -0.06, 0.03])
CENTRES = (torch.arange(RESOLUTION) + 0.5) * TEXEL - 1


def planes_of_head(generator: Generator) -> Tensor:
    """[3,C,R,R] of the head at w = 0."""
    return generator.synthesize_planes(ws_of(()))[0]


def ellipsoid() -> Generator:
    points, triangles = sphere(1.0, levels=5)
    return build_template(Part("head", points * RADII + CENTRE, triangles))


@pytest.mark.parametrize("plane", [0, 1, 2])
def test_depths_are_those_of_the_head_seen_along_each_axis(plane: int) -> None:
    column, row, depth = PLANE_AXES["orthogonal"][plane]
    picture = planes_of_head(ellipsoid())[plane]
    u = (CENTRES[None, :] - 2 * CENTRE[column]) / (2 * RADII[column])
    v = (CENTRES[:, None] - 2 * CENTRE[row]) / (2 * RADII[row])
    within = u.square() + v.square()
    half = 2 * RADII[depth] * (1 - within).clamp(min=0).sqrt()
    middle = 2 * CENTRE[depth]
    facing = within < 0.3
    # Where a side sees the surface from ahead it is exact, and slanted it carves a little less.
    for carved in (picture[0] - (middle + half), (middle - half) - picture[1]):
        assert carved[facing].min() > -0.003
        assert carved[facing].max() < 1.5 * TEXEL
        assert carved[within < 0.6].min() > -0.005
        assert carved[within < 0.6].max() < MAX_BIAS + 0.01
    thickness = picture[0] - picture[1]
    distance = (within.sqrt() - 1) * 2 * torch.stack([RADII[column], RADII[row]]).min()
    assert (thickness[distance > 2.5 * TEXEL] < 0).all()
    assert (thickness[within < 1] > 0).all()


def test_beside_the_head_the_slab_gets_thinner_with_the_distance() -> None:
    front = planes_of_head(build_template(ball("head", 0.2)))[0]
    thickness = (front[0] - front[1])[RESOLUTION // 2]
    outside = thickness[CENTRES > 0.4 + 3 * TEXEL]
    assert (outside < 0).all()
    assert (outside.diff() <= 1e-6).all()
    assert outside[-1] < outside[0] - 0.2


def test_beside_the_head_looks_continue_those_of_the_nearest_texel() -> None:
    texture = torch.zeros(3, 1, 2)
    texture[0, 0, 0] = texture[1, 0, 1] = 1.0
    front = planes_of_head(build_template(square("card", 0.2, 0.0, texture=texture)))[0]
    left, right = front[2:5, :, 0], front[2:5, :, -1]
    torch.testing.assert_close(left, torch.tensor([1.0, 0, 0])[:, None].expand(3, RESOLUTION))
    torch.testing.assert_close(right, torch.tensor([0, 1.0, 0])[:, None].expand(3, RESOLUTION))


def two_cards(alpha: Tensor | None = None) -> Generator:
    """A red card with one label before a blue one with another; the red one may have holes."""
    red = square("red", 0.3, 0.2, texture=torch.tensor([1.0, 0, 0])[:, None, None].expand(3, 8, 8))
    blue = square(
        "blue", 0.3, -0.1, texture=torch.tensor([0, 0, 1.0])[:, None, None].expand(3, 4, 4)
    )
    red = dataclasses.replace(red, labels=torch.tensor([1, 1]), alpha=alpha)
    return build_template(red, dataclasses.replace(blue, labels=torch.tensor([2, 2])))


def test_near_channels_show_the_front_and_far_channels_the_back() -> None:
    middle = planes_of_head(two_cards())[0, :, 24:40, 24:40]
    expected = torch.cat(
        [
            torch.tensor([0.4, -0.2, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
            LABEL_CODES[1],
            LABEL_CODES[2],
        ]
    )
    torch.testing.assert_close(middle, expected[:, None, None].expand(-1, 16, 16))


def test_through_a_hole_the_near_side_shows_what_lies_behind() -> None:
    alpha = torch.ones(8, 8)
    alpha[:, 4:] = 0.0  # the half at larger columns, so at larger x
    front = planes_of_head(two_cards(alpha))[0]
    for columns, depth, color in (
        (slice(16, 29), 0.4, [1.0, 0.0, 0.0]),
        (slice(36, 48), -0.2, [0.0, 0.0, 1.0]),
    ):
        seen = front[:, 26:38, columns]
        expected = torch.tensor(color)[:, None, None].expand_as(seen[2:5])
        torch.testing.assert_close(seen[2:5], expected)
        assert (seen[0] - depth).abs().max() < 0.02
    far = front[5:8, 26:38, 16:48]
    torch.testing.assert_close(far, torch.tensor([0, 0, 1.0])[:, None, None].expand_as(far))


def test_doubt_is_how_far_the_depth_lies_before_what_is_shown() -> None:
    """A card before another: the wall between them shows the front one and stands before it by a texel; where
    the front one is accessories, as glasses are, the wall shows the back one, and half as much stands out."""
    squares = square("front", 0.15, 0.2), square("back", 0.35, -0.1)
    is_front = (CENTRES.abs() < 0.3)[:, None] & (CENTRES.abs() < 0.3)
    is_wall = (F.max_pool2d(is_front[None].float(), 3, 1, 1)[0] > 0) & ~is_front
    on_back = (CENTRES.abs() < 0.7)[:, None] & (CENTRES.abs() < 0.7)
    accessories = (ChoiceConfig("glasses", ("front",)),)
    for choices, shown_on_wall, least_doubt, most in (
        ((), 0.4, 0.0, 0.1),
        (accessories, -0.2, 0.25, 0.4),
    ):
        plane = planes_of_head(build_template(*squares, choices=choices))[0]
        shown = torch.where(is_front, 0.4, torch.where(is_wall, shown_on_wall, -0.2))
        torch.testing.assert_close(plane[8][on_back], (plane[0] - shown).abs()[on_back])
        assert plane[8][is_front].max() < 0.1
        assert least_doubt <= plane[8][is_wall].min() <= plane[8][is_wall].max() < most


def test_hair_that_the_floor_has_pressed_flat_is_left_out() -> None:
    lying = square("hair", 0.3, 0.0).points[:, [0, 2, 1]]
    for height, is_drawn in ((-0.3, True), (-0.6, True), (-9.0, False)):
        points = lying + torch.tensor([0.0, height, 0.0])
        hair = dataclasses.replace(square("hair", 0.3, 0.0), points=points, is_hair=True)
        below = planes_of_head(build_template(ball("head", 0.1), hair))[1]
        thickness = (below[0] - below[1])[CENTRES.abs() < 0.5][:, CENTRES.abs() < 0.5]
        assert bool((thickness > 0).all()) == is_drawn


def test_an_inset_shows_its_square_of_the_first_plane_with_finer_texels() -> None:
    points, triangles = sphere(1.0, levels=5)
    part = Part("head", points * RADII + CENTRE, triangles, ramp_texture(), points[:, :2] / 2 + 0.5)
    inset = PlaneInset(0.3, -0.2, 0.25)
    planes = planes_of_head(build_template(part, resolution=256, inset=inset))
    assert planes.shape[0] == 4
    first = round((inset.column - inset.half + 1) * 128)
    top = round((inset.row - inset.half + 1) * 128)
    below = planes[:1, :8, top : top + 64, first : first + 64]
    shown = torch.nn.functional.interpolate(planes[3:, :8], (64, 64), mode="area")
    torch.testing.assert_close(shown, below, atol=0.02, rtol=0)
    # Texels a quarter as wide carve a quarter less deep where the surface is slanted.
    assert planes[3, 8].mean() < 0.4 * planes[0, 8, top : top + 64, first : first + 64].mean()


def test_rows_run_with_y_and_columns_with_x() -> None:
    corner = Part("dot", *sphere(0.05, (0.3, -0.2, 0.1), levels=2))
    planes = planes_of_head(build_template(corner))
    for plane, (column, row, depth) in enumerate(PLANE_AXES["orthogonal"]):
        thickness = planes[plane, 0] - planes[plane, 1]
        place = thickness.argmax()
        at = torch.tensor([0.3, -0.2, 0.1]) * 2
        assert CENTRES[place % RESOLUTION].item() == pytest.approx(at[column].item(), abs=0.06)
        assert CENTRES[place // RESOLUTION].item() == pytest.approx(at[row].item(), abs=0.06)
        middle = (planes[plane, 0] + planes[plane, 1]).flatten()[place] / 2
        assert middle.item() == pytest.approx(at[depth].item(), abs=0.02)


def test_a_card_has_a_thickness_that_a_field_can_hold() -> None:
    generator = build_template(square("card", 0.2, 0.1))
    front = planes_of_head(generator)[0]
    thickness = (front[0] - front[1])[28:36, 28:36]
    assert (thickness > 0.02).all()
    assert (thickness < 0.05).all()


@pytest.mark.parametrize("is_hair", [True, False])
def test_only_hair_is_filled_within_its_rim(is_hair: bool) -> None:
    """A cup upside down, seen from below: its rim is low, its inside high."""
    points, triangles = sphere(0.1, levels=5)
    dome = triangles[(points[triangles][..., 1] > -0.05).all(1)]
    cup = Part("cup", points * torch.tensor([1.0, 3.0, 1.0]), dome, is_hair=is_hair)
    side = 128
    below = planes_of_head(build_template(cup, resolution=side))[
        1, 1
    ]  # far depth of the plane across y
    rim, inside = -0.3, 0.6
    assert below[side // 2].min().item() == pytest.approx(rim, abs=0.1)
    hanging = below[62:66, 62:66]
    expected = torch.full((4, 4), rim if is_hair else inside)
    torch.testing.assert_close(hanging, expected, atol=0.12, rtol=0)


def test_near_the_border_the_underside_of_hair_is_not_raised() -> None:
    """A fringe leans over the face: from below its outer part is what the side sees there."""
    slope, low, high, side = 2.0, 0.3, 0.47, 128  # slope: of the sheet's height per depth
    top = slope * (high - low)
    points = torch.tensor([[-0.2, 0.0, high], [0.2, 0.0, high], [0.2, top, low], [-0.2, top, low]])
    fringe = Part("fringe", points, torch.tensor([[0, 1, 2], [0, 2, 3]]), is_hair=True)
    far = planes_of_head(build_template(fringe, resolution=side))[1, 1, :, side // 2]
    depths = (torch.arange(side) + 0.5) * (2 / side) - 1
    rows = (depths > 2 * low + 0.1) & (depths < 2 * high - 0.02)
    height = slope * (2 * high - depths)
    assert (far <= height)[rows].all()
    assert (far > height - 0.1)[rows].all()


def test_the_wall_of_a_cavity_shows_what_lies_in_it() -> None:
    """A card before another with a cavity's label: the wall between them shows the one behind, without depth_error,
    and stands out nearly as far as any."""
    front = dataclasses.replace(square("lip", 0.15, 0.2), labels=torch.tensor([2, 2]))
    back = dataclasses.replace(square("teeth", 0.35, -0.1), labels=torch.tensor([1, 1]))
    generator = build_template(front, back)
    template = template_of(generator)
    template.config = dataclasses.replace(template.config, cavity_labels=(1,))
    plane = planes_of_head(generator)[0]
    is_front = (CENTRES.abs() < 0.3)[:, None] & (CENTRES.abs() < 0.3)
    is_wall = (F.max_pool2d(is_front[None].float(), 3, 1, 1)[0] > 0) & ~is_front
    assert ((plane[0][is_wall] > 0.25) & (plane[0][is_wall] < 0.35)).all()
    assert plane[8][is_wall].max() < 0.05
    assert torch.equal(
        plane[10:12][:, is_wall], LABEL_CODES[1][:, None].expand(2, int(is_wall.sum()))
    )

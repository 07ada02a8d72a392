"""The slab between both sides of a plane: what carves how deep, and where its outline lies."""

import math

import torch

from backend.generator.slab import (
    CARD_THICKNESS,
    MAX_BIAS,
    MAX_CARD_BIAS,
    carve_slab,
    find_nearest,
    signed_distance,
    slope_scaled_bias,
    stand_out,
    underside_closing,
)

SIDE = 64
TEXEL = 2.0 / SIDE
INDEX = torch.arange(SIDE)


def half_plane(turn: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A mask [R,R] on one side of a line, and the distance [R,R] from the line in texels."""
    rows, columns = torch.meshgrid(INDEX - 31.3, INDEX - 31.3, indexing="ij")
    signed = math.cos(turn) * columns + math.sin(turn) * rows
    return signed > 0, signed


def test_only_the_inner_side_of_a_card_has_its_thickness() -> None:
    cosine = torch.tensor([1.0, -1.0, -1.0, -0.5, -1e-4])
    is_card = torch.tensor([True, True, False, True, True])
    bias = slope_scaled_bias(cosine, is_card, 2 / 512)
    expected = torch.tensor([0.0, CARD_THICKNESS, 0.0, 2 * CARD_THICKNESS, MAX_CARD_BIAS])
    torch.testing.assert_close(bias, expected)


def test_slack_grows_with_the_slope_up_to_its_limit() -> None:
    angles = torch.linspace(0, math.pi / 2, 50)
    bias = slope_scaled_bias(angles.cos(), torch.zeros(50, dtype=torch.bool), 2 / 512)
    expected = (angles.tan() * 2 / 512).clamp(min=0, max=MAX_BIAS)
    torch.testing.assert_close(bias[:-1], expected[:-1], atol=1e-5, rtol=1e-4)
    assert bias[-1] == MAX_BIAS


def test_a_step_is_found_beside_it_and_so_is_its_top() -> None:
    depth = torch.zeros(SIDE, SIDE)
    depth[:, 32:] = 0.4
    step, top = stand_out(depth, torch.zeros(SIDE, SIDE), TEXEL)
    expected = torch.zeros(SIDE, SIDE)
    expected[:, 31] = 0.4
    torch.testing.assert_close(step.view(SIDE, SIDE), expected)
    columns = top.view(SIDE, SIDE) % SIDE
    assert (columns[:, 31] == 32).all()
    others = INDEX != 31
    assert (columns[:, others] == INDEX[others]).all()


def test_a_slope_is_no_step() -> None:
    depth = (INDEX * 3 * TEXEL).expand(SIDE, SIDE)
    step, top = stand_out(depth, torch.full((SIDE, SIDE), 3 * TEXEL), TEXEL)
    assert (step == 0).all()
    assert torch.equal(top, torch.arange(SIDE * SIDE))


def test_the_nearest_covered_texel_is_found() -> None:
    covered = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    covered[20, 30] = covered[50, 5] = True
    around = find_nearest(covered)
    texels = torch.tensor([20 * SIDE + 30, 50 * SIDE + 5])
    rows, columns = torch.meshgrid(INDEX, INDEX, indexing="ij")
    to_each = torch.stack([(rows - 20).square() + (columns - 30).square(),
                           (rows - 50).square() + (columns - 5).square()])  # fmt: skip
    nearest = to_each.amin(0)
    torch.testing.assert_close(around.distance, nearest.float().sqrt())
    clear = (to_each[0] != to_each[1]).flatten()
    assert torch.equal(around.nearest[clear], texels[to_each.argmin(0).flatten()][clear])


def test_distance_from_a_slanted_outline_is_smoother_than_the_mask() -> None:
    for turn in (0.0, 0.3, 0.6, 1.1):
        mask, truth = half_plane(turn)
        signed = signed_distance(find_nearest(mask).distance)
        near = truth.abs() < 2
        inner = torch.zeros_like(mask)
        inner[8:-8, 8:-8] = True
        error = (signed - truth)[near & inner]
        assert error.abs().max() < 0.75
        assert error.std() < 0.35


def test_a_slab_is_thick_inside_and_ends_beside_its_outline() -> None:
    mask, truth = half_plane(0.4)
    depths = torch.tensor([0.3, -0.1]).expand(SIDE * SIDE, 2)
    distance = find_nearest(mask).distance
    slab = carve_slab(depths, torch.zeros(SIDE * SIDE, 2), distance, TEXEL)
    thickness = (slab[:, 0] - slab[:, 1]).view(SIDE, SIDE)
    torch.testing.assert_close(thickness[truth > 4], torch.full_like(truth[truth > 4], 0.4))
    assert (thickness[truth > -0.25] > 0).all()
    assert (thickness[truth < -1.75] < 0).all()


def test_a_rim_is_closed_over_and_nothing_else() -> None:
    far = torch.full((SIDE, SIDE), 0.5)
    covered = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    covered[20:32, 20:32] = True
    far[20:32, 20:32] = -0.4
    far[22:30, 22:30] = 0.3
    closing = underside_closing(far, covered)
    expected = torch.zeros(SIDE, SIDE)
    expected[22:30, 22:30] = 0.7
    torch.testing.assert_close(closing, expected)
    at_border = underside_closing(far.roll((-20, 32), (0, 1)), covered.roll((-20, 32), (0, 1)))
    torch.testing.assert_close(at_border, expected.roll((-20, 32), (0, 1)))

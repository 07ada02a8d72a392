"""Projection and lookup: which texel answers for which point."""

import pytest
import torch

from backend.generator.config import PlaneAxes, PlaneInset, PlanesConfig
from backend.generator.planes import (
    PLANE_AXES,
    aggregate_features,
    depth_differences,
    normalize_points,
    place_in_inset,
    project_points,
    sample_planes,
)

X, Y, Z = 0, 1, 2
# Column, row and depth axis of every plane, as published for each family.
PUBLISHED = {
    "eg3d": ((X, Y, Z), (X, Z, Y), (Z, X, Y)),
    "next3d": ((X, Y, Z), (X, Z, Y), (Z, Y, X)),
    "panohead": ((X, Y, Z), (X, Z, Y), (Y, Z, X)),
    "orthogonal": ((X, Y, Z), (X, Z, Y), (Z, Y, X)),
}
HEIGHT, WIDTH = 6, 10


def texel_centre(index: int, side: int) -> float:
    return (2 * index + 1) / side - 1


@pytest.mark.parametrize("axes", PLANE_AXES)
@pytest.mark.parametrize("plane", [0, 1, 2])
def test_a_texel_answers_exactly_for_its_column_and_row(axes: PlaneAxes, plane: int) -> None:
    row, column = 1, 7  # off-centre and unequal, on planes that are not square
    planes = torch.zeros(1, 3, 1, HEIGHT, WIDTH)
    planes[0, plane, 0, row, column] = 1.0
    point = torch.full((3,), 0.3)
    column_axis, row_axis, _ = PUBLISHED[axes][plane]
    point[column_axis] = texel_centre(column, WIDTH)
    point[row_axis] = texel_centre(row, HEIGHT)
    sampled = sample_planes(planes, point[None, None], PlanesConfig(axes=axes, channels=1))
    assert sampled.shape == (1, 3, 1, 1)
    assert sampled[0, plane, 0, 0].item() == pytest.approx(1.0, abs=1e-5)


def test_a_texel_of_an_inset_answers_in_its_square_and_for_the_first_plane_alone() -> None:
    inset = PlaneInset(column=0.2, row=-0.3, half=0.4)
    planes = torch.zeros(1, 4, 1, HEIGHT, WIDTH)
    planes[0, 3, 0, 2, 7] = 1.0
    point = torch.tensor(
        [0.2 + 0.4 * texel_centre(7, WIDTH), -0.3 + 0.4 * texel_centre(2, HEIGHT), 0.1]
    )
    config = PlanesConfig(axes="orthogonal", channels=1, inset=inset)
    sampled = sample_planes(planes, point[None, None], config)[0, :, 0, 0]
    torch.testing.assert_close(sampled, torch.tensor([1.0, 0.0, 0.0]))
    outside = sample_planes(planes, (point + torch.tensor([0.45, 0.0, 0.0]))[None, None], config)
    assert outside.abs().max() == 0


def test_an_inset_fades_out_towards_its_edges() -> None:
    inset = PlaneInset(column=0.2, row=-0.3, half=0.4)
    columns = torch.linspace(-0.3, 0.7, 1001)
    _, share = place_in_inset(torch.stack([columns, torch.full_like(columns, -0.3)], -1), inset)
    assert share.diff().abs().max() < 0.06
    assert (share[(columns - 0.2).abs() < 0.37] == 1).all()
    assert (share[(columns - 0.2).abs() > 0.4001] == 0).all()


@pytest.mark.parametrize("axes", ["orthogonal", "next3d", "panohead"])
def test_three_planes_see_three_different_pairs_of_axes(axes: PlaneAxes) -> None:
    assert len({frozenset(plane[:2]) for plane in PLANE_AXES[axes]}) == 3


def test_the_released_eg3d_weights_never_see_the_side() -> None:
    pairs = [frozenset(plane[:2]) for plane in PLANE_AXES["eg3d"]]
    assert frozenset((Y, Z)) not in pairs


def test_projection_keeps_column_row_and_depth_in_that_order() -> None:
    point = torch.tensor([[[0.1, 0.2, 0.3]]])
    projected = project_points(point, "panohead")
    expected = torch.tensor([[0.1, 0.2, 0.3], [0.1, 0.3, 0.2], [0.2, 0.3, 0.1]])
    torch.testing.assert_close(projected[0, :, 0], expected)


def test_lookup_is_bilinear_and_zero_outside() -> None:
    planes = torch.zeros(1, 3, 1, 4, 4)
    planes[0, 0, 0] = torch.arange(4.0)[None, :].expand(4, 4)  # the value is the column
    config = PlanesConfig(axes="orthogonal", channels=1)
    columns = torch.tensor([0.0, 0.5, 2.25, 3.0])
    points = torch.zeros(1, 4, 3)
    points[0, :, X] = (columns * 2 + 1) / 4 - 1
    torch.testing.assert_close(sample_planes(planes, points, config)[0, 0, :, 0], columns)
    outside = torch.tensor([[[1.3, 0.0, 0.0], [0.0, -1.3, 0.0]]])
    assert sample_planes(planes, outside, config)[0, 0].abs().max() == 0.0


def test_a_tri_grid_is_looked_up_along_its_depth() -> None:
    channels, depth = 2, 3
    planes = torch.zeros(1, 3, channels * depth, HEIGHT, WIDTH)
    # Channel-major: channel 1, layer 2 of the plane seen along x.
    planes[0, 2, 1 * depth + 2] = 1.0
    config = PlanesConfig(axes="panohead", channels=channels, depth=depth)
    points = torch.zeros(1, 3, 3)
    points[0, :, X] = torch.tensor([texel_centre(layer, depth) for layer in range(depth)])
    sampled = sample_planes(planes, points, config)
    torch.testing.assert_close(sampled[0, 2, :, 1], torch.tensor([0.0, 0.0, 1.0]))
    assert sampled[0, 2, :, 0].abs().max() == 0.0


def test_a_tri_grid_of_equal_layers_is_a_tri_plane_away_from_its_ends() -> None:
    planes = torch.randn(2, 3, 4, HEIGHT, WIDTH)
    points = torch.rand(2, 50, 3) - 0.5
    flat = sample_planes(planes, points, PlanesConfig("panohead", 4, 1))
    deep = sample_planes(planes.repeat_interleave(3, dim=2), points, PlanesConfig("panohead", 4, 3))
    torch.testing.assert_close(flat, deep)


def test_features_are_averaged_or_put_behind_each_other() -> None:
    sampled = torch.arange(6.0).view(1, 3, 1, 2)
    mean = aggregate_features(sampled, PlanesConfig(channels=2))
    together = aggregate_features(sampled, PlanesConfig(channels=2, aggregation="concat"))
    torch.testing.assert_close(mean, torch.tensor([[[2.0, 3.0]]]))
    torch.testing.assert_close(together, torch.arange(6.0).view(1, 1, 6))


def test_a_box_scales_coordinates_and_keeps_their_batch() -> None:
    points = torch.tensor([[[0.25, -0.5, 0.125]]])
    torch.testing.assert_close(normalize_points(points, 0.5), torch.tensor([[[1.0, -2.0, 0.5]]]))


def test_depth_differences_are_positive_exactly_inside_the_hull() -> None:
    # A block -0.2 .. 0.4 in x, -0.5 .. 0.1 in y and -0.3 .. 0.6 in z.
    near, far = (0.4, 0.1, 0.6), (-0.2, -0.5, -0.3)
    axes = PLANE_AXES["orthogonal"]
    planes = torch.zeros(1, 3, 2, 8, 8)
    for plane, (_, _, depth_axis) in enumerate(axes):
        planes[0, plane, 0] = near[depth_axis]
        planes[0, plane, 1] = far[depth_axis]
    points = torch.rand(1, 2000, 3) * 1.6 - 0.8
    sampled = sample_planes(planes, points, PlanesConfig("orthogonal", 2))
    differences = depth_differences(sampled, points, "orthogonal")
    inside = ((points > torch.tensor(far)) & (points < torch.tensor(near))).all(-1)
    assert 0 < inside.sum() < 2000
    assert torch.equal(differences.amin(-1) > 0, inside)
    # Order: plane 0 behind near, plane 0 before far, plane 1 behind near ...
    torch.testing.assert_close(differences[..., 0], 0.6 - points[..., Z])
    torch.testing.assert_close(differences[..., 5], points[..., X] + 0.2)

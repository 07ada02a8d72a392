"""Sparse sampling against the dense reference."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.errors import HeadsmithError
from backend.surface.field import EmptySurfaceError
from backend.surface.grid import CrossedCells, GridSampler, crossed_cells, evaluate_everywhere
from backend.surface.keys import points_of
from backend.surface.sparse import sample_sparse
from backend.wire.requests import (
    ErrorCode,
)
from tests.backend.surface.fields import (
    KnownField,
    Solid,
    ball,
    bust,
    ellipsoid_with_blobs,
    sphere,
    torus,
)

SOLIDS = [sphere, torus, ellipsoid_with_blobs, bust]


def dense_values(solid: Solid, resolution: int) -> NDArray[np.floating[Any]]:
    sampler = GridSampler(KnownField(solid), 1.0, None)
    return evaluate_everywhere(sampler, resolution)


def flat_corners(cells: CrossedCells) -> NDArray[np.integer[Any]]:
    """Corners of cells [8,N] as flat indices of the grid's points."""
    side = cells.resolution + 1
    return (points_of(cells.keys) @ [side * side, side, 1])[cells.corners]


@pytest.mark.parametrize("solid", SOLIDS)
def test_the_cells_are_those_that_the_surface_crosses_on_a_dense_grid(solid: Solid) -> None:
    cells = sample_sparse(KnownField(solid), 96)
    dense = crossed_cells(dense_values(solid, 96) > 0) @ [97 * 97, 97, 1]
    np.testing.assert_array_equal(np.sort(flat_corners(cells)[0]), dense)


@pytest.mark.parametrize("solid", SOLIDS)
def test_the_values_at_all_their_corners_are_the_dense_ones(solid: Solid) -> None:
    cells = sample_sparse(KnownField(solid), 96)
    dense = dense_values(solid, 96).reshape(-1)
    corners = flat_corners(cells)
    for corner, (x, y, z) in enumerate(np.ndindex(2, 2, 2)):
        np.testing.assert_array_equal(corners[corner], corners[0] + (x * 97 + y) * 97 + z)
    np.testing.assert_array_equal(cells.values[cells.corners], dense[corners])


@pytest.mark.parametrize("solid", SOLIDS)
def test_each_corner_is_listed_once_and_no_other_point(solid: Solid) -> None:
    cells = sample_sparse(KnownField(solid), 96)
    assert len(np.unique(cells.keys)) == len(cells.keys)
    np.testing.assert_array_equal(np.unique(cells.corners), np.arange(len(cells.keys)))


@pytest.mark.parametrize("solid", [sphere, bust])
def test_at_most_three_evaluations_per_crossed_cell_at_256(solid: Solid) -> None:
    field = KnownField(solid)
    cells = sample_sparse(field, 256)
    assert cells.evaluations == field.evaluations
    assert cells.evaluations <= 3.0 * cells.count


def test_a_thin_rod_that_the_coarse_grid_misses_is_followed_from_the_body() -> None:
    def pin(points: Tensor) -> Tensor:
        rod = 0.012 - (points[:, [1, 2]] - torch.tensor([0.016, 0.016])).norm(dim=1)
        rod = torch.minimum(rod, 0.4 - points[:, 0].abs())
        return torch.maximum(ball(points, (0.0, 0.0, 0.0), 0.2), rod)

    cells = sample_sparse(KnownField(pin), 128)
    assert cells.count == len(crossed_cells(dense_values(pin, 128) > 0))


def test_points_outside_the_box_are_never_asked_for_and_its_faces_are_empty() -> None:
    cells = sample_sparse(KnownField(lambda points: torch.ones(len(points))), 64)
    points, corners = points_of(cells.keys), cells.corners
    index = points[corners[0]]
    assert ((index == 0) | (index == 63)).any(axis=1).all()
    assert cells.count == 64**3 - 62**3
    is_face = ((points == 0) | (points == 64)).any(axis=1)
    np.testing.assert_array_equal(cells.values < 0, is_face)


def test_a_solid_smaller_than_the_coarsest_cells_is_found() -> None:
    small = KnownField(lambda points: ball(points, (0.1, 0.11, 0.12), 0.013))
    assert sample_sparse(small, 256).count > 0


def test_an_empty_field_is_an_empty_surface() -> None:
    with pytest.raises(EmptySurfaceError, match="try another seed") as caught:
        sample_sparse(KnownField(lambda points: -torch.ones(len(points))), 64)
    assert caught.value.code is ErrorCode.EMPTY_SURFACE


def test_a_field_of_no_numbers_blames_the_weights() -> None:
    with pytest.raises(HeadsmithError, match="not numbers") as caught:
        sample_sparse(KnownField(lambda points: points[:, 0] * float("nan")), 64)
    assert caught.value.code is ErrorCode.WEIGHTS


@pytest.mark.parametrize("resolution", [0, 100, 4096])
def test_a_resolution_that_does_not_halve_is_refused(resolution: int) -> None:
    with pytest.raises(HeadsmithError, match=f"{resolution}; it must be a multiple of 16"):
        sample_sparse(KnownField(sphere), resolution)


def test_progress_rises_to_at_most_one_and_an_exception_from_it_cancels() -> None:
    shares: list[float] = []
    sample_sparse(KnownField(sphere), 128, shares.append)
    assert shares == sorted(shares)
    assert 0.0 < shares[-1] <= 1.0

    def cancel(_share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sample_sparse(KnownField(sphere), 128, cancel)

"""Sparse sampling against the dense reference."""

import numpy as np
import pytest
import torch

from backend.api import ErrorCode
from backend.errors import HeadsmithError
from backend.surface.field import EmptySurfaceError
from backend.surface.grid import GridSamples, crossed_cells, sample_dense
from backend.surface.sparse import sample_sparse
from tests.backend.surface.fields import (
    KnownField,
    ball,
    bust,
    ellipsoid_with_blobs,
    sphere,
    torus,
)

SOLIDS = [sphere, torus, ellipsoid_with_blobs, bust]


def cropped(dense: GridSamples, sparse: GridSamples) -> np.ndarray:
    """The dense values in the sparse crop."""
    x, y, z = sparse.lower
    i, j, k = sparse.values.shape
    return dense.values[x : x + i, y : y + j, z : z + k]


@pytest.mark.parametrize("solid", SOLIDS)
def test_every_crossed_cell_has_the_dense_values_at_its_corners(solid) -> None:
    sparse = sample_sparse(KnownField(solid), 96)
    dense = sample_dense(KnownField(solid), 96)
    expected = cropped(dense, sparse)
    cells = crossed_cells(expected > 0)
    for corner in np.ndindex(2, 2, 2):
        at = tuple((cells + corner).T)
        np.testing.assert_array_equal(sparse.values[at], expected[at])
    assert sparse.crossed_cells == len(cells) == dense.crossed_cells


@pytest.mark.parametrize("solid", SOLIDS)
def test_the_sign_is_right_everywhere(solid) -> None:
    sparse = sample_sparse(KnownField(solid), 96)
    expected = cropped(sample_dense(KnownField(solid), 96), sparse)
    np.testing.assert_array_equal(sparse.values > 0, expected > 0)


@pytest.mark.parametrize("solid", [sphere, bust])
def test_at_most_three_evaluations_per_crossed_cell_at_256(solid) -> None:
    field = KnownField(solid)
    sparse = sample_sparse(field, 256)
    assert sparse.evaluations == field.evaluations
    assert sparse.evaluations <= 3.0 * sparse.crossed_cells


def test_a_thin_rod_that_the_coarse_grid_misses_is_followed_from_the_body() -> None:
    def pin(points):
        rod = 0.012 - (points[:, [1, 2]] - torch.tensor([0.016, 0.016])).norm(dim=1)
        rod = torch.minimum(rod, 0.4 - points[:, 0].abs())
        return torch.maximum(ball(points, (0.0, 0.0, 0.0), 0.2), rod)

    sparse = sample_sparse(KnownField(pin), 128)
    assert sparse.crossed_cells == sample_dense(KnownField(pin), 128).crossed_cells


def test_points_outside_the_box_are_never_asked_for_and_its_faces_are_empty() -> None:
    sparse = sample_sparse(KnownField(lambda points: torch.ones(len(points))), 64)
    assert sparse.values.shape == (65, 65, 65)
    assert (sparse.values[1:-1, 1:-1, 1:-1] > 0).all()
    assert (sparse.values[0] < 0).all()
    assert (sparse.values[:, -1] < 0).all()


def test_a_solid_smaller_than_the_coarsest_cells_is_found() -> None:
    small = KnownField(lambda points: ball(points, (0.1, 0.11, 0.12), 0.013))
    assert sample_sparse(small, 256).crossed_cells > 0


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

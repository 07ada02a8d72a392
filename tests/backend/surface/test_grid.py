"""Points of a grid over the box: where they lie, what their values become, which cells are crossed."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor

from backend.errors import HeadsmithError
from backend.surface import grid
from backend.surface.grid import (
    NEARLY_ZERO,
    GridSampler,
    check_resolution,
    crossed_cells,
    evaluate_everywhere,
)
from backend.wire.requests import ErrorCode
from tests.backend.surface.fields import KnownField

SIDE = 16


def ramp(points: Tensor) -> Tensor:
    """Tells x, y and z apart."""
    return 1.0 + points @ torch.tensor([1.0, 0.1, 0.01])


def sampler(field: KnownField) -> GridSampler:
    return GridSampler(field, 1.0, None)


def test_grid_points_lie_evenly_over_a_box_of_any_size() -> None:
    field = KnownField(ramp, box_half=0.3)
    points = np.array([[1, 2, 3], [8, 8, 8], [15, 1, 7]])
    places = points * (0.6 / SIDE) - 0.3
    expected = 1.0 + places @ [1.0, 0.1, 0.01]
    assert sampler(field).evaluate(points, SIDE) == pytest.approx(expected, abs=1e-6)


def test_the_faces_of_the_box_are_empty_and_never_asked_for() -> None:
    field = KnownField(ramp)
    points = np.array([[0, 5, 5], [5, SIDE, 5], [5, 5, 5], [5, 5, 0]])
    values = sampler(field).evaluate(points, SIDE)
    assert values[[0, 1, 3]].tolist() == [-NEARLY_ZERO] * 3
    assert values[2] > 0.0
    assert field.evaluations == 1


def test_no_value_is_zero_and_a_zero_counts_as_inside() -> None:
    field = KnownField(lambda points: points[:, 0].sign() * 1e-9)
    values = sampler(field).evaluate(np.array([[4, 8, 8], [8, 8, 8], [12, 8, 8]]), SIDE)
    assert values.tolist() == [-NEARLY_ZERO, NEARLY_ZERO, NEARLY_ZERO]


def test_the_whole_grid_has_the_values_of_its_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "BATCH", 600)  # two layers at a time, and an uneven last one
    field = KnownField(ramp)
    values = evaluate_everywhere(sampler(field), SIDE)
    points = np.array(list(np.ndindex(values.shape)))
    np.testing.assert_array_equal(values.ravel(), sampler(field).evaluate(points, SIDE))
    assert values.shape == (SIDE + 1,) * 3


def test_evaluations_are_counted_and_told_as_shares() -> None:
    shares: list[float] = []
    counting = GridSampler(KnownField(ramp), 10.0, shares.append)
    for count in (4, 3, 8):
        counting.evaluate_inside(np.full((count, 3), 5), SIDE)
    assert counting.evaluations == 15
    assert shares == pytest.approx([0.4, 0.7, 1.0])


def test_no_points_cost_nothing() -> None:
    field = KnownField(ramp)
    assert sampler(field).evaluate(np.zeros((0, 3), np.int64), SIDE).shape == (0,)
    assert field.evaluations == 0


def test_crossed_cells_are_those_with_corners_of_both_kinds() -> None:
    is_inside = np.random.default_rng(4).random((4, 5, 6)) < 0.8
    expected = [
        cell
        for cell in np.ndindex(3, 4, 5)
        if len({is_inside[tuple(np.add(cell, step))] for step in product((0, 1), repeat=3)}) == 2
    ]
    assert 0 < len(expected) < 60
    assert list(map(tuple, crossed_cells(is_inside))) == expected


@pytest.mark.parametrize("resolution", [16, 48, 1024])
def test_resolutions_that_halve_are_accepted(resolution: int) -> None:
    check_resolution(resolution)


@pytest.mark.parametrize("resolution", [-16, 0, 8, 100, 1040])
def test_other_resolutions_are_refused_in_one_sentence(resolution: int) -> None:
    with pytest.raises(HeadsmithError, match=f"resolution is {resolution}; it must be") as caught:
        check_resolution(resolution)
    assert caught.value.code is ErrorCode.BAD_REQUEST

"""Cells that find their corners and neighbours, whether listed from the beginning or later."""

import numpy as np

from backend.surface.cell_list import CORNER_KEYS, CellList, GrowingArray
from backend.surface.keys import AXIS_KEYS, keys_of

RANDOM = np.random.default_rng(0)
LOWEST = RANDOM.permutation(np.unique(keys_of(RANDOM.integers(0, 9, (400, 3)))))


def grown_list() -> CellList:
    """A list of the cells LOWEST, most of them added in three steps."""
    keys, corners = np.unique(LOWEST[:50] + CORNER_KEYS, return_inverse=True)
    cells = CellList(keys, corners.reshape(8, -1).astype(np.int32))
    for some in np.split(LOWEST[50:], [1, 100]):
        before = len(cells.keys)
        assert cells.add(some) == len(cells.keys) - before
    return cells


def test_every_point_is_listed_once_and_every_cell_has_its_corners() -> None:
    cells = grown_list()
    assert len(np.unique(cells.keys)) == len(cells.keys)
    np.testing.assert_array_equal(cells.keys[cells.corners], LOWEST + CORNER_KEYS)


def test_neighbours_are_the_cells_a_step_away() -> None:
    cells = grown_list()
    numbers = {int(key): number for number, key in enumerate(LOWEST)}
    for axis, step in enumerate(AXIS_KEYS):
        for side, sign in enumerate((1, -1)):
            expected = [numbers.get(int(key), -1) for key in LOWEST + sign * step]
            np.testing.assert_array_equal(cells.neighbours[side, axis], expected)


def test_the_keys_beside_cells_are_a_step_away() -> None:
    cells = grown_list()
    some = np.array([3, 60, 3])
    np.testing.assert_array_equal(cells.key_beside(some, 0, 1), LOWEST[some] + AXIS_KEYS[1])
    np.testing.assert_array_equal(cells.key_beside(some, 1, 2), LOWEST[some] - AXIS_KEYS[2])


def test_a_growing_array_keeps_what_was_written() -> None:
    array = GrowingArray(np.arange(6).reshape(2, 3))
    array.all[0, 0] = 9
    for value in range(20):
        array.append(np.full((2, 1), value))
    np.testing.assert_array_equal(array.all[0], [9, 1, 2, *range(20)])
    np.testing.assert_array_equal(array.all[1], [3, 4, 5, *range(20)])

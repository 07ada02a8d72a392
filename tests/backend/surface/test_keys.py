"""Every point of a grid has a slot of its own, and only bricks in use take room."""

import numpy as np
import pytest

from backend.surface.bricks import CORNERS, BrickGrid, keys_of, points_of


def random_points(resolution: int, count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, resolution + 1, (count, 3))


@pytest.mark.parametrize("resolution", [16, 48, 1024])
def test_keys_tell_their_points(resolution: int) -> None:
    points = np.concatenate([random_points(resolution, 500), [[0, 0, 0], [resolution] * 3]])
    np.testing.assert_array_equal(points_of(keys_of(points)), points)


def test_the_same_place_has_twice_the_key_on_a_grid_twice_as_fine() -> None:
    points = random_points(512, 500)
    np.testing.assert_array_equal(keys_of(points) * 2, keys_of(points * 2))


def test_all_points_have_different_slots_whatever_is_asked_first() -> None:
    grid = BrickGrid(24)
    keys = np.random.default_rng(1).permutation(keys_of(np.indices((25, 25, 25)).reshape(3, -1).T))
    parts = [grid.slots(part) for part in np.array_split(keys, 7)]
    slots = np.concatenate(parts)
    assert len(np.unique(slots)) == 25**3
    assert 0 <= slots.min() <= slots.max() < len(grid.zeros(np.bool_))
    np.testing.assert_array_equal(grid.slots(keys), slots)


def test_corners_have_the_slots_of_their_points() -> None:
    grid = BrickGrid(64)
    cells = keys_of(random_points(63, 300))
    expected = [grid.slots(cells + step) for step in keys_of(CORNERS)]
    np.testing.assert_array_equal(grid.corner_slots(cells), expected)


def test_the_slots_of_few_bricks_are_the_lowest() -> None:
    grid = BrickGrid(1024)
    far_apart = keys_of(np.array([[1024, 1024, 1024], [0, 0, 0], [512, 3, 900]]))
    assert grid.slots(far_apart).max() < 3 * 8**3

"""Keys of grid points, and where they are in a list."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.surface.keys import KeyIndex, keys_of, points_of


def random_points(resolution: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(0, resolution + 1, (count, 3))


@pytest.mark.parametrize("resolution", [16, 48, 1024])
def test_keys_tell_their_points(resolution: int) -> None:
    points = np.concatenate([random_points(resolution, 500), [[0, 0, 0], [resolution] * 3]])
    np.testing.assert_array_equal(points_of(keys_of(points)), points)


def test_the_same_place_has_twice_the_key_on_a_grid_twice_as_fine() -> None:
    points = random_points(512, 500)
    np.testing.assert_array_equal(keys_of(points) * 2, keys_of(points * 2))


def test_keys_are_found_in_the_order_in_which_they_came() -> None:
    keys = np.random.default_rng(1).permutation(np.unique(keys_of(random_points(64, 900))))
    index = KeyIndex(keys[:500])
    index.add(keys[500:510])
    index.add(keys[510:])
    np.testing.assert_array_equal(index.find(keys), np.arange(len(keys)))


def test_keys_that_never_came_have_no_number() -> None:
    known = keys_of(np.array([[1, 2, 3], [9, 9, 9]]))
    index = KeyIndex(known[:1])
    unknown = known[None] + np.array([[-1], [1]])
    assert (index.find(unknown) == -1).all()
    assert index.find(known).tolist() == [0, -1]

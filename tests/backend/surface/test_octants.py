"""Bits of octants and of the points around them against the same said in words of arrays."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.surface.keys import CORNERS
from backend.surface.octants import (
    NEEDED,
    POINT_CORNERS,
    POINT_PLACES,
    SPREAD,
    behind_crossed_faces,
    crossed_octants,
)

RANDOM = np.random.default_rng(0)
INSIDE = RANDOM.random((500, 3, 3, 3)) < RANDOM.random((500, 1, 1, 1))  # of the points of 500 cells
WORDS = (INSIDE.reshape(-1, 27) << np.arange(27)).sum(axis=1).astype(np.uint32)


def bits(octants: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Bytes of octants [N] -> [N,2,2,2]."""
    return np.unpackbits(octants[:, None], axis=1, bitorder="little").reshape(-1, 2, 2, 2) == 1


def corners_of_octant(
    points: NDArray[np.bool_], octant: NDArray[np.integer[Any]]
) -> NDArray[np.bool_]:
    """[N,3,3,3] -> [N,2,2,2] at the corners of one octant."""
    x, y, z = octant
    return points[:, x : x + 2, y : y + 2, z : z + 2]


def test_octants_with_corners_of_both_kinds_are_crossed() -> None:
    crossed = bits(crossed_octants(WORDS))
    for octant in CORNERS:
        corners = corners_of_octant(INSIDE, octant).reshape(-1, 8)
        expected = corners.any(axis=1) & ~corners.all(axis=1)
        np.testing.assert_array_equal(crossed[(slice(None), *octant)], expected)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_surface_goes_on_behind_the_faces_that_it_crosses(axis: int) -> None:
    octants = RANDOM.integers(0, 256, len(WORDS), dtype=np.uint8)
    expected = np.zeros((len(WORDS), 4, 4, 4), np.bool_)  # also the octants of all cells around
    for octant in CORNERS:
        has_octant = bits(octants)[(slice(None), *octant)]
        for side in (0, 1):
            face = np.take(corners_of_octant(INSIDE, octant), side, axis=1 + axis).reshape(-1, 4)
            behind = octant + 1
            behind[axis] += 2 * side - 1
            is_crossed = face.any(axis=1) & ~face.all(axis=1)
            expected[(slice(None), *behind)] |= has_octant & is_crossed
    inner = np.moveaxis(expected, 1 + axis, 1)[:, :, 1:3, 1:3]
    results = behind_crossed_faces(octants, WORDS, axis)
    same, after, before = (np.moveaxis(bits(result), 1 + axis, 1) for result in results)
    np.testing.assert_array_equal(same, inner[:, 1:3])
    np.testing.assert_array_equal(after[:, 0], inner[:, 3])
    np.testing.assert_array_equal(before[:, 1], inner[:, 0])
    assert not after[:, 1].any()
    assert not before[:, 0].any()


def test_the_corners_of_octants_are_needed_and_no_other_points() -> None:
    for octants in (0, 1, 128, 0b01101001, 255):
        expected = np.zeros((1, 3, 3, 3), np.bool_)
        for octant in CORNERS[[octants >> bit & 1 == 1 for bit in range(8)]]:
            corners_of_octant(expected, octant)[:] = True
        needed = NEEDED[POINT_CORNERS, octants] >> POINT_PLACES & 1 == 1
        np.testing.assert_array_equal(needed, expected.reshape(27))


def test_bytes_of_points_at_all_corners_make_the_word_of_a_cell() -> None:
    points = np.zeros((8, len(WORDS)), np.uint8)
    for bit, (corner, place) in enumerate(zip(POINT_CORNERS, POINT_PLACES, strict=True)):
        points[corner] |= (WORDS >> bit & 1).astype(np.uint8) << place
    words = [SPREAD[corner][some] for corner, some in enumerate(points)]
    np.testing.assert_array_equal(np.bitwise_or.reduce(words), WORDS)

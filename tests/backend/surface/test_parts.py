"""Bits of parts and of the points around them against the same said in words of arrays."""

import numpy as np
import pytest

from backend.surface.keys import CORNERS
from backend.surface.parts import (
    NEEDED,
    POINT_CORNERS,
    POINT_PLACES,
    SPREAD,
    behind_crossed_faces,
    crossed_parts,
)

RANDOM = np.random.default_rng(0)
INSIDE = RANDOM.random((500, 3, 3, 3)) < RANDOM.random((500, 1, 1, 1))  # of the points of 500 cells
WORDS = (INSIDE.reshape(-1, 27) << np.arange(27)).sum(axis=1).astype(np.uint32)


def bits(parts: np.ndarray) -> np.ndarray:
    """Bytes of parts [N] -> [N,2,2,2]."""
    return np.unpackbits(parts[:, None], axis=1, bitorder="little").reshape(-1, 2, 2, 2) == 1


def corners_of_part(points: np.ndarray, part: np.ndarray) -> np.ndarray:
    """[N,3,3,3] -> [N,2,2,2] at the corners of one part."""
    x, y, z = part
    return points[:, x : x + 2, y : y + 2, z : z + 2]


def test_parts_with_corners_of_both_kinds_are_crossed() -> None:
    crossed = bits(crossed_parts(WORDS))
    for part in CORNERS:
        corners = corners_of_part(INSIDE, part).reshape(-1, 8)
        expected = corners.any(axis=1) & ~corners.all(axis=1)
        np.testing.assert_array_equal(crossed[(slice(None), *part)], expected)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_surface_goes_on_behind_the_faces_that_it_crosses(axis: int) -> None:
    parts = RANDOM.integers(0, 256, len(WORDS), dtype=np.uint8)
    expected = np.zeros((len(WORDS), 4, 4, 4), np.bool_)  # also the parts of all cells around
    for part in CORNERS:
        has_part = bits(parts)[(slice(None), *part)]
        for side in (0, 1):
            face = np.take(corners_of_part(INSIDE, part), side, axis=1 + axis).reshape(-1, 4)
            behind = part + 1
            behind[axis] += 2 * side - 1
            is_crossed = face.any(axis=1) & ~face.all(axis=1)
            expected[(slice(None), *behind)] |= has_part & is_crossed
    inner = np.moveaxis(expected, 1 + axis, 1)[:, :, 1:3, 1:3]
    results = behind_crossed_faces(parts, WORDS, axis)
    same, after, before = (np.moveaxis(bits(result), 1 + axis, 1) for result in results)
    np.testing.assert_array_equal(same, inner[:, 1:3])
    np.testing.assert_array_equal(after[:, 0], inner[:, 3])
    np.testing.assert_array_equal(before[:, 1], inner[:, 0])
    assert not after[:, 1].any()
    assert not before[:, 0].any()


def test_the_corners_of_parts_are_needed_and_no_other_points() -> None:
    for parts in (0, 1, 128, 0b01101001, 255):
        expected = np.zeros((1, 3, 3, 3), np.bool_)
        for part in CORNERS[[parts >> bit & 1 == 1 for bit in range(8)]]:
            corners_of_part(expected, part)[:] = True
        needed = NEEDED[POINT_CORNERS, parts] >> POINT_PLACES & 1 == 1
        np.testing.assert_array_equal(needed, expected.reshape(27))


def test_bytes_of_points_at_all_corners_make_the_word_of_a_cell() -> None:
    points = np.zeros((8, len(WORDS)), np.uint8)
    for bit, (corner, place) in enumerate(zip(POINT_CORNERS, POINT_PLACES, strict=True)):
        points[corner] |= (WORDS >> bit & 1).astype(np.uint8) << place
    words = [SPREAD[corner][some] for corner, some in enumerate(points)]
    np.testing.assert_array_equal(np.bitwise_or.reduce(words), WORDS)

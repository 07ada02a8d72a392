"""The bounds of a user's mesh: one place, one sentence each, for Blender and for the backend."""

import math

import pytest

from backend.wire.mesh_bounds import MAX_TRIANGLES, count_fault, landmarks_fault, place_fault
from backend.wire.rig_names import LANDMARKS

LOW, HIGH = (-0.1, -0.2, -0.1), (0.1, 0.2, 0.1)


@pytest.mark.parametrize("size", [0.0, 1e-30, 0.00025, 0.009, 20_000.0, 1e300, math.nan])
def test_a_size_that_no_head_has_is_told(size: float) -> None:
    assert f"is {size:.2g} m large; change its scale" in place_fault((0, 0, 0), (0, size, 0))


@pytest.mark.parametrize("size", [0.011, 0.3, 220.0, 9_000.0])
def test_heads_in_other_units_are_taken(size: float) -> None:
    assert place_fault((0, 0, 0), (0, size, 0)) == ""


def test_how_far_out_a_mesh_may_stand_grows_with_it() -> None:
    for size in (0.5, 5.0):
        assert place_fault((9_900 * size, 0, 0), (9_900 * size, size, 0)) == ""
        away = -10_100.0 * size
        assert f"{-away:.3g} m from the origin" in place_fault((0, 0, away), (0, size, away))


def test_more_triangles_than_are_read_are_told() -> None:
    assert count_fault(MAX_TRIANGLES) == ""
    assert "more than 5 million triangles" in count_fault(MAX_TRIANGLES + 1)


def test_the_landmark_that_is_named_lies_farthest_away_or_nowhere() -> None:
    marks = [[0.0, 0.0, 0.0] for _ in LANDMARKS]
    assert landmarks_fault(marks, LOW, HIGH) == landmarks_fault([], LOW, HIGH) == ""
    marks[1][0], marks[4][1] = 2.0, -7.0
    assert f"“{LANDMARKS[4]}” lies 6.8 m away" in landmarks_fault(marks, LOW, HIGH)
    marks[2][2] = math.nan
    assert f"“{LANDMARKS[2]}”" in landmarks_fault(marks, LOW, HIGH)

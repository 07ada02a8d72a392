"""Symmetry: the plane is found, the mean is symmetric, a flip undoes itself."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ..in_blender import part

MIRROR = np.array([0, 2, 1, 4, 3, 5], np.int32)


def lopsided() -> NDArray[np.floating[Any]]:
    """Six points: two in the middle, two pairs, none of it exact."""
    random = np.random.default_rng(3)
    half = np.array([[0, 0, 0], [1, 0, 1], [-1, 0, 1], [2, 1, 0], [-2, 1, 0], [0, 3, 1]])
    return (half + 0.02 * random.normal(size=half.shape)).astype(np.float32)


def turned(points: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    angle = 0.5
    turn = [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    return (points @ np.array(turn).T + [4.0, 5.0, 6.0]).astype(np.float32)


def module() -> Any:
    return part("symmetry")


def test_a_head_that_faces_ahead_is_mirrored_at_zero(extension: ModuleType) -> None:
    points = lopsided()
    points = 0.5 * (points + points[MIRROR] * np.array([-1, 1, 1], np.float32))
    points[3] += 0.001
    plane = module().mirror_plane(points, MIRROR)
    assert (tuple(plane.normal), plane.offset) == ((1.0, 0.0, 0.0), 0.0)


def test_the_plane_of_a_turned_head_turns_with_it(extension: ModuleType) -> None:
    plane = module().mirror_plane(turned(lopsided()), MIRROR)
    normal = np.array([np.cos(0.5), np.sin(0.5), 0.0])
    assert plane.normal == pytest.approx(normal, abs=0.02)
    assert plane.offset == pytest.approx(normal @ [4.0, 5.0, 6.0], abs=0.05)


@pytest.mark.parametrize("place", [np.asarray, turned])
def test_the_mean_of_both_sides_is_symmetric_and_near(extension: ModuleType, place: Any) -> None:
    points = place(lopsided())
    plane = module().mirror_plane(points, MIRROR)
    same = module().symmetric(points, MIRROR, plane)
    assert module().flipped(same, MIRROR, plane) == pytest.approx(same, abs=1e-5)
    assert np.abs(same - points).max() < 0.15


def test_flipping_twice_changes_nothing(extension: ModuleType) -> None:
    points = turned(lopsided())
    plane = module().mirror_plane(points, MIRROR)
    once = module().flipped(points, MIRROR, plane)
    assert np.abs(once - points).max() > 0.005
    assert module().flipped(once, MIRROR, plane) == pytest.approx(points, abs=1e-5)


def test_counterparts_are_found_by_name(extension: ModuleType) -> None:
    names = ["jawLeft", "jawOpen", "jawRight", "eyeBlinkLeft"]
    assert module().other_side(names, "Left", "Right").tolist() == [2, 1, 0, 3]


def test_symmetric_shapes_do_on_one_side_what_their_counterparts_do_on_the_other(
    extension: ModuleType,
) -> None:
    random = np.random.default_rng(4)
    moves = random.normal(size=(3, 6, 3)).astype(np.float32)
    shapes = np.array([1, 0, 2], np.int32)
    plane = module().Plane(np.array([1.0, 0.0, 0.0], np.float32), 0.7)
    same = module().symmetric_moves(moves, MIRROR, plane, shapes)
    for shape, partner in enumerate(shapes):
        assert same[partner][MIRROR] * [-1, 1, 1] == pytest.approx(same[shape], abs=1e-6)

"""Meshes and landmarks that cannot be wrapped where they stand are refused before a job is started."""

from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from ..in_blender import part, wire

NONE = np.zeros((0, 3), np.float32)


def box(
    size: tuple[float, float, float], middle: tuple[float, float, float]
) -> NDArray[np.float32]:
    """The eight corners [8,3] of a box."""
    corners = np.stack(np.meshgrid([-0.5, 0.5], [-0.5, 0.5], [-0.5, 0.5]), -1).reshape(-1, 3)
    return (corners * size + middle).astype(np.float32)


def refusal(vertices: NDArray[np.float32], landmarks: NDArray[np.float32] = NONE) -> str:
    with pytest.raises(wire().RequestError) as caught:
        part("wrap_checks").check_place(vertices, landmarks)
    return str(caught.value.user_text)


@pytest.mark.parametrize("size", [0.0, 0.009, 20_000.0])
def test_a_mesh_of_a_wrong_scale_is_refused_with_its_size(
    extension: ModuleType, size: float
) -> None:
    says = refusal(box((size, 0.0, 0.0), (0.0, 0.0, 0.0)))
    assert f"is {size:.2g} m large; change its scale" in says


@pytest.mark.parametrize("size", [0.011, 0.3, 9_000.0])
def test_a_mesh_of_any_usable_size_is_taken(extension: ModuleType, size: float) -> None:
    part("wrap_checks").check_place(box((size, 0.0, 0.0), (0.0, 0.0, 0.0)), NONE)


def test_how_far_out_a_mesh_may_stand_grows_with_it(extension: ModuleType) -> None:
    for size in (0.5, 5.0):
        part("wrap_checks").check_place(box((0, size, 0), (0, 0, 9_900.0 * size)), NONE)
        says = refusal(box((0, size, 0), (0, 0, -10_100.0 * size)))
        assert f"{10_100.0 * size:.3g} m from the origin" in says


def test_landmarks_may_lie_a_tenth_of_the_size_outside(extension: ModuleType) -> None:
    """The box is 0.3 x 0.4 x 0 m, half a metre across: 5 cm outside of it are allowed."""
    vertices = box((0.3, 0.4, 0.0), (1.0, 2.0, 3.0))
    marks = np.tile(np.array([1.0, 2.0, 3.0], np.float32), (5, 1))
    part("wrap_checks").check_place(vertices, marks)
    marks[3, 2] += 0.049
    part("wrap_checks").check_place(vertices, marks)
    marks[3, 2] += 0.002
    says = refusal(vertices, marks)
    assert f"“{wire().LANDMARKS[3]}” lies 0.051 m away" in says


def test_the_farthest_landmark_is_the_one_that_is_named(extension: ModuleType) -> None:
    marks = np.zeros((5, 3), np.float32)
    marks[1, 0], marks[4, 1] = 2.0, -7.0
    assert f"“{wire().LANDMARKS[4]}”" in refusal(box((1, 1, 1), (0, 0, 0)), marks)

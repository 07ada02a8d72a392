"""Axes and units: what is up, ahead and left in a file is so in Blender, and nothing is mirrored."""

from types import ModuleType

import numpy as np
import pytest

from ..in_blender import part


# Expected values are written out: x stays, up is +z, the face looks along -y.
@pytest.mark.parametrize(
    ("field", "blender"),
    [((1, 0, 0), (1, 0, 0)), ((0, 1, 0), (0, 0, 1)), ((0, 0, 1), (0, -1, 0))],
)
def test_field_axes_become_blenders(
    extension: ModuleType, field: tuple[int, ...], blender: tuple[int, ...]
) -> None:
    found = part("coords").field_to_blender(np.array([field], np.float32))
    assert found.tolist() == [list(blender)]


def test_blenders_axes_become_the_fields_again(extension: ModuleType) -> None:
    points = np.array([[1, 2, 3], [-4, 5, -6]], np.float32)
    there = part("coords").field_to_blender(points)
    assert part("coords").blender_to_field(there).tolist() == points.tolist()


@pytest.mark.parametrize("change", ["field_to_blender", "blender_to_field"])
def test_changing_axes_does_not_mirror(extension: ModuleType, change: str) -> None:
    matrix = getattr(part("coords"), change)(np.eye(3, dtype=np.float32))
    assert np.linalg.det(matrix) == pytest.approx(1.0)
    assert matrix @ matrix.T == pytest.approx(np.eye(3))


def test_a_point_on_each_side_of_a_face_keeps_its_side(extension: ModuleType) -> None:
    """The head's own left ear, the crown and the nose, at places that no swap leaves alike."""
    ear, crown, nose = [0.07, 1.5, -0.02], [0.01, 1.72, -0.03], [0.0, 1.55, 0.11]
    found = part("coords").field_to_blender(np.array([ear, crown, nose], np.float32))
    expected = [[0.07, 0.02, 1.5], [0.01, 0.03, 1.72], [0.0, -0.11, 1.55]]
    assert found == pytest.approx(np.array(expected))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_points_change_axes_in_whatever_number(extension: ModuleType, count: int) -> None:
    """Three of them too, where a transposed array would fit."""
    points = np.arange(3 * count, dtype=np.float64).reshape(-1, 3)
    for change in (part("coords").field_to_blender, part("coords").blender_to_field):
        found = change(points)
        assert (found.shape, found.dtype) == ((count, 3), np.float32)
        assert found.flags.c_contiguous
        assert (found[:, 0] == points[:, 0]).all()


def test_the_base_is_the_middle_of_the_lowest_slab_on_the_symmetry_plane(
    extension: ModuleType,
) -> None:
    neck = [[0.2, 1.0, -1.0], [0.3, 3.0, -1.0]]
    head = [[-5.0, -9.0, 1.0], [4.0, 7.0, 2.0]]
    found = part("coords").neck_base(np.array(neck + head, np.float32))
    assert found.tolist() == [0.0, 2.0, -1.0]


@pytest.mark.parametrize(("height", "middle"), [(-0.92, 2.5), (-0.9, 2.0)])
def test_the_base_takes_three_hundredths_of_the_height(
    extension: ModuleType, height: float, middle: float
) -> None:
    """Of 3 m these are 0.09 m above the lowest point at -1."""
    points = [[0.0, 1.0, -1.0], [0.0, 3.0, -1.0], [0.0, 4.0, height], [0.0, 0.0, 2.0]]
    assert part("coords").neck_base(np.array(points, np.float32))[1] == middle


@pytest.mark.parametrize(
    ("scale", "units"), [(1.0, 1.0), (0.01, 100.0), (1000.0, 0.001), (0.0, 1.0), (-2.0, 1.0)]
)
def test_a_metre_has_its_units(extension: ModuleType, scale: float, units: float) -> None:
    assert part("coords").units_per_metre(scale) == pytest.approx(units)

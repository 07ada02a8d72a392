"""A lid's margin is split at its corners, and places on lines are the nearest ones."""

import numpy as np

from backend.rig.head_topology import HeadTopology
from backend.rig.lids import nearest_on_line, split_lid


def test_halves_share_only_the_corners(topology: HeadTopology) -> None:
    for loop in (topology.lid_left, topology.lid_right):
        upper, lower = split_lid(topology, loop)
        assert set(upper) & set(lower) == {upper[0], upper[-1]}
        assert set(upper) | set(lower) == set(loop)
        assert (upper[0], upper[-1]) == (lower[0], lower[-1])


def test_the_upper_half_lies_above(topology: HeadTopology) -> None:
    for loop in (topology.lid_left, topology.lid_right):
        upper, lower = (topology.vertices[half, 1].mean() for half in split_lid(topology, loop))
        assert upper > lower + 0.002


def test_the_nearest_place_lies_within_a_piece_or_at_its_end() -> None:
    line = np.array([[0.0, 0, 0], [2, 0, 0], [2, 2, 0]])
    points = np.array([[0.5, -1.0, 0], [-1, 1, 0], [3, 1.5, 1]])
    expected = [[0.5, 0.0, 0.0], [0.0, 0.0, 0.0], [2.0, 1.5, 0.0]]
    assert np.allclose(nearest_on_line(points, line), expected)

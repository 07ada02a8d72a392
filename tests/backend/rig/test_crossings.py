"""Triangles that pass through each other are found, and no others."""

import numpy as np

from backend.rig.crossings import crossing_pairs
from backend.rig.head_topology import HeadTopology

FLAT = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
THROUGH = np.array([[0.2, 0.2, -0.5], [0.2, 0.2, 0.5], [2.0, 2.0, 0.0]])
FACES = np.array([[0, 1, 2], [3, 4, 5]])


def test_a_triangle_through_another_crosses_it() -> None:
    assert crossing_pairs(np.concatenate([FLAT, THROUGH]), FACES).tolist() == [[0, 1]]


def test_a_triangle_above_another_does_not_cross_it() -> None:
    assert not len(crossing_pairs(np.concatenate([FLAT, np.add(FLAT, [0, 0, 0.01])]), FACES))


def test_neighbours_do_not_cross() -> None:
    vertices = np.concatenate([FLAT, [[0.3, 0.3, -1.0]]])
    assert not len(crossing_pairs(vertices, np.array([[0, 1, 2], [0, 1, 3]])))


def test_pairs_are_those_of_brute_force() -> None:
    rng = np.random.default_rng(3)
    middles = rng.uniform(size=(30, 1, 3))
    corners = middles + 0.25 * rng.standard_normal((30, 3, 3))
    faces = np.arange(90).reshape(30, 3)
    found = {tuple(pair) for pair in crossing_pairs(corners.reshape(-1, 3), faces)}
    expected = {
        (one, other)
        for one in range(30)
        for other in range(one + 1, 30)
        if len(crossing_pairs(corners[[one, other]].reshape(-1, 3), FACES))
    }
    assert found == expected
    assert len(found) > 8


def test_the_topology_does_not_pass_through_itself_outside(topology: HeadTopology) -> None:
    triangles = topology.part_triangles("skin")
    outer = triangles[topology.is_outer_skin[triangles].all(axis=1)]
    assert len(crossing_pairs(topology.vertices, outer)) == 0

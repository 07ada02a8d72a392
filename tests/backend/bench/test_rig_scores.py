"""Distances of wrapped heads are known numbers where the error is known."""

import numpy as np
import pytest

from backend.bench.rig_scores import REGIONS, Surface, nearest_on_triangles, regions, score_wrap
from backend.rig.head_topology import HeadTopology, load_topology


@pytest.fixture(scope="module")
def topology() -> HeadTopology:
    return load_topology()


def test_the_truth_itself_scores_zero(topology: HeadTopology) -> None:
    score = score_wrap(topology, topology.vertices, topology.vertices, 0.0)
    assert score.vertex_mm == score.lid_mm == score.lip_mm == 0.0
    assert score.flipped_faces == 0
    assert score.crossings == score.true_crossings


def test_a_shift_is_measured_in_every_region(topology: HeadTopology) -> None:
    moved = topology.vertices + np.array([0.0, 0.003, 0.004], np.float32)
    score = score_wrap(topology, moved, topology.vertices, 0.0)
    assert score.region_mm == pytest.approx([5.0] * len(REGIONS), rel=1e-3)
    assert score.mean_head_mm == pytest.approx(0.0, abs=1e-3)


def test_the_mean_head_is_placed_but_not_scaled(topology: HeadTopology) -> None:
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    placed = topology.vertices @ turn.T + 0.3
    assert score_wrap(topology, placed, placed, 0.0).mean_head_mm == pytest.approx(0.0, abs=1e-3)
    assert score_wrap(topology, placed, 1.1 * placed, 0.0).mean_head_mm > 3.0


def test_a_quad_that_was_turned_over_counts(topology: HeadTopology) -> None:
    forehead = np.flatnonzero(topology.is_outer_skin)[
        topology.vertices[topology.is_outer_skin, 2].argsort()[-300]
    ]
    quad = topology.quads[(topology.quads == forehead).any(axis=1)][0]
    moved = topology.vertices.copy()
    moved[quad] = moved[quad[[2, 3, 0, 1]]][:, :]  # half a turn in its plane folds its neighbours
    assert score_wrap(topology, moved, topology.vertices, 0.0).flipped_faces > 0


def test_regions_do_not_overlap_and_fill_the_outer_skin(topology: HeadTopology) -> None:
    count = np.sum(regions(topology), axis=0)
    assert (count == topology.is_outer_skin).all()


def test_the_nearest_place_on_a_triangle_is_that_of_brute_force() -> None:
    rng = np.random.default_rng(0)
    points, corners = rng.standard_normal((40, 3)), rng.standard_normal((40, 3, 3))
    weights = rng.dirichlet(np.ones(3), 20_000)
    found = np.linalg.norm(nearest_on_triangles(points, corners) - points, axis=1)
    for point, corner, away in zip(points, corners, found, strict=True):
        sampled = np.linalg.norm(weights @ corner - point, axis=1).min()
        assert away <= sampled + 1e-12
        assert away == pytest.approx(sampled, abs=0.05)


def test_distances_to_a_plane_are_heights() -> None:
    vertices = np.array([[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
    surface = Surface(vertices, np.array([[0, 1, 2], [0, 2, 3]]))
    points = np.array([[0.2, 0.3, 0.4], [-0.5, 0.1, -0.02]])
    away, places = surface.distances(points)
    assert away == pytest.approx([0.4, 0.02])
    assert np.allclose(places, points * [1, 1, 0])

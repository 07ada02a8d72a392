"""Landmarks are read off a face's relief."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.head_topology import HeadTopology
from backend.rig.landmarks import (
    CELL_M,
    CHANNELS,
    COLUMNS,
    LEFT_M,
    ROWS,
    TOP_M,
    draw_relief,
    landmark_vertices,
    read_landmarks,
)
from backend.rig.target_mesh import PointCloud, sample_surface


def test_the_relief_has_heights_and_slopes_where_points_are() -> None:
    place = np.array([[LEFT_M + 10.5 * CELL_M, TOP_M - 20.5 * CELL_M, 0.025]])
    relief = draw_relief(PointCloud(place, np.array([[0.6, 0.0, 0.8]])))
    assert relief.shape == (CHANNELS, ROWS, COLUMNS)
    assert relief[:, 20, 10] == pytest.approx([0.5, 0.6, 0.0, 1.0])
    assert relief.sum() == pytest.approx(2.1)


def test_what_lies_behind_or_looks_away_is_not_seen() -> None:
    at = np.array([LEFT_M + 10.5 * CELL_M, TOP_M - 20.5 * CELL_M, 0.0])
    points = at + np.array([[0, 0, 0.02], [0, 0, 0.0], [0, 0, 0.04]])
    normals = np.array([[0.0, 0, 1], [0, 0, 1], [0, 0, -1]])
    assert draw_relief(PointCloud(points, normals))[0, 20, 10] == pytest.approx(0.4)


def test_lips_and_lids_of_true_heads_are_read(
    topology: HeadTopology, true_heads: NDArray[np.float32]
) -> None:
    rng, marks = np.random.default_rng(0), landmark_vertices(topology)
    for loop in (topology.lip, topology.lid_left, topology.lid_right):
        assert np.isin(loop, marks).all()
    faces = np.concatenate([topology.part_triangles("skin"), topology.part_triangles("eyes")])
    for truth in true_heads[:5].astype(np.float64):
        centred = truth - truth[np.concatenate(topology.eyes)].mean(axis=0)
        found = read_landmarks(topology, sample_surface(centred, faces, 60_000, rng))
        assert 1000 * np.linalg.norm(found - centred[marks], axis=1).mean() < 3.0

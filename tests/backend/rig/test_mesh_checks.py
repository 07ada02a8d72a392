"""Meshes and landmarks of no use are told in one sentence, before anything is searched."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.errors import HeadsmithError
from backend.rig.head_pose import pointed_vertices
from backend.rig.head_topology import HeadTopology
from backend.rig.mesh_checks import check_extent, check_landmarks
from tests.backend.rig.test_target_mesh import ball


def landmarks_of(topology: HeadTopology) -> NDArray[np.float64]:
    return topology.vertices[pointed_vertices(topology)].astype(np.float64)


def says(
    topology: HeadTopology, landmarks: NDArray[np.float64], head: NDArray[np.float64] | None = None
) -> str:
    vertices = topology.vertices.astype(np.float64) if head is None else head
    with pytest.raises(HeadsmithError) as caught:
        check_landmarks(
            landmarks_of(topology), landmarks, vertices, topology.part_triangles("skin")
        )
    assert caught.value.user_text.count(".") == 1 or "m away" in caught.value.user_text
    return caught.value.user_text


@pytest.mark.parametrize("scale", [(1, 0, 1), (0, 0, 1), (1, 1, 1e-4)])
def test_a_flat_mesh_is_told(scale: tuple[float, float, float]) -> None:
    vertices, faces = ball()
    with pytest.raises(HeadsmithError, match="flat"):
        check_extent(vertices * scale, faces)


def test_a_mesh_so_far_away_that_its_vertices_are_rounded_is_told() -> None:
    vertices, faces = ball(0.1)
    with pytest.raises(HeadsmithError, match="move it to the origin"):
        check_extent(vertices + 1e6, faces)
    check_extent(vertices + 100.0, faces)


def test_landmarks_of_true_heads_are_taken_wherever_they_are(
    topology: HeadTopology, true_heads: NDArray[np.float32]
) -> None:
    skin, rng = topology.part_triangles("skin"), np.random.default_rng(0)
    for head in true_heads:
        clicks = head[pointed_vertices(topology)] + rng.normal(0.0, 0.004, (5, 3))
        check_landmarks(landmarks_of(topology), 1000 * clicks, 1000 * head, skin)


def test_five_equal_landmarks_are_told(topology: HeadTopology) -> None:
    assert "in one place" in says(topology, np.tile(landmarks_of(topology)[2], (5, 1)))


def test_landmarks_in_a_line_are_told(topology: HeadTopology) -> None:
    line = np.linspace((0, -0.1, 0.05), (0, 0.1, 0.05), 5)
    assert "in one line" in says(topology, line)


def test_landmarks_left_over_from_another_head_are_told(topology: HeadTopology) -> None:
    shifted = landmarks_of(topology) + np.array([5.1, 0.0, 0.0])
    assert "5.04 m away from the mesh" in says(topology, shifted)


def test_a_landmark_that_is_no_number_is_told(topology: HeadTopology) -> None:
    marks = landmarks_of(topology)
    marks[3, 1] = np.nan
    assert "clear them" in says(topology, marks)


def test_swapped_eyes_are_told(topology: HeadTopology, true_heads: NDArray[np.float32]) -> None:
    for head in true_heads[:10]:
        marks = head[pointed_vertices(topology)][[1, 0, 2, 3, 4]].astype(np.float64)
        assert "swapped" in says(topology, marks, head)


def test_landmarks_that_are_mixed_up_are_told(topology: HeadTopology) -> None:
    assert "point at each of them again" in says(topology, landmarks_of(topology)[[3, 1, 2, 0, 4]])

"""Meshes and landmarks of no use are told in one sentence, before anything is searched."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.errors import HeadsmithError
from backend.rig.head_pose import pointed_vertices
from backend.rig.head_template import HeadTemplate
from backend.rig.mesh_checks import check_extent, check_landmarks
from tests.backend.rig.test_target_mesh import ball


def landmarks_of(template: HeadTemplate) -> NDArray[np.float64]:
    return template.vertices[pointed_vertices(template)].astype(np.float64)


def says(
    template: HeadTemplate, landmarks: NDArray[np.float64], head: NDArray[np.float64] | None = None
) -> str:
    vertices = template.vertices.astype(np.float64) if head is None else head
    with pytest.raises(HeadsmithError) as caught:
        check_landmarks(
            landmarks_of(template), landmarks, vertices, template.part_triangles("skin")
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
    template: HeadTemplate, true_heads: NDArray[np.float32]
) -> None:
    skin, rng = template.part_triangles("skin"), np.random.default_rng(0)
    for head in true_heads:
        clicks = head[pointed_vertices(template)] + rng.normal(0.0, 0.004, (5, 3))
        check_landmarks(landmarks_of(template), 1000 * clicks, 1000 * head, skin)


def test_five_equal_landmarks_are_told(template: HeadTemplate) -> None:
    assert "in one place" in says(template, np.tile(landmarks_of(template)[2], (5, 1)))


def test_landmarks_in_a_line_are_told(template: HeadTemplate) -> None:
    line = np.linspace((0, -0.1, 0.05), (0, 0.1, 0.05), 5)
    assert "in one line" in says(template, line)


def test_landmarks_left_over_from_another_head_are_told(template: HeadTemplate) -> None:
    shifted = landmarks_of(template) + np.array([5.1, 0.0, 0.0])
    assert "5.04 m away from the mesh" in says(template, shifted)


def test_a_landmark_that_is_no_number_is_told(template: HeadTemplate) -> None:
    marks = landmarks_of(template)
    marks[3, 1] = np.nan
    assert "clear them" in says(template, marks)


def test_swapped_eyes_are_told(template: HeadTemplate, true_heads: NDArray[np.float32]) -> None:
    for head in true_heads[:10]:
        marks = head[pointed_vertices(template)][[1, 0, 2, 3, 4]].astype(np.float64)
        assert "swapped" in says(template, marks, head)


def test_landmarks_that_are_mixed_up_are_told(template: HeadTemplate) -> None:
    assert "point at each of them again" in says(template, landmarks_of(template)[[3, 1, 2, 0, 4]])

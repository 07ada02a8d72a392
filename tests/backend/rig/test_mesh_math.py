"""Normals and areas against closed forms, and what a move has turned over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.rig.mesh_math import face_vectors, flipped, turned_far, vertex_normals

TURN = Rotation.from_euler("xyz", [0.4, -1.1, 2.0])
Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]


def bumpy() -> tuple[Floats, Ints]:
    """A closed mesh without any symmetry, that faces outwards."""
    ball = trimesh.creation.icosphere(2)
    vertices = np.array(ball.vertices)
    grown = vertices * (1 + 0.2 * np.sin(3 * vertices[:, :1] + 2 * vertices[:, 1:2])) * [1, 2, 0.7]
    return grown, np.array(ball.faces)


def test_a_face_s_vector_stands_on_it_with_twice_its_area() -> None:
    vertices = np.array([[1.0, 1, 5], [4, 1, 5], [1, 3, 5], [1, 1, 9]])
    found = face_vectors(vertices, np.array([[0, 1, 2], [0, 2, 1], [0, 2, 3]]))
    assert found.tolist() == [[0, 0, 6], [0, 0, -6], [8, 0, 0]]


def test_single_precision_is_multiplied_in_double() -> None:
    """A millimetre's triangle a kilometre away."""
    vertices = np.array([[1024.0, 0, 0], [1024 + 2**-10, 0, 0], [1024, 2**-10, 0]], np.float32)
    found = face_vectors(vertices, np.array([[0, 1, 2]]))
    assert found.dtype == np.float64
    assert found.tolist() == [[0.0, 0.0, 2.0**-20]]


def test_the_vectors_of_a_closed_mesh_sum_to_nothing_and_to_its_area() -> None:
    vertices, faces = bumpy()
    found = face_vectors(vertices, faces)
    assert found.sum(axis=0) == pytest.approx([0, 0, 0], abs=1e-12)
    area = trimesh.Trimesh(vertices, faces, process=False).area
    assert np.linalg.norm(found, axis=1).sum() / 2 == pytest.approx(area)


def test_they_turn_with_the_mesh_and_grow_with_its_square() -> None:
    vertices, faces = bumpy()
    moved = 3.0 * TURN.apply(vertices) + [5, 6, 7]
    expected = 9.0 * TURN.apply(face_vectors(vertices, faces))
    assert face_vectors(moved, faces) == pytest.approx(expected, abs=1e-9)
    assert vertex_normals(moved, faces) == pytest.approx(
        TURN.apply(vertex_normals(vertices, faces)), abs=1e-9
    )


def test_the_normals_of_a_sphere_are_its_radii() -> None:
    ball = trimesh.creation.icosphere(4)
    found = vertex_normals(np.array(ball.vertices) * 0.1, np.array(ball.faces))
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0)
    assert (found * ball.vertices).sum(axis=1).min() > 0.9995


def test_a_larger_face_counts_more_at_a_vertex() -> None:
    """One face lies in the ground, the other, of twice the area, stands on it."""
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 2]])
    found = vertex_normals(vertices, np.array([[0, 1, 2], [0, 2, 3]]))
    assert found[0] == pytest.approx(np.array([2, 0, 1]) / np.sqrt(5))
    assert found[1] == pytest.approx([0, 0, 1])
    assert found[3] == pytest.approx([1, 0, 0])


def test_the_order_of_faces_and_of_their_corners_is_all_the_same() -> None:
    vertices, faces = bumpy()
    expected = vertex_normals(vertices, faces)
    mixed = np.roll(np.random.default_rng(0).permutation(faces), 1, axis=1)
    assert vertex_normals(vertices, mixed) == pytest.approx(expected, abs=1e-12)
    assert vertex_normals(vertices, faces[:, ::-1]) == pytest.approx(-expected, abs=1e-12)


def test_a_vertex_without_a_face_or_of_flat_ones_alone_has_no_normal() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [7, 7, 7]])
    found = vertex_normals(vertices, np.array([[0, 1, 2]]))
    assert np.array_equal(found, np.zeros((4, 3)))


def test_a_move_that_keeps_a_mesh_s_shape_flips_no_face_and_a_mirror_all() -> None:
    vertices, faces = bumpy()
    moved = 0.5 * Rotation.from_euler("y", 0.8).apply(vertices) + 3.0
    assert not flipped(vertices, moved, faces).any()
    flat = vertices * [1, 1, 0] + np.array([0.0, 0, 1])
    front = faces[face_vectors(vertices, faces)[:, 2] > 0]
    assert not flipped(flat, flat + 1.0, front).any()
    assert flipped(flat, flat * [-1, 1, 1], front).all()


def test_a_face_that_has_become_a_line_counts_as_flipped() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    faces = np.array([[0, 1, 2], [1, 3, 2]])
    flat = vertices.copy()
    flat[0] = [0.5, 0.5, 0]
    assert flipped(vertices, flat, faces).tolist() == [True, False]
    assert turned_far(vertices, flat, faces).tolist() == [True, False]


@pytest.mark.parametrize(("degrees", "is_far"), [(0, False), (69, False), (71, True), (180, True)])
def test_a_turn_by_more_than_seventy_degrees_is_far(degrees: float, is_far: bool) -> None:
    """Whatever the sizes of the face are."""
    vertices = np.array([[0.0, 0, 0], [1e-3, 0, 0], [0, 2e-3, 0]])
    turn = Rotation.from_euler("x", degrees, degrees=True)
    moved = 40.0 * turn.apply(vertices) + [1, 2, 3]
    assert turned_far(vertices, moved, np.array([[0, 1, 2]])).tolist() == [is_far]

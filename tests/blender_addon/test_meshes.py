"""Arrays become a valid, smooth mesh that faces outwards."""

from typing import Any

import numpy as np
import pytest
from mathutils import Vector

from ..in_blender import part
from .session_runs import generate, head


def test_the_mesh_is_valid_smooth_and_faces_outwards(session: Any) -> None:
    generate()
    mesh = head().data
    assert not mesh.validate(verbose=True)
    assert all(polygon.use_smooth for polygon in mesh.polygons)
    middle = sum((vertex.co for vertex in mesh.vertices), Vector()) / len(mesh.vertices)
    outwards = [face.normal.dot(face.center - middle) > 0 for face in mesh.polygons]
    assert np.mean(outwards) > 0.99


def test_shading_follows_the_mesh_when_it_is_sculpted(session: Any) -> None:
    generate()
    assert not head().data.has_custom_normals


def test_faces_of_three_and_four_corners_stand_in_one_mesh(session: Any) -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [2, 0, 1]], np.float32)
    faces = np.array([[0, 1, 2, 3], [1, 4, 2, -1]], np.int32)
    uvs = np.arange(16, dtype=np.float32).reshape(2, 4, 2) / 16
    mesh = part("meshes").fill_mesh("Two", points, faces, uvs)
    assert [list(polygon.vertices) for polygon in mesh.polygons] == [[0, 1, 2, 3], [1, 4, 2]]
    found = [tuple(uv.vector) for uv in mesh.uv_layers["UVMap"].uv]
    assert found == [tuple(uv) for uv in uvs.reshape(-1, 2)[:7].tolist()]
    assert len(mesh.edges) == 6
    assert not mesh.validate()


def test_a_mesh_stands_about_its_origin_in_scene_units(session: Any) -> None:
    """The tip of a nose at (0.01, 1.6, 0.12) of the field frame, from the neck at (0, -0.02, 1.4)."""
    head = part("head_file").HeadFile(
        np.array([[0.01, 1.6, 0.12], [0.07, 1.5, 0.0], [0.0, 1.7, 0.0]], np.float32),
        np.array([[0, 1, 2]], np.int32),
        np.zeros((1, 3, 2), np.float32),
    )
    origin = np.array([0.0, -0.02, 1.4], np.float32)
    mesh = part("meshes").make_mesh("Head", head, origin, 100.0)
    assert tuple(mesh.vertices[0].co) == pytest.approx((1.0, -10.0, 20.0), abs=1e-4)

"""Whatever ails a mesh is left out at the door, and its faces are turned outwards."""

from __future__ import annotations

import time

import numpy as np
import pytest
import trimesh

from backend.errors import HeadsmithError
from backend.rig.head_topology import HeadTopology
from backend.rig.usable_mesh import faces_inwards, usable_mesh
from backend.wire.requests import ErrorCode
from tests.backend.rig.test_target_mesh import ball


def test_an_empty_mesh_is_no_head() -> None:
    with pytest.raises(HeadsmithError) as caught:
        usable_mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int64))
    assert caught.value.code is ErrorCode.NO_HEAD


def test_a_mesh_of_nan_is_no_head() -> None:
    vertices, faces = ball()
    with pytest.raises(HeadsmithError):
        usable_mesh(np.full_like(vertices, np.nan), faces)


def test_a_nan_takes_only_its_own_faces_along() -> None:
    vertices, faces = ball()
    vertices[5] = np.nan
    mesh = usable_mesh(vertices, faces)
    assert np.isfinite(mesh.vertices).all()
    assert len(mesh.faces) == (faces != 5).all(axis=1).sum()


def test_a_vertex_pulled_far_away_is_left_out() -> None:
    vertices, faces = ball(0.1)
    vertices[5] = (0.0, 50.0, 0.0)
    mesh = usable_mesh(vertices, faces)
    assert len(mesh.faces) == (faces != 5).all(axis=1).sum()
    assert np.abs(mesh.vertices[np.unique(mesh.faces)]).max() < 0.11


def test_inverted_faces_are_turned_outwards() -> None:
    vertices, faces = ball()
    mesh = usable_mesh(vertices + 7.0, faces[:, ::-1])
    assert mesh.is_turned.all()
    assert trimesh.Trimesh(vertices, mesh.faces, process=False).volume > 0


def test_what_lies_at_corners_turns_with_its_faces() -> None:
    vertices, faces = ball()
    is_turned = np.arange(len(faces)) % 3 == 0
    given = np.where(is_turned[:, None], faces[:, ::-1], faces)
    mesh = usable_mesh(vertices, given)
    assert np.array_equal(mesh.is_turned, is_turned)
    assert np.array_equal(mesh.of_corners(vertices[given]), vertices[mesh.faces])


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_head_that_is_open_at_its_neck_is_turned_outwards(
    topology: HeadTopology, share: float
) -> None:
    """Its linings of mouth and sockets included, whatever share of its faces is turned."""
    skin = topology.part_triangles("skin")
    is_turned = np.random.default_rng(0).random(len(skin)) < share
    given = np.where(is_turned[:, None], skin[:, ::-1], skin)
    assert np.array_equal(faces_inwards(topology.vertices.astype(np.float64), given), is_turned)


def test_triangles_without_common_vertices_are_turned_outwards(topology: HeadTopology) -> None:
    outer = topology.triangles[topology.is_outer_skin[topology.triangles].all(axis=1)]
    soup = topology.vertices[outer[:, ::-1]].reshape(-1, 3).astype(np.float64)
    assert faces_inwards(soup, np.arange(len(soup)).reshape(-1, 3)).all()


@pytest.mark.parametrize("is_inverted", [True, False])
def test_the_inner_shell_of_a_hollow_head_keeps_its_side(is_inverted: bool) -> None:
    outer, inner = ball(), ball(0.8)
    vertices = np.concatenate([outer[0], inner[0]])
    faces = np.concatenate([outer[1], inner[1][:, ::-1] + len(outer[0])])
    given = faces[:, ::-1] if is_inverted else faces
    assert (faces_inwards(vertices, given) == is_inverted).all()


def test_a_card_that_is_seen_from_both_sides_stays_as_it_is() -> None:
    card = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    assert not faces_inwards(card, faces).any()
    assert not faces_inwards(card, faces[:, ::-1]).any()


def test_three_hundred_thousand_faces_take_seconds() -> None:
    vertices, faces = ball(subdivisions=7)
    start = time.process_time()
    assert len(usable_mesh(vertices, faces[:, ::-1]).faces) == len(faces)
    assert time.process_time() - start < 10.0

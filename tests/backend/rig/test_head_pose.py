"""Where a head is in a mesh: by its landmarks exactly, and what of the mesh lies around it."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.errors import HeadsmithError
from backend.rig.head_pose import (
    UserMesh,
    around_head,
    find_head,
    pointed_vertices,
    search_seconds,
)
from backend.rig.head_topology import Floats, HeadTopology
from backend.rig.pose import Similarity
from backend.rig.target_mesh import sample_surface
from backend.wire.requests import ErrorCode
from backend.wire.rig_names import LANDMARKS

Wide = NDArray[np.float64]

HERE = Similarity(1.0, np.eye(3), np.zeros(3))
PLACES = [
    HERE,
    Similarity(1000.0, np.diag([1.0, -1.0, -1.0]), np.array([30.0, -70.0, 500.0])),
    Similarity(0.02, Rotation.from_euler("xyz", [0.5, 2.0, -1.0]).as_matrix(), np.array([9.0, 8, 7])),
]  # fmt: skip


def outer_mesh(topology: HeadTopology) -> tuple[Wide, NDArray[np.int64]]:
    faces = topology.triangles[topology.is_outer_skin[topology.triangles].all(axis=1)]
    return topology.vertices.astype(np.float64), faces.astype(np.int64)


def ignore(share: float) -> None:
    pass


def test_landmarks_lie_where_their_names_say(topology: HeadTopology) -> None:
    place = dict(zip(LANDMARKS, topology.vertices[pointed_vertices(topology)], strict=True))
    assert place["left eye"][0] > 0.02 and place["right eye"][0] < -0.02
    heights = [place[name][1] for name in ("left eye", "nose tip", "mouth", "chin")]
    assert heights == sorted(heights, reverse=True)
    assert place["nose tip"][2] == topology.vertices[topology.is_outer_skin, 2].max()


def test_a_mesh_of_which_nothing_is_seen_is_no_head(topology: HeadTopology) -> None:
    vertices, faces = outer_mesh(topology)
    with pytest.raises(HeadsmithError) as caught:  # so small that its triangles have no normals
        find_head(topology, UserMesh(1e-30 * vertices, faces, None), ignore)
    assert caught.value.code is ErrorCode.NO_HEAD


def test_landmarks_of_both_sides_mirror_each_other(topology: HeadTopology) -> None:
    left, right, *middle = topology.vertices[pointed_vertices(topology)]
    assert left * [-1, 1, 1] == pytest.approx(right, abs=1e-3)
    assert np.abs(np.array(middle)[:, 0]).max() < 0.004


@pytest.mark.parametrize("place", PLACES)
def test_landmarks_of_the_mean_head_give_its_pose_exactly(
    topology: HeadTopology, place: Similarity
) -> None:
    vertices, faces = outer_mesh(topology)
    landmarks = place.apply(vertices[pointed_vertices(topology)])
    shares: list[float] = []
    mesh = UserMesh(place.apply(vertices), faces, landmarks)
    cloud, pose = find_head(topology, mesh, shares.append)
    assert pose.scale == pytest.approx(place.scale)
    assert pose.angle_to(place) < 1e-6
    assert pose.shift == pytest.approx(place.shift, abs=1e-6 * place.scale)
    assert shares == [0.0]
    # The points are the mesh's own, wherever it is.
    back = place.inverse().apply(cloud.points)
    assert len(back) > 30_000
    assert (back > vertices.min(axis=0) - 1e-6).all() and (back < vertices.max(axis=0) + 1e-6).all()


def test_another_head_s_landmarks_give_its_pose_nearly(
    topology: HeadTopology, true_heads: Floats
) -> None:
    vertices = true_heads[3].astype(np.float64)
    mesh = UserMesh(vertices, outer_mesh(topology)[1], vertices[pointed_vertices(topology)])
    _, pose = find_head(topology, mesh, ignore)
    assert pose.scale == pytest.approx(1.0, abs=0.15)
    assert np.degrees(pose.angle_to(HERE)) < 10.0


def test_finding_a_head_is_repeated_to_the_last_bit(topology: HeadTopology) -> None:
    vertices, faces = outer_mesh(topology)
    mesh = UserMesh(vertices, faces, vertices[pointed_vertices(topology)])
    first, second = (find_head(topology, mesh, ignore)[0] for _ in range(2))
    assert np.array_equal(first.points, second.points)
    assert np.array_equal(first.normals, second.normals)


def test_a_search_takes_much_longer_than_landmarks(topology: HeadTopology) -> None:
    landmarks = topology.vertices[pointed_vertices(topology)]
    assert search_seconds(None) > 10.0 * search_seconds(landmarks) > 0.0


@pytest.mark.parametrize("place", PLACES)
def test_a_body_is_left_out_and_the_whole_head_kept(
    topology: HeadTopology, place: Similarity
) -> None:
    vertices, faces = outer_mesh(topology)
    bottom = float(vertices[faces].min(axis=(0, 1))[1])
    body = trimesh.creation.icosphere(4).apply_scale((0.22, 0.4, 0.15))
    body.apply_translation([0.0, bottom - 0.42, -0.05])
    both = np.concatenate([vertices, body.vertices])
    joined = np.concatenate([faces, np.asarray(body.faces) + len(vertices)])
    mesh = UserMesh(place.apply(both), joined, None)
    cloud = sample_surface(mesh.vertices, joined, 20_000, np.random.default_rng(0))
    near = place.inverse().apply(around_head(topology, mesh, cloud, place).points)
    assert near[:, 1].min() > bottom - 0.05
    assert near.max(axis=0) == pytest.approx(vertices[faces].max(axis=(0, 1)), abs=0.01)
    # As many points as ever, now all on the head.
    assert len(near) > 30_000


def test_a_head_alone_is_taken_as_it_is(topology: HeadTopology) -> None:
    vertices, faces = outer_mesh(topology)
    cloud = sample_surface(vertices, faces, 5_000, np.random.default_rng(0))
    assert around_head(topology, UserMesh(vertices, faces, None), cloud, HERE) is cloud


def test_where_hardly_a_face_lies_around_the_head_everything_is_taken(
    topology: HeadTopology,
) -> None:
    vertices, faces = outer_mesh(topology)
    far = Similarity(1.0, np.eye(3), np.array([5.0, 0, 0]))
    cloud = sample_surface(vertices, faces, 5_000, np.random.default_rng(0))
    assert around_head(topology, UserMesh(vertices, faces, None), cloud, far) is cloud

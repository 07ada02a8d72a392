"""Meshes of heads are wrapped wherever they are and whatever ails them; other meshes are refused."""

from typing import Any

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.bench.rig_truths import random_placement, remesh
from backend.errors import HeadsmithError
from backend.rig.head_pose import pointed_vertices
from backend.rig.head_topology import Floats, HeadTopology
from backend.rig.mesh_fit import wrap_mesh
from backend.rig.pose import Similarity
from backend.rig.usable_mesh import usable_mesh
from backend.wire.requests import ErrorCode

Mesh = tuple[NDArray[np.floating[Any]], NDArray[np.integer[Any]]]


@pytest.fixture(scope="module")
def head(topology: HeadTopology, true_heads: Floats) -> Mesh:
    return remesh(topology, true_heads[0])


@pytest.fixture(scope="module")
def landmarks(topology: HeadTopology, true_heads: Floats) -> NDArray[np.floating[Any]]:
    return true_heads[0][pointed_vertices(topology)].astype(np.float64)


def error_mm(
    topology: HeadTopology,
    truth: Floats,
    mesh: Mesh,
    put: Similarity,
    pointed: NDArray[np.floating[Any]] | None,
) -> float:
    """Mean error of the outer skin after wrapping the mesh that was put somewhere."""
    places = None if pointed is None else put.apply(pointed)
    usable = usable_mesh(put.apply(mesh[0]), mesh[1])
    fit = wrap_mesh(topology, usable.vertices, usable.faces, places)
    back = put.inverse().apply(fit.pose.apply(fit.vertices.astype(np.float64)))
    return float(1000 * np.linalg.norm(back - truth, axis=1)[topology.is_outer_skin].mean())


def test_an_upside_down_head_in_millimetres_is_found(
    topology: HeadTopology, true_heads: Floats, head: Mesh
) -> None:
    put = Similarity(1000.0, np.diag([1.0, -1.0, -1.0]), np.array([30.0, -70.0, 500.0]))
    assert error_mm(topology, true_heads[0], head, put, None) < 1.0


def test_landmarks_give_the_pose(
    topology: HeadTopology, true_heads: Floats, head: Mesh, landmarks: NDArray[np.floating[Any]]
) -> None:
    put = random_placement(np.random.default_rng(8))
    assert error_mm(topology, true_heads[0], head, put, landmarks) < 1.0


def test_inverted_faces_with_shells_holes_and_nan_are_wrapped(
    topology: HeadTopology, true_heads: Floats, head: Mesh, landmarks: NDArray[np.floating[Any]]
) -> None:
    """Half of the back is missing, balls float in the eyes, a shell lies inside, one vertex has no place."""
    vertices, faces = head[0].copy(), head[1]
    middles = vertices[faces].mean(axis=1)
    faces = faces[~((middles[:, 2] < -0.09) & (middles[:, 0] > 0.0))]
    shells = [(vertices, faces)]
    for middle, radius in (
        (true_heads[0][topology.eyes[0]].mean(axis=0), 0.011),
        ([0, 0, -0.06], 0.03),
    ):
        ball = trimesh.creation.icosphere(subdivisions=3, radius=radius)
        shells.append((np.array(ball.vertices) + middle, np.array(ball.faces)))
    starts = np.cumsum([0] + [len(v) for v, _ in shells])
    joined = np.concatenate([v for v, _ in shells])
    triangles = np.concatenate([f + start for (_, f), start in zip(shells, starts, strict=False)])
    joined[faces[100, 0]] = np.nan
    mesh = joined, triangles[:, ::-1]
    put = random_placement(np.random.default_rng(9))
    assert error_mm(topology, true_heads[0], mesh, put, landmarks) < 1.5


def ellipsoid(
    radii: tuple[float, float, float], middle: NDArray[np.floating[Any]]
) -> trimesh.Trimesh:
    ball = trimesh.creation.icosphere(subdivisions=5)
    return ball.apply_scale(radii).apply_translation(middle)


def on_body(topology: HeadTopology, head: Floats, *bodies: trimesh.Trimesh) -> Mesh:
    """Visible skin and eyes of a head, and what stands below its neck."""
    outer = topology.triangles[topology.is_outer_skin[topology.triangles].all(axis=1)]
    skin = np.concatenate([outer, topology.part_triangles("eyes")])
    joined = trimesh.util.concatenate([trimesh.Trimesh(head, skin, process=False), *bodies])
    assert isinstance(joined, trimesh.Trimesh)
    return np.array(joined.vertices, np.float64), np.array(joined.faces)


def test_shoulders_change_neither_place_nor_size(
    topology: HeadTopology, true_heads: Floats, landmarks: NDArray[np.floating[Any]]
) -> None:
    neck = true_heads[0][topology.neck_ring].mean(axis=0)
    mesh = on_body(
        topology,
        true_heads[0],
        *(ellipsoid((0.12, 0.13, 0.12), neck + np.array([x, -0.13, 0.0])) for x in (-0.12, 0.12)),
    )
    put = random_placement(np.random.default_rng(10))
    fit = wrap_mesh(topology, put.apply(mesh[0]), mesh[1], put.apply(landmarks))
    assert fit.pose.scale == pytest.approx(put.scale, rel=0.15)
    back = put.inverse().apply(fit.pose.apply(fit.vertices.astype(np.float64)))
    face = topology.is_outer_skin & (topology.vertices[:, 1] > -0.1)
    assert 1000 * np.linalg.norm(back - true_heads[0], axis=1)[face].mean() < 1.5


@pytest.mark.slow
def test_a_body_gets_no_face_on_its_trunk(topology: HeadTopology, true_heads: Floats) -> None:
    neck = true_heads[1][topology.neck_ring].mean(axis=0)
    body = ellipsoid((0.225, 0.6, 0.14), neck - [0.0, 0.58, 0.0])
    mesh = on_body(topology, true_heads[1], body)
    with pytest.raises(HeadsmithError, match="select the head alone") as caught:
        wrap_mesh(topology, *mesh)
    assert caught.value.code is ErrorCode.NO_HEAD


def test_a_head_without_a_face_is_refused(
    topology: HeadTopology, true_heads: Floats, landmarks: NDArray[np.floating[Any]]
) -> None:
    """Neck, ears and the back of the head are true."""
    smooth = true_heads[0].astype(np.float64)
    front = topology.is_outer_skin & (smooth[:, 1] > -0.11) & (smooth[:, 2] > 0.0)
    middle, radii = np.array([0.0, 0.0, 0.0]), np.array([0.075, 0.125, 0.11])
    towards = (smooth[front] - middle) / radii
    smooth[front] = middle + towards / np.linalg.norm(towards, axis=1, keepdims=True) * radii
    outer = topology.triangles[topology.is_outer_skin[topology.triangles].all(axis=1)]
    with pytest.raises(HeadsmithError, match="does not fit a face where the landmarks are"):
        wrap_mesh(topology, smooth, outer, landmarks)


@pytest.mark.parametrize("shape", ["cube", "ball", "ring", "chair"])
def test_other_meshes_are_no_heads(
    topology: HeadTopology, landmarks: NDArray[np.floating[Any]], shape: str
) -> None:
    """Even where the user says where the face is."""
    mesh = _other(shape)
    with pytest.raises(HeadsmithError) as caught:
        wrap_mesh(topology, np.array(mesh.vertices), np.array(mesh.faces), landmarks)
    assert caught.value.code is ErrorCode.NO_HEAD
    assert caught.value.user_text.count(".") == 1
    assert "point at" not in caught.value.user_text
    assert "where the landmarks are (" in caught.value.user_text


def _other(shape: str) -> trimesh.Trimesh:
    """About as large as a head and around where its face would be."""
    if shape == "ball":
        return trimesh.creation.icosphere(subdivisions=4, radius=0.1).apply_translation(
            [0, 0, -0.06]
        )
    if shape == "ring":
        return trimesh.creation.torus(0.08, 0.04).apply_translation([0, 0, -0.02])
    cube = trimesh.creation.box((0.16, 0.2, 0.18)).apply_translation([0, -0.03, -0.06])
    parts = [cube.subdivide_to_size(0.02)]
    if shape == "chair":
        for x in (-0.07, 0.07):
            leg = trimesh.creation.box((0.02, 0.2, 0.02)).apply_translation([x, -0.2, 0.02])
            parts.append(leg)
    joined = trimesh.util.concatenate(parts)
    assert isinstance(joined, trimesh.Trimesh)
    return joined

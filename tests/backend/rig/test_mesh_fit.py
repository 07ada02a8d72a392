"""Meshes of heads are wrapped wherever they are and whatever ails them; other meshes are refused."""

from typing import Any

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.bench.rig_truths import random_placement, remesh
from backend.errors import HeadsmithError
from backend.rig.head_template import Floats, HeadTemplate
from backend.rig.mesh_fit import pointed_vertices, wrap_mesh
from backend.rig.pose import Similarity
from backend.wire.requests import (
    ErrorCode,
)
from backend.wire.rig_names import (
    LANDMARKS,
)

Mesh = tuple[NDArray[np.floating[Any]], NDArray[np.integer[Any]]]


@pytest.fixture(scope="module")
def head(template: HeadTemplate, true_heads: Floats) -> Mesh:
    return remesh(template, true_heads[0])


@pytest.fixture(scope="module")
def landmarks(template: HeadTemplate, true_heads: Floats) -> NDArray[np.floating[Any]]:
    return true_heads[0][pointed_vertices(template)].astype(np.float64)


def error_mm(
    template: HeadTemplate,
    truth: Floats,
    mesh: Mesh,
    put: Similarity,
    pointed: NDArray[np.floating[Any]] | None,
) -> float:
    """Mean error of the outer skin after wrapping the mesh that was put somewhere."""
    places = None if pointed is None else put.apply(pointed)
    fit = wrap_mesh(template, put.apply(mesh[0]), mesh[1], places)
    back = put.inverse().apply(fit.pose.apply(fit.vertices.astype(np.float64)))
    return float(1000 * np.linalg.norm(back - truth, axis=1)[template.is_outer_skin].mean())


def test_landmarks_lie_where_their_names_say(template: HeadTemplate) -> None:
    place = dict(zip(LANDMARKS, template.vertices[pointed_vertices(template)], strict=True))
    assert place["left eye"][0] > 0.02 and place["right eye"][0] < -0.02
    heights = [place[name][1] for name in ("left eye", "nose tip", "mouth", "chin")]
    assert heights == sorted(heights, reverse=True)
    assert place["nose tip"][2] == template.vertices[template.is_outer_skin, 2].max()


def test_an_upside_down_head_in_millimetres_is_found(
    template: HeadTemplate, true_heads: Floats, head: Mesh
) -> None:
    put = Similarity(1000.0, np.diag([1.0, -1.0, -1.0]), np.array([30.0, -70.0, 500.0]))
    assert error_mm(template, true_heads[0], head, put, None) < 1.0


def test_landmarks_give_the_pose(
    template: HeadTemplate, true_heads: Floats, head: Mesh, landmarks: NDArray[np.floating[Any]]
) -> None:
    put = random_placement(np.random.default_rng(8))
    assert error_mm(template, true_heads[0], head, put, landmarks) < 1.0


def test_inverted_faces_with_shells_holes_and_nan_are_wrapped(
    template: HeadTemplate, true_heads: Floats, head: Mesh, landmarks: NDArray[np.floating[Any]]
) -> None:
    """Half of the back is missing, balls float in the eyes, a shell lies inside, one vertex has no place."""
    vertices, faces = head[0].copy(), head[1]
    middles = vertices[faces].mean(axis=1)
    faces = faces[~((middles[:, 2] < -0.09) & (middles[:, 0] > 0.0))]
    shells = [(vertices, faces)]
    for middle, radius in (
        (true_heads[0][template.eyes[0]].mean(axis=0), 0.011),
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
    assert error_mm(template, true_heads[0], mesh, put, landmarks) < 1.5


@pytest.mark.parametrize("shape", ["cube", "ball", "ring", "chair"])
def test_other_meshes_are_no_heads(
    template: HeadTemplate, landmarks: NDArray[np.floating[Any]], shape: str
) -> None:
    """Even where the user says where the face is."""
    mesh = _other(shape)
    with pytest.raises(HeadsmithError) as caught:
        wrap_mesh(template, np.array(mesh.vertices), np.array(mesh.faces), landmarks)
    assert caught.value.code is ErrorCode.NO_HEAD
    assert caught.value.user_text.count(".") == 1


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

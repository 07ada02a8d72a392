"""Decimation keeps the topology and the shape."""

from typing import Any

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.head_mesh import genus, is_closed
from backend.surface.decimate import decimate
from backend.surface.extract import extract_surface
from tests.backend.surface.fields import RADIUS, KnownField, bust, sphere, torus

Surface = tuple[NDArray[np.float64], NDArray[np.int64]]
SURFACES = {solid.__name__: solid for solid in (sphere, torus, bust)}


@pytest.fixture(scope="module", params=SURFACES)
def surface(request: pytest.FixtureRequest) -> Surface:
    return extract_surface(KnownField(SURFACES[request.param]), 64)


@pytest.mark.parametrize("target", [4000, 1000])
def test_the_count_is_met_and_the_mesh_stays_closed_with_its_genus(
    surface: Surface, target: int
) -> None:
    vertices, faces = surface
    fewer_vertices, fewer = decimate(vertices, faces, target)
    assert target - 2 < len(fewer) <= target
    assert is_closed(fewer)
    assert genus(fewer) == genus(faces)
    mesh = trimesh.Trimesh(fewer_vertices, fewer, process=False)
    assert mesh.is_volume
    assert len(mesh.split()) == 1
    assert count_vertex_fans(fewer) == len(fewer_vertices) == len(np.unique(fewer))


def count_vertex_fans(faces: NDArray[np.integer[Any]]) -> int:
    """Groups of faces around vertices that hang together by edges: one for each vertex of a manifold."""
    corner_of = {}
    for face, corners in enumerate(faces):
        for i in range(3):
            corner_of[(corners[i], corners[(i + 1) % 3])] = (face, i)
    parent = list(range(3 * len(faces)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for (a, b), (face, i) in corner_of.items():
        other, j = corner_of[(b, a)]
        parent[root(3 * face + i)] = root(3 * other + (j + 1) % 3)
        parent[root(3 * face + (i + 1) % 3)] = root(3 * other + j)
    return len({root(i) for i in range(len(parent))})


def test_a_sphere_of_a_thousand_faces_is_still_round() -> None:
    vertices, faces = decimate(*extract_surface(KnownField(sphere), 64), 1000)
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    assert np.linalg.norm(vertices, axis=1) == pytest.approx(RADIUS, abs=2e-3)
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.01)
    assert np.degrees(mesh.face_adjacency_angles).max() < 40
    assert np.degrees(np.percentile(mesh.face_angles.min(axis=1), 5)) > 20


def test_flat_parts_are_left_with_the_fewest_faces() -> None:
    box = trimesh.creation.box().subdivide_to_size(0.06)
    vertices, faces = decimate(np.asarray(box.vertices), np.asarray(box.faces), 400)
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    assert len(faces) <= 400
    assert mesh.is_volume
    assert mesh.volume == pytest.approx(1.0, rel=0.02)


def test_no_edge_is_collapsed_that_would_close_a_handle() -> None:
    _, faces = decimate(*extract_surface(KnownField(torus), 64), 4)
    assert is_closed(faces)
    assert genus(faces) == 1
    assert len(faces) >= 14  # no triangulation of a torus has fewer


def test_a_mesh_with_few_faces_is_left_alone() -> None:
    solid = trimesh.creation.icosphere(1)
    vertices, faces = decimate(np.asarray(solid.vertices), np.asarray(solid.faces), 500)
    np.testing.assert_array_equal(vertices, solid.vertices)
    np.testing.assert_array_equal(faces, solid.faces)


def test_the_same_mesh_gives_the_same_bytes_and_is_not_changed(surface: Surface) -> None:
    vertices, faces = surface
    copies = vertices.copy(), faces.copy()
    first, second = (decimate(vertices, faces, 2000) for _ in range(2))
    assert first[0].tobytes() == second[0].tobytes()
    assert first[1].tobytes() == second[1].tobytes()
    np.testing.assert_array_equal(vertices, copies[0])
    np.testing.assert_array_equal(faces, copies[1])


def test_progress_ends_at_one_and_an_exception_from_it_cancels(surface: Surface) -> None:
    shares: list[float] = []
    decimate(*surface, 2000, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0

    def cancel(_share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        decimate(*surface, 2000, cancel)

"""Surfaces of known solids."""

from typing import Any

import numpy as np
import pytest
import torch
import trimesh
from numpy.typing import NDArray
from torch import Tensor

from backend.head_mesh import count_components, genus, is_closed, signed_volumes
from backend.surface.extract import extract_surface, extract_surface_dense, largest_part
from backend.surface.field import EmptySurfaceError
from tests.backend.surface.fields import (
    ELLIPSOID_VOLUME,
    RADIUS,
    SPHERE_VOLUME,
    TORUS_VOLUME,
    KnownField,
    Solid,
    ball,
    bust,
    ellipsoid,
    ellipsoid_with_blobs,
    sphere,
    torus,
)

RESOLUTION = 96
CELL = 1.0 / RESOLUTION


def test_a_sphere_comes_back_with_its_radius_and_volume() -> None:
    vertices, faces = extract_surface(KnownField(sphere), RESOLUTION)
    radius = np.linalg.norm(vertices, axis=1)
    assert np.abs(radius - RADIUS).max() < 0.06 * CELL
    assert signed_volumes(vertices, faces).sum() == pytest.approx(SPHERE_VOLUME, rel=2e-3)


def test_a_torus_has_genus_one() -> None:
    vertices, faces = extract_surface(KnownField(torus), RESOLUTION)
    assert is_closed(faces)
    assert genus(faces) == 1
    assert signed_volumes(vertices, faces).sum() == pytest.approx(TORUS_VOLUME, rel=1e-2)
    assert np.ptp(vertices, axis=0) == pytest.approx([0.68, 0.18, 0.68], abs=0.2 * CELL)


def test_floating_blobs_and_inner_voids_are_dropped() -> None:
    vertices, faces = extract_surface(KnownField(ellipsoid_with_blobs), RESOLUTION)
    assert count_components(faces) == 1
    assert signed_volumes(vertices, faces).sum() == pytest.approx(ELLIPSOID_VOLUME, rel=5e-3)
    assert np.abs(vertices).max(axis=0) == pytest.approx([0.2, 0.33, 0.27], abs=0.2 * CELL)


@pytest.mark.parametrize("solid", [sphere, torus, bust, ellipsoid_with_blobs])
def test_the_surface_is_a_closed_oriented_manifold_without_thin_triangles(solid: Solid) -> None:
    vertices, faces = extract_surface(KnownField(solid), RESOLUTION)
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    assert is_closed(faces)
    assert mesh.is_volume
    assert len(np.unique(vertices.round(9), axis=0)) == len(vertices)
    assert mesh.area_faces.min() > 1e-4 * CELL**2


def test_a_noise_field_still_gives_a_manifold() -> None:
    def noise(points: Tensor) -> Tensor:
        wild = torch.sin(points @ torch.tensor([[91.0, 17.0, 55.0], [33.0, 83.0, 21.0]]).T * 3)
        return ellipsoid(points) + 0.6 * wild.prod(dim=1)

    _, faces = extract_surface(KnownField(noise), 64)
    assert is_closed(faces)
    assert genus(faces) > 0


def test_what_leaves_the_box_is_cut_flat_at_its_face() -> None:
    vertices, faces = extract_surface(KnownField(bust), RESOLUTION)
    assert is_closed(faces)
    assert -0.5 <= vertices[:, 1].min() < -0.5 + 0.1 * CELL
    normals = trimesh.Trimesh(vertices, faces, process=False).face_normals
    is_cap = (vertices[faces][:, :, 1] < -0.5 + 0.1 * CELL).all(axis=1)
    assert (normals[is_cap] @ [0.0, -1.0, 0.0] > 0.999).all()


@pytest.mark.parametrize("solid", [bust, torus, ellipsoid_with_blobs])
def test_the_dense_reference_finds_the_same_triangles(solid: Solid) -> None:
    sparse = extract_surface(KnownField(solid), RESOLUTION)
    dense = extract_surface_dense(KnownField(solid), RESOLUTION)
    triangles = [set(map(tuple, np.round(triangle_keys(*mesh), 6))) for mesh in (sparse, dense)]
    assert len(triangles[0]) == len(sparse[1])
    assert triangles[0] == triangles[1]


def triangle_keys(
    vertices: NDArray[np.floating[Any]], faces: NDArray[np.integer[Any]]
) -> NDArray[np.floating[Any]]:
    """The corners [F,9] of each triangle in their order, beginning with the smallest x, then y, then z."""
    corners = np.round(vertices, 6)[faces]
    ranks = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)[1].reshape(-1, 3)
    first = ranks.argmin(axis=1)[:, None]
    order = (first + np.arange(3)) % 3
    return np.take_along_axis(corners, order[:, :, None], axis=1).reshape(-1, 9)


def test_x_y_and_z_are_not_swapped() -> None:
    field = KnownField(lambda points: ball(points, (0.1, 0.2, -0.3), 0.12))
    vertices, _ = extract_surface(field, 64)
    assert vertices.mean(axis=0) == pytest.approx([0.1, 0.2, -0.3], abs=1e-3)


def test_a_void_alone_is_an_empty_surface() -> None:
    sphere_mesh = trimesh.creation.icosphere()
    with pytest.raises(EmptySurfaceError):
        largest_part(np.asarray(sphere_mesh.vertices), np.asarray(sphere_mesh.faces)[:, ::-1])


def test_the_same_field_gives_the_same_bytes() -> None:
    first, second = (extract_surface(KnownField(bust), RESOLUTION) for _ in range(2))
    assert first[0].tobytes() == second[0].tobytes()
    assert first[1].tobytes() == second[1].tobytes()

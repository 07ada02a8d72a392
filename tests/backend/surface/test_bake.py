"""Colours of known fields in the texture."""

from typing import Any

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.errors import HeadsmithError
from backend.surface.bake import SurfaceColors, bake_albedo
from backend.surface.project import project_to_surface
from backend.surface.texels import MARGIN, LocatedTexels, UvMesh, locate_texels
from tests.backend.surface.fields import DARK, LIGHT, RADIUS, KnownField, checker, gradient, sphere

SIDE = 256


def octant() -> tuple[
    NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]
]:
    """A coarse piece of the sphere: vertices, faces, normals and UVs, flattened along z."""
    solid = trimesh.creation.icosphere(3)
    directions = np.asarray(solid.vertices)
    faces = np.asarray(solid.faces)
    faces = faces[(directions[faces][:, :, 2] > 0.3).all(axis=1)]
    uvs = 0.5 + 0.45 * directions[faces][:, :, :2]
    return directions * RADIUS, faces, directions, uvs.astype(np.float32)


def located(field: KnownField) -> LocatedTexels:
    mesh = UvMesh(*octant())
    return locate_texels(mesh, SIDE, lambda p, n: project_to_surface(field, p, n, 0.02))


def bake(field: KnownField) -> NDArray[np.uint8]:
    return bake_albedo(SurfaceColors(field), UvMesh(*octant()), located(field))


def at_uv(picture: NDArray[np.uint8], uv: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Colours [N,3] of the texels at uv [N,2], v upwards."""
    return picture[((1 - uv[:, 1]) * SIDE).astype(int), (uv[:, 0] * SIDE).astype(int)]


def test_every_texel_has_the_colour_of_the_sphere_above_it() -> None:
    picture = bake(KnownField(sphere, gradient))
    x, y = np.meshgrid(np.linspace(-0.6, 0.6, 50), np.linspace(-0.6, 0.6, 50))
    x, y = x.ravel(), y.ravel()
    direction = np.stack([x, y, np.sqrt(1 - x**2 - y**2)], axis=1)
    colors = at_uv(picture, 0.5 + 0.45 * direction[:, :2]) / 255.0
    # Flat faces are up to 4 % of the radius off the sphere in z; the colours are not.
    assert np.abs(colors - (direction * RADIUS + 0.5)).max() < 0.006


def test_a_checker_comes_back_with_its_two_greys_only() -> None:
    picture = bake(KnownField(sphere, checker))
    _, _, _, uvs = octant()
    colors = at_uv(picture, uvs.mean(axis=1))
    assert set(np.unique(colors)) == {round(DARK * 255), round(LIGHT * 255)}


def test_charts_go_on_over_their_edges() -> None:
    picture = bake(KnownField(sphere, gradient))
    _, faces, normals, _ = octant()
    rim = normals[np.unique(faces)]
    rim = rim[rim[:, 2] < rim[:, 2].min() + 0.02]
    outward = rim[:, :2] / np.linalg.norm(rim[:, :2], axis=1, keepdims=True)
    for texels in (1, MARGIN // 2, MARGIN - 2):
        beyond = at_uv(picture, 0.5 + 0.45 * rim[:, :2] + outward * texels / SIDE) / 255.0
        assert np.abs(beyond - (rim * RADIUS + 0.5)).max() < 0.05


def test_the_rest_has_the_mean_colour() -> None:
    picture = bake(KnownField(sphere, gradient))
    assert (picture[:5, :5] == picture[0, 0]).all()
    assert np.abs(picture[0, 0] / 255.0 - (0.5, 0.5, 0.5 + 0.65 * RADIUS)).max() < 0.05


def test_the_picture_is_bytes_with_the_side_asked_for() -> None:
    picture = bake(KnownField(sphere, gradient))
    assert picture.shape == (SIDE, SIDE, 3)
    assert picture.dtype == np.uint8


def test_colours_that_are_not_numbers_blame_the_weights() -> None:
    with pytest.raises(HeadsmithError, match="not numbers"):
        bake(KnownField(sphere, lambda points: points * float("nan")))


def test_an_exception_from_the_progress_cancels() -> None:
    def cancel(_share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        field = KnownField(sphere)
        bake_albedo(SurfaceColors(field), UvMesh(*octant()), located(field), cancel)

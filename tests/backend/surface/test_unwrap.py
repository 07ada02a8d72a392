"""UVs of known surfaces."""

from typing import Any

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.errors import HeadsmithError
from backend.surface.decimate import decimate
from backend.surface.extract import extract_surface
from backend.surface.unwrap import MAX_FACES, smooth_vertices, unwrap_uvs, uv_coverage
from backend.surface.uv_rasteriser import rasterise_uvs
from tests.backend.surface.fields import KnownField, bust

SIDE = 512
Shape = tuple[NDArray[np.float64], NDArray[np.int64]]
Uvs = NDArray[np.float32]


@pytest.fixture(scope="module")
def shape() -> Shape:
    return decimate(*extract_surface(KnownField(bust), 64), 3000)


@pytest.fixture(scope="module")
def uvs(shape: Shape) -> Uvs:
    return unwrap_uvs(*shape, SIDE)


def chart_count(faces: NDArray[np.integer[Any]], uvs: Uvs) -> int:
    corners = np.concatenate([faces.reshape(-1, 1), uvs.reshape(-1, 2)], axis=1)
    _, labels = np.unique(corners, axis=0, return_inverse=True)
    return trimesh.graph.connected_component_labels(
        np.concatenate([labels.reshape(-1, 3)[:, [0, 1]], labels.reshape(-1, 3)[:, [1, 2]]])
    ).max() + 1  # fmt: skip


def test_every_corner_has_a_uv_inside_the_texture(shape: Shape, uvs: Uvs) -> None:
    assert uvs.shape == (len(shape[1]), 3, 2)
    assert uvs.dtype == np.float32
    assert uvs.min() >= 0.0
    assert uvs.max() <= 1.0


def test_a_head_has_few_charts_that_fill_much_of_the_texture(shape: Shape, uvs: Uvs) -> None:
    assert chart_count(shape[1], uvs) <= 40
    assert uv_coverage(uvs) > 0.4


def test_no_two_triangles_overlap(uvs: Uvs) -> None:
    # A texel's centre strictly inside two triangles would be an overlap.
    corners = uvs.astype(np.float64) * SIDE
    hits = np.zeros((SIDE, SIDE), int)
    for triangle in corners:
        low, high = np.floor(triangle.min(0)).astype(int), np.ceil(triangle.max(0)).astype(int)
        x, y = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
        sides = [
            (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])
            for a, b in zip(triangle, np.roll(triangle, -1, axis=0), strict=True)
        ]
        inside = np.all(np.array(sides) > 1e-6, axis=0) | np.all(np.array(sides) < -1e-6, axis=0)
        np.add.at(hits, (y[inside].astype(int), x[inside].astype(int)), 1)
    assert (hits > 1).sum() <= 1e-4 * hits.sum()


def test_neighbouring_charts_keep_a_distance(uvs: Uvs) -> None:
    texels = rasterise_uvs(uvs, SIDE)
    assert len(texels.flat) / SIDE**2 < uv_coverage(uvs) + 0.08


def test_the_same_mesh_gets_the_same_uvs(shape: Shape, uvs: Uvs) -> None:
    assert unwrap_uvs(*shape, SIDE).tobytes() == uvs.tobytes()


def test_too_many_faces_are_refused_with_what_to_do() -> None:
    faces = np.zeros((MAX_FACES + 1, 3), np.int64)
    with pytest.raises(HeadsmithError, match="at most 100000; ask for fewer faces"):
        unwrap_uvs(np.zeros((3, 3)), faces, SIDE)


def test_smoothing_rounds_a_cube_off_around_its_middle() -> None:
    cube = trimesh.creation.box()
    smooth = smooth_vertices(np.asarray(cube.vertices), np.asarray(cube.faces), 20)
    assert np.linalg.norm(smooth, axis=1).max() < 0.5 * np.linalg.norm(cube.vertices, axis=1).max()
    assert smooth.mean(axis=0) == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)

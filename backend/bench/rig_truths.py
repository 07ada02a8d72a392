"""Heads whose template vertices are known, as meshes that know nothing of the template."""

from __future__ import annotations

import mcubes
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ..rig.head_template import HeadTemplate
from ..rig.mesh_math import face_vectors
from ..rig.pose import Similarity
from ..rig.target_mesh import sample_surface

Wide = NDArray[np.float64]

CELL_M = 0.0015
_COARSE = 4  # cells
_BAND = 1.8  # coarse cells
_SAMPLES = 250_000


def remesh(template: HeadTemplate, vertices: NDArray[np.float32]) -> tuple[Wide, NDArray[np.int64]]:
    """Skin and eyeballs of a head [V,3] in metres as one closed surface of new triangles.

    Marching cubes over the signed distance: shared vertices, edges and their order are all gone.
    """
    faces = np.concatenate(
        [template.part_triangles("skin"), template.part_triangles("eyes"), _lid(template)]
    )
    cloud = sample_surface(vertices, faces, _SAMPLES, np.random.default_rng(0))
    tree = cKDTree(cloud.points)
    low = vertices.min(axis=0) - 4 * CELL_M
    shape = np.ceil((vertices.max(axis=0) + 4 * CELL_M - low) / CELL_M / _COARSE).astype(int) + 1
    coarse = _distance(
        tree, cloud.points, cloud.normals, _grid(shape) * CELL_M * _COARSE + low
    ).reshape(shape)
    near = np.abs(coarse) < _BAND * CELL_M * _COARSE
    fine_shape = (shape - 1) * _COARSE + 1
    values = np.repeat(np.repeat(np.repeat(coarse, _COARSE, 0), _COARSE, 1), _COARSE, 2)
    close = np.repeat(np.repeat(np.repeat(near, _COARSE, 0), _COARSE, 1), _COARSE, 2)
    crop = tuple(slice(0, n) for n in fine_shape)
    values, close = values[crop].copy(), close[crop]
    values[close] = _distance(tree, cloud.points, cloud.normals, np.argwhere(close) * CELL_M + low)
    found, triangles = mcubes.marching_cubes(values, 0.0)
    return found * CELL_M + low, triangles[:, ::-1].astype(np.int64)  # outside is positive


def random_placement(rng: np.random.Generator) -> Similarity:
    """Any rotation, a scale as between metres and inches, a shift."""
    return Similarity(
        float(np.exp(rng.uniform(-1, 4))),
        Rotation.from_quat(rng.standard_normal(4)).as_matrix(),
        rng.uniform(-5, 5, 3),
    )


def _lid(template: HeadTemplate) -> NDArray[np.int64]:
    """A fan of triangles that closes the neck, facing down."""
    ring = template.neck_ring.astype(np.int64)
    fan = np.stack([np.full(len(ring) - 2, ring[0]), ring[1:-1], ring[2:]], axis=1)
    down = face_vectors(template.vertices, fan).sum(axis=0)[1]
    return fan if down < 0 else fan[:, ::-1]


def _grid(shape: NDArray[np.int64]) -> Wide:
    return (
        np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
        .reshape(-1, 3)
        .astype(float)
    )


def _distance(tree: cKDTree, points: Wide, normals: Wide, places: Wide) -> Wide:
    """Signed distance [N], positive outside."""
    away, near = tree.query(places, workers=1)
    return away * np.sign(((places - points[near]) * normals[near]).sum(axis=1))

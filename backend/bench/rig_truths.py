"""Heads whose topology vertices are known, as meshes that know nothing of the topology."""

from __future__ import annotations

import mcubes
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ..rig.head_topology import HeadTopology
from ..rig.mesh_math import face_vectors
from ..rig.pose import Similarity
from ..rig.target_mesh import sample_surface

Wide = NDArray[np.float64]
Indices = NDArray[np.int64]

CELL_M = 0.0015
_BAND = 3  # cells beside the surface whose distance is measured
_SAMPLES = 250_000
_MARGIN = 4  # cells around the head


def remesh(topology: HeadTopology, vertices: NDArray[np.float32]) -> tuple[Wide, Indices]:
    """Skin and eyeballs of a head [V,3] in metres as one closed surface of new triangles.

    Marching cubes over the signed distance: shared vertices, edges and their order are all gone.
    """
    faces = np.concatenate(
        [topology.part_triangles("skin"), topology.part_triangles("eyes"), _lid(topology)]
    )
    low = vertices.min(axis=0).astype(np.float64) - _MARGIN * CELL_M
    shape = tuple(
        int(n) for n in np.ceil((vertices.max(axis=0) - low) / CELL_M).astype(int) + _MARGIN
    )
    inside = fill(vertices.astype(np.float64), faces, low, shape)
    values = np.where(inside, -1.0, 1.0) * _BAND * CELL_M
    near = np.argwhere(_beside_changes(inside))
    cloud = sample_surface(vertices, faces, _SAMPLES, np.random.default_rng(0))
    away = cKDTree(cloud.points).query(near * CELL_M + low)[0]
    places = tuple(near.T)
    values[places] = np.where(inside[places], -1.0, 1.0) * np.minimum(away, _BAND * CELL_M)
    found, triangles = mcubes.marching_cubes(values, 0.0)
    outward = triangles[:, ::-1].astype(np.int64)  # outside is positive
    return found * CELL_M + low, outward


def fill(vertices: Wide, faces: Indices, low: Wide, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """[X,Y,Z] whether grid points lie inside: rays along z count the faces that they enter and leave."""
    corners = (vertices[faces] - low) / CELL_M
    # Off the grid by less than anybody sees, so that no ray meets an edge.
    corners[..., :2] += (1.3e-5, 2.7e-5)
    turns = np.zeros((*shape[:2], shape[2] + 1), np.int32)
    for a, b, c in corners:
        x0, y0 = np.ceil(np.minimum(np.minimum(a, b), c)[:2]).astype(int)
        x1, y1 = np.floor(np.maximum(np.maximum(a, b), c)[:2]).astype(int)
        if x1 < x0 or y1 < y0:
            continue
        area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
        if abs(area) < 1e-12:
            continue
        x, y = np.meshgrid(np.arange(x0, x1 + 1), np.arange(y0, y1 + 1), indexing="ij")
        second = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) / area
        third = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) / area
        hit = (second >= 0) & (third >= 0) & (second + third <= 1)
        height = a[2] + second[hit] * (b[2] - a[2]) + third[hit] * (c[2] - a[2])
        level = np.ceil(height).astype(int).clip(0, shape[2])
        # A face that looks down z is entered by a ray that goes up.
        np.add.at(turns, (x[hit], y[hit], level), -1 if area > 0 else 1)
    return np.asarray(np.cumsum(turns[..., :-1], axis=2) > 0)


def _beside_changes(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells within the band of a border between inside and outside."""
    border = np.zeros_like(inside)
    for axis in range(3):
        changes = np.diff(inside, axis=axis)
        head = [slice(None)] * 3
        head[axis] = slice(0, -1)
        border[tuple(head)] |= changes
    return np.asarray(binary_dilation(border, iterations=_BAND))


def random_placement(rng: np.random.Generator) -> Similarity:
    """Any rotation, a scale as between metres and inches, a shift."""
    return Similarity(
        float(np.exp(rng.uniform(-1, 4))),
        Rotation.from_quat(rng.standard_normal(4)).as_matrix(),
        rng.uniform(-5, 5, 3),
    )


def _lid(topology: HeadTopology) -> Indices:
    """A fan of triangles that closes the neck, facing down."""
    ring = topology.neck_ring.astype(np.int64)
    fan = np.stack([np.full(len(ring) - 2, ring[0]), ring[1:-1], ring[2:]], axis=1)
    down = face_vectors(topology.vertices, fan).sum(axis=0)[1]
    return fan if down < 0 else fan[:, ::-1]

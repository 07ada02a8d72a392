"""The texels of a mesh's texture, and which point of a surface each shows: what every map is baked from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from .grid import BATCH, OnProgress
from .uv_rasteriser import rasterise_uvs

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Bytes = NDArray[np.uint8]
# Points [N,3] of a mesh with its unit normals [N,3] there -> the points [N,3] of the surface that is baked.
Settle = Callable[[Floats, Floats], Floats]

MARGIN = 8  # texels around every chart that repeat its edge
NEIGHBOURS = ((0, -1), (-1, 0), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))


@dataclass(frozen=True)
class UvMesh:
    """A triangle mesh to bake maps for; any mesh with UVs, in the units of what is baked.

    Convention: UV (0,0) is the lower left corner of the texture, v runs upwards; row 0 of a map is its top.
    """

    vertices: Floats  # [V,3]
    faces: Indices  # [F,3]
    normals: NDArray[np.floating[Any]]  # [V,3] unit, those that it is shaded with
    corner_uvs: NDArray[np.float32]  # [F,3,2]


@dataclass(frozen=True)
class LocatedTexels:
    """The texels that charts cover, in the order of rows and columns, and what they show."""

    side: int
    size: float  # of a texel on the mesh, on average, in the mesh's units
    flat: NDArray[np.int32]  # [N] row * side + column
    face: NDArray[np.int32]  # [N]
    weights: NDArray[np.float32]  # [N,3] of the face's corners
    points: NDArray[np.float32]  # [N,3] on the surface that is baked
    # [side*side] of the N whose value each texel takes: its own, that of the chart within `MARGIN`, or -1
    source: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.face)

    def batches(self) -> list[slice]:
        """Slices of the N texels, small enough to work on at once."""
        return [slice(start, start + BATCH) for start in range(0, len(self), BATCH)]

    def grid(self, stride: int) -> list[Indices]:
        """Every `stride`th texel of every `stride`th row, as indices among the N in batches."""
        stride = max(1, stride)
        rows, columns = self.flat // self.side, self.flat % self.side
        kept = np.flatnonzero((rows % stride == 0) & (columns % stride == 0))
        return [kept[start : start + BATCH] for start in range(0, len(kept), BATCH)]

    def interpolate(
        self, corners: NDArray[np.floating[Any]], batch: slice | Indices
    ) -> NDArray[np.float32]:
        """Values [F,3,K] at corners of faces -> [M,K] at the texels of the batch."""
        weights, face = self.weights[batch], self.face[batch]
        total = corners[face, 0].astype(np.float32) * weights[:, :1]
        for corner in (1, 2):
            total += corners[face, corner].astype(np.float32) * weights[:, corner : corner + 1]
        return np.asarray(total, np.float32)

    def average(
        self, values: NDArray[np.float32], shares: NDArray[np.float32], deviation: float
    ) -> NDArray[np.float32]:
        """Values [N,C] averaged within charts, weighted by shares [N]; 0 where all shares around are 0.

        Args:
            deviation: standard deviation of the distance of what is averaged, in the mesh's units.
        """
        width = _window(deviation / self.size)
        if width == 1:
            return values
        averaged = np.zeros_like(values)
        total = self._sum_around(shares, width)
        for channel in range(values.shape[1]):
            around = self._sum_around(values[:, channel] * shares, width)
            averaged[:, channel] = around / np.maximum(total, 1e-6)
        return averaged

    def _sum_around(self, values: NDArray[np.float32], width: int) -> NDArray[np.float32]:
        """Of values [N], with a box of this odd width that is moved twice."""
        picture = np.zeros(self.side * self.side, np.float32)
        picture[self.flat] = values
        picture = picture.reshape(self.side, self.side)
        for _ in range(2):
            picture = uniform_filter(picture, width, mode="constant")
        return np.asarray(picture.reshape(-1)[self.flat])

    def paint(self, values: Bytes, background: Bytes) -> Bytes:
        """Values [N,C] or [N] and what lies beside all charts [C] or [] -> the map [side,side,C] or [side,side]."""
        picture = np.concatenate([values, background[None]])[self.source]
        return picture.reshape(self.side, self.side, *values.shape[1:])


def locate_texels(
    mesh: UvMesh, side: int, settle: Settle | None = None, on_progress: OnProgress | None = None
) -> LocatedTexels:
    """What every texel of a texture [side,side] of the mesh shows.

    Args:
        settle: moves points of the mesh onto the surface that is baked; None bakes the mesh's own points.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    texels = rasterise_uvs(mesh.corner_uvs, side)
    located = LocatedTexels(
        side,
        _texel_size(mesh, len(texels.flat)),
        texels.flat.astype(np.int32),
        texels.face.astype(np.int32),
        texels.weights.astype(np.float32),
        np.zeros((len(texels.flat), 3), np.float32),
        _sources(texels.flat, side),
    )
    corners, normals = mesh.vertices[mesh.faces], mesh.normals[mesh.faces]
    for batch in located.batches():
        weights, face = texels.weights[batch, :, None], texels.face[batch]
        points = np.asarray((corners[face] * weights).sum(axis=1))
        if settle is not None:
            outward = located.interpolate(normals, batch).astype(np.float64)
            outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-12)
            points = settle(points, outward)
        located.points[batch] = points
        if on_progress is not None:
            on_progress(min(1.0, batch.stop / len(located)))
    return located


def _texel_size(mesh: UvMesh, count: int) -> float:
    corners = mesh.vertices[mesh.faces]
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = float(np.linalg.norm(doubled, axis=1).sum()) / 2.0
    return math.sqrt(max(area, 1e-30) / max(count, 1))


def _window(deviation: float) -> int:
    """The odd width of the box that has this standard deviation when it is moved twice."""
    return 2 * round((math.sqrt(6.0 * deviation**2 + 1.0) - 1.0) / 2.0) + 1


def _sources(flat: Indices, side: int) -> NDArray[np.int32]:
    """Texels [N] row * side + column of charts -> `LocatedTexels.source`."""
    source = np.full(side * side, -1, np.int32)
    source[flat] = np.arange(len(flat), dtype=np.int32)
    edge = flat
    for _ in range(MARGIN):
        reached = [np.zeros(0, np.int64)]
        for row_step, column_step in NEIGHBOURS:
            rows, columns = edge // side + row_step, edge % side + column_step
            is_inside = (rows >= 0) & (rows < side) & (columns >= 0) & (columns < side)
            near = edge[is_inside]
            target = near + row_step * side + column_step
            is_new = source[target] < 0
            near, target = near[is_new], target[is_new]
            source[target] = source[near]
            reached.append(target)
        edge = np.concatenate(reached)
    return source

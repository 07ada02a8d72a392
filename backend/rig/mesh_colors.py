"""The colours of a textured mesh, found for points near it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .mesh_math import Anywhere, Ints, face_vectors, faces_at
from .pose import Similarity
from .seen_colors import SeenColors
from .usable_mesh import usable_mesh

Wide = NDArray[np.float64]

_SAMPLES = 400_000
_NORMAL_SHARE = (
    0.004  # of the mesh's size: how far away a sample seems whose normal is turned by a radian
)
_FACING = 0.2  # cosine below which the nearest sample lies on another side
_THREADS = 2
_REACH = 0.08  # of the mesh's size, beyond which nothing is known
_ROUNDING = 1e-6  # by which interpolated UVs miss the edge of a picture


@dataclass(frozen=True)
class _Samples:
    """Points spread over a mesh."""

    face: NDArray[np.int64]  # [N]
    normals: Wide  # [N,3]
    by_place: cKDTree
    by_normal: cKDTree  # by place and normal


@dataclass(frozen=True)
class TexturedMesh:
    """A mesh with a picture or colours at its corners, in a frame of its own; without either it is grey.

    Convention: UVs have v upwards; row 0 of the picture is its top.
    """

    vertices: Wide  # [V,3]
    faces: Ints  # [F,3]
    corner_uvs: NDArray[np.float32] | None  # [F,3,2]
    picture: NDArray[np.uint8] | None  # [H,W,3] sRGB
    # [F,3,4] sRGB; where alpha is 0 the picture counts
    corner_colors: NDArray[np.uint8] | None = None

    def usable(self) -> TexturedMesh:
        """The mesh without outliers and degenerate faces, facing outwards. Raises HeadsmithError if nothing is left."""
        found = usable_mesh(self.vertices, self.faces)
        uvs, colors = self.corner_uvs, self.corner_colors
        return TexturedMesh(
            found.vertices,
            found.faces,
            None if uvs is None else found.of_corners(uvs),
            self.picture,
            None if colors is None else found.of_corners(colors),
        )

    @cached_property
    def _size(self) -> float:
        return float(np.linalg.norm(np.ptp(self.vertices, axis=0)))

    @cached_property
    def _samples(self) -> _Samples:
        face, weights = spread_points(self.vertices, self.faces, _SAMPLES, np.random.default_rng(0))
        points = (self.vertices[self.faces[face]] * weights[..., None]).sum(axis=1)
        across = face_vectors(self.vertices, self.faces)[face]
        normals = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-30)
        by_normal = cKDTree(np.concatenate([points, self._turn * normals], axis=1))
        return _Samples(face, normals, cKDTree(points), by_normal)

    @property
    def _turn(self) -> float:
        return _NORMAL_SHARE * self._size

    def _nearest(self, points: Wide, normals: Wide | None) -> tuple[Wide, NDArray[np.int64]]:
        """Distances [N] and samples [N]: the nearest ones, but of thin parts those that face the same way."""
        samples = self._samples
        away, near = samples.by_place.query(points, workers=_THREADS)
        if normals is None:
            return away, near
        astray = np.flatnonzero((samples.normals[near] * normals).sum(axis=1) < _FACING)
        if len(astray):
            features = np.concatenate([points[astray], self._turn * normals[astray]], axis=1)
            away[astray], near[astray] = samples.by_normal.query(features, workers=_THREADS)
        return away, near

    def colors(self, points: Wide, normals: Wide | None) -> SeenColors:
        """The colours at points [N,3] near the mesh, with unit normals [N,3] if it matters which side they are on."""
        away, near = self._nearest(points, normals)
        hit = self._samples.face[near]
        weights = barycentric(points, self.vertices[self.faces[hit]])[..., None]
        rgb = np.full((len(points), 3), 0.5, np.float32)
        if self.picture is not None and self.corner_uvs is not None:
            corners = self.corner_uvs[hit].astype(np.float64)
            # Whole numbers say how often the picture is repeated; within a repeat its edges are no neighbours.
            corners -= np.floor(corners.mean(axis=1, keepdims=True))
            rgb = sample_picture(self.picture, (corners * weights).sum(axis=1))
        if self.corner_colors is not None:
            own = (self.corner_colors[hit] * weights).sum(axis=1).astype(np.float32) / 255
            rgb = np.where(own[:, 3:] > 0.5, own[:, :3], rgb)
        return SeenColors(rgb, (away < _REACH * self._size).astype(np.float32))

    def placed_colors(self, pose: Similarity, points: Wide, normals: Wide) -> SeenColors:
        """The same for points and normals in the topology's frame, which `pose` moves to the mesh's."""
        return self.colors(pose.apply(points), pose.turn(normals))


def sample_picture(picture: NDArray[np.uint8], uvs: Wide) -> NDArray[np.float32]:
    """Bilinear colours [N,3] in 0..1 of a picture [H,W,3] at UVs [N,2]; what lies outside of 0..1 is repeated."""
    height, width = picture.shape[:2]
    is_outside = (uvs < -_ROUNDING) | (uvs > 1.0 + _ROUNDING)
    inside = np.where(is_outside, uvs % 1.0, uvs.clip(0.0, 1.0))
    column = (inside[:, 0] * width - 0.5).clip(0, width - 1)
    row = ((1.0 - inside[:, 1]) * height - 0.5).clip(0, height - 1)
    left, top = column.astype(np.int64), row.astype(np.int64)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (column - left)[:, None], (row - top)[:, None]
    upper = picture[top, left] * (1 - across) + picture[top, right] * across
    lower = picture[bottom, left] * (1 - across) + picture[bottom, right] * across
    return np.asarray((upper * (1 - down) + lower * down) / 255, np.float32)


def spread_points(
    vertices: Anywhere, faces: Ints, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], Wide]:
    """Points spread evenly over triangles [F,3]: their faces [N] and weights [N,3]."""
    shares = (np.arange(count) + rng.random(count)) / count
    face = faces_at(np.linalg.norm(face_vectors(vertices, faces), axis=1), shares)
    return face, rng.dirichlet((1.0, 1.0, 1.0), count)


def barycentric(points: Wide, corners: Wide) -> Wide:
    """Weights [N,3] of the places of triangles [N,3,3] below points [N,3], moved into them."""
    a, b, c = (corners[:, k] for k in range(3))
    normal = np.cross(b - a, c - a)
    double = np.maximum((normal**2).sum(axis=1), 1e-30)
    second = (np.cross(points - a, c - a) * normal).sum(axis=1) / double
    third = (np.cross(b - a, points - a) * normal).sum(axis=1) / double
    weights = np.stack([1 - second - third, second, third], axis=1).clip(0, 1)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))

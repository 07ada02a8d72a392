"""Any head mesh as a cloud of oriented points, in which the nearest fitting one is quickly found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..errors import HeadsmithError
from ..wire.requests import (
    ErrorCode,
)
from .mesh_math import Anywhere, Ints, face_vectors, faces_at, vertex_normals

Wide = NDArray[np.float64]

NORMAL_SHARE = (
    0.15  # of the cloud's size: how far away a point seems whose normal is turned by a radian
)
_RELIEF_RADII = (0.16, 0.4)  # of the cloud's size
_RELIEF_POINTS = 3000  # of which the neighbourhoods consist
_DIRECTIONS = 42  # from which a point may be seen
_CELL = 2.5  # mean distances of points: the width of what a point hides


@dataclass(frozen=True)
class PointCloud:
    """Points spread over a surface, with outward unit normals, in no order."""

    points: Wide  # [N,3]
    normals: Wide  # [N,3]

    @cached_property
    def size(self) -> float:
        """Root of the mean squared distance from the middle."""
        return float(np.sqrt(((self.points - self.points.mean(axis=0)) ** 2).sum(axis=1).mean()))

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self._features(self.points, self.normals))

    def _features(self, points: Wide, normals: Wide) -> Wide:
        return np.concatenate([points, NORMAL_SHARE * self.size * normals], axis=1)

    def nearest(self, points: Wide, normals: Wide) -> Ints:
        """Indices [M] of the points that are near and face the same way."""
        return np.asarray(self._tree.query(self._features(points, normals))[1])

    def relief_at(self, size: float) -> Wide:
        """[N,R] how far the neighbourhood lies above (hollows) or below (bulges) each point, at some scales.

        It depends on neither pose nor, for heads of this size, scale: noses and eyes are told from skulls by it.
        """
        sparse = self.sparser(_RELIEF_POINTS).points
        tree = cKDTree(sparse)
        columns = []
        for share in _RELIEF_RADII:
            radius = share * size
            near = tree.query_ball_point(self.points, radius, return_sorted=False)
            counts = np.array([len(found) for found in near], np.int64)
            others = np.fromiter((i for found in near for i in found), np.int64, counts.sum())
            owner = np.repeat(np.arange(len(near)), counts)
            heights = ((sparse[others] - self.points[owner]) * self.normals[owner]).sum(axis=1)
            total = np.bincount(owner, heights, len(near))
            columns.append(total / np.maximum(counts, 1) / radius)
        return np.stack(columns, axis=1)

    def sparser(self, count: int) -> PointCloud:
        """At most `count` of the points."""
        kept = slice(0, min(count, len(self.points)))
        return PointCloud(self.points[kept], self.normals[kept])

    def seen(self) -> PointCloud:
        """The points that are seen from some side: none inside a mouth, behind eyes, of an inner shell."""
        if not len(self.points):
            return self
        cell = _CELL * np.sqrt(4 * np.pi * self.size**2 / len(self.points))
        is_seen = np.zeros(len(self.points), np.bool_)
        for direction in even_directions(_DIRECTIONS):
            is_seen |= self._seen_from(direction, cell)
        return PointCloud(self.points[is_seen], self.normals[is_seen])

    def _seen_from(self, direction: Wide, cell: float) -> NDArray[np.bool_]:
        is_before = self.points @ direction > nearest_depths(self.points, direction, cell) - cell
        return is_before & (self.normals @ direction > 0.1)


def nearest_depths(points: Wide, direction: Wide, cell: float) -> Wide:
    """[N] how near the nearest of points [N,3] comes to a viewer in that direction, in the cell of each point."""
    across = np.linalg.svd(direction[None])[2][1:]  # two axes of the picture
    depth, most = points @ direction, np.full(len(points), -np.inf)
    # A cell may hold no point of what hides; two that overlap seldom do.
    for shift in (0.0, 0.5):
        pixels = np.floor(points @ across.T / cell + shift).astype(np.int64)
        pixels -= pixels.min(axis=0)
        place = pixels[:, 0] * (int(pixels[:, 1].max()) + 1) + pixels[:, 1]
        nearest = np.full(int(place.max()) + 1, -np.inf)
        np.maximum.at(nearest, place, depth)
        most = np.maximum(most, nearest[place])
    return most


def no_head_error(detail: str, at_landmarks: str = "") -> HeadsmithError:
    """That a mesh shows no face, or why there is none where the user pointed at it."""
    sentence = (
        "No head was found in this mesh: select the head alone, without body and clothes, or point at its eyes, "
        "nose, mouth and chin."
    )
    if at_landmarks:
        sentence = (
            f"The mesh does not fit a face where the landmarks are ({at_landmarks}): select the head alone, without "
            "body and clothes, or another mesh that shows a whole face."
        )
    return HeadsmithError(ErrorCode.NO_HEAD, sentence, detail)


def even_directions(count: int) -> Wide:
    """[count,3] unit vectors spread evenly over the sphere (a Fibonacci spiral)."""
    index = np.arange(count) + 0.5
    height = 1 - 2 * index / count
    turn = np.pi * (1 + np.sqrt(5.0)) * index
    around = np.sqrt(1 - height**2)
    return np.stack([around * np.cos(turn), height, around * np.sin(turn)], axis=1)


def sample_surface(
    vertices: Anywhere, faces: Ints, count: int, rng: np.random.Generator
) -> PointCloud:
    """Points spread evenly over triangles [F,3], with normals smooth over the mesh."""
    areas = np.linalg.norm(face_vectors(vertices, faces), axis=1)
    # Evenly spaced shares of the area with a jitter: fewer holes than independent draws leave.
    shares = (np.arange(count) + rng.random(count)) / count
    face = faces_at(areas, shares)
    first, second = rng.random((2, count))
    over = first + second > 1
    first, second = np.where(over, 1 - first, first), np.where(over, 1 - second, second)
    weights = np.stack([1 - first - second, first, second], axis=1)[..., None]
    corners = faces[face]
    points = (vertices[corners].astype(np.float64) * weights).sum(axis=1)
    normals = (vertex_normals(vertices, faces)[corners] * weights).sum(axis=1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    order = rng.permutation(count)
    return PointCloud(points[order], normals[order])

"""Normals and areas of the topology's meshes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Anywhere = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Wide = NDArray[np.float64]

_FAR_TURN = np.cos(np.radians(70.0))


def face_vectors(vertices: Anywhere, faces: Ints) -> Wide:
    """[F,3] normals of triangles [F,3] with the length of twice their area."""
    a, b, c = (vertices[faces[:, k]].astype(np.float64) for k in range(3))
    return np.cross(b - a, c - a)


def vertex_normals(vertices: Anywhere, faces: Ints) -> Wide:
    """[V,3] area-weighted unit normals; zero where no face is."""
    across = face_vectors(vertices, faces)
    normals = np.zeros((len(vertices), 3))
    for axis in range(3):
        normals[:, axis] = np.bincount(faces.ravel(), np.repeat(across[:, axis], 3), len(vertices))
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 0, normals / np.maximum(length, 1e-30), 0.0)


def flipped(before: Anywhere, after: Anywhere, faces: Ints) -> NDArray[np.bool_]:
    """[F] faces that point the other way after a move; degenerate ones count."""
    agree = (face_vectors(before, faces) * face_vectors(after, faces)).sum(axis=1)
    return np.asarray(agree <= 0.0)


def turned_far(before: Anywhere, after: Anywhere, faces: Ints) -> NDArray[np.bool_]:
    """[F] faces whose normals a move turns by more than 70 degrees: soon they lie the other way."""
    first, second = face_vectors(before, faces), face_vectors(after, faces)
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.asarray((first * second).sum(axis=1) <= _FAR_TURN * lengths)


def faces_at(areas: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """The triangles [N] that lie at shares [N] in 0..1 of the whole area, laid side by side by their areas [F]."""
    ends = np.cumsum(areas)
    return np.searchsorted(ends, shares * ends[-1]).clip(0, len(areas) - 1)

"""The tangent frames that a normal map is drawn in: those of MikkTSpace, as renderers build them from UVs.

After Mikkelsen, "Simulation of Wrinkled Surfaces Revisited" (2008): the directions in which u grows are averaged,
weighted by angle, over the corners that share a vertex, a UV and a handedness.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .texels import UvMesh

Floats = NDArray[np.float64]


def corner_tangents(mesh: UvMesh) -> Floats:
    """Tangents [F,3,4] at the corners of faces: a unit vector across the normal, and the sign of the bitangent.

    Convention: the bitangent is sign * cross(normal, tangent) and points to where v grows.
    """
    corners, uvs = mesh.vertices[mesh.faces], mesh.corner_uvs.astype(np.float64)
    normals = mesh.normals[mesh.faces].astype(np.float64)  # [F,3,3]
    edges = corners[:, 1:] - corners[:, :1]
    steps = uvs[:, 1:] - uvs[:, :1]  # [F,2,2]
    area = steps[:, 0, 0] * steps[:, 1, 1] - steps[:, 0, 1] * steps[:, 1, 0]
    sign = np.where(area < 0.0, -1.0, 1.0)
    along_u = steps[:, 1, 1, None] * edges[:, 0] - steps[:, 0, 1, None] * edges[:, 1]
    along_u = _unit(along_u * sign[:, None])
    tangents = _unit(_across(along_u[:, None], normals)) * _angles(corners, normals)[..., None]
    group = _groups(mesh, sign)
    sums = [np.bincount(group, tangents[..., axis].reshape(-1)) for axis in range(3)]
    shared = _unit(np.stack(sums, axis=1).astype(np.float64))[group].reshape(tangents.shape)
    return np.concatenate([shared, np.broadcast_to(sign[:, None, None], (len(sign), 3, 1))], axis=2)


def _groups(mesh: UvMesh, sign: Floats) -> NDArray[np.int64]:
    """The number [3F] of the tangent that each corner shares."""
    uvs = np.ascontiguousarray(mesh.corner_uvs, np.float32).reshape(-1, 2)
    keys = np.stack(
        [
            mesh.faces.reshape(-1).astype(np.int64),
            uvs.view(np.int32)[:, 0].astype(np.int64),
            uvs.view(np.int32)[:, 1].astype(np.int64),
            np.repeat(sign, 3).astype(np.int64),
        ],
        axis=1,
    )
    _, group = np.unique(keys, axis=0, return_inverse=True)
    return np.asarray(group.reshape(-1))


def _angles(corners: Floats, normals: Floats) -> Floats:
    """Angles [F,3] between the edges at corners [F,3,3], seen along their normals [F,3,3]."""
    to_next = _unit(_across(np.roll(corners, -1, axis=1) - corners, normals))
    to_last = _unit(_across(np.roll(corners, 1, axis=1) - corners, normals))
    return np.asarray(np.arccos((to_next * to_last).sum(axis=2).clip(-1.0, 1.0)))


def _across(vectors: Floats, normals: Floats) -> Floats:
    """What of vectors [...,3] lies across normals [...,3]."""
    return np.asarray(vectors - normals * (vectors * normals).sum(axis=-1, keepdims=True))


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-30))

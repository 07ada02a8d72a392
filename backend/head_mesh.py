"""The mesh of a head: what extraction makes, files keep and Blender imports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from .errors import HeadsmithError
from .wire.requests import (
    ErrorCode,
)
from .wire.results import (
    MeshFigures,
)

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Anywhere = NDArray[np.floating[Any]]
AnyInts = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class HeadMesh:
    """A triangle mesh with shared vertices: seams of the texture are in the corners' UVs, not in the mesh.

    Convention: metres in the field frame (right-handed, y up, the face looks along +z); faces are
    counter-clockwise from outside; UV (0,0) is the lower left corner of the texture, v runs upwards.
    """

    vertices: Floats  # [V,3] metres
    faces: Ints  # [F,3]
    corner_uvs: Floats | None  # [F,3,2] in [0,1]
    normals: Floats  # [V,3] unit, outwards

    def __post_init__(self) -> None:
        _check_shape("vertices", self.vertices, (-1, 3))
        _check_shape("faces", self.faces, (-1, 3))
        _check_shape("normals", self.normals, self.vertices.shape)
        if self.corner_uvs is not None:
            _check_shape("corner_uvs", self.corner_uvs, (len(self.faces), 3, 2))

    def save(self, path: Path) -> None:
        """Write a .npz file."""
        arrays = {"vertices": self.vertices, "faces": self.faces, "normals": self.normals}
        if self.corner_uvs is not None:
            arrays["corner_uvs"] = self.corner_uvs
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path: Path) -> HeadMesh:
        """Read a file of `save`; raises HeadsmithError (JOB_FOLDER) if it is not one."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                uvs = arrays.get("corner_uvs")
                return cls(arrays["vertices"], arrays["faces"], uvs, arrays["normals"])
        except (OSError, KeyError, ValueError, BadZipFile, EOFError) as error:
            raise HeadsmithError(
                ErrorCode.JOB_FOLDER,
                f"{path} is not a mesh of Headsmith ({error}); make the head again.",
            ) from error

    def figures(self) -> MeshFigures:
        """What the report says of the mesh."""
        return MeshFigures(
            vertices=len(self.vertices),
            faces=len(self.faces),
            watertight=is_closed(self.faces),
            components=count_components(self.faces),
            genus=genus(self.faces),
            height_m=round(float(np.ptp(self.vertices[:, 1])), 6),
        )


def is_closed(faces: AnyInts) -> bool:
    """Whether every edge of the faces [F,3] has exactly two faces, which agree in their orientation."""
    edges = directed_edges(faces)
    size = int(faces.max(initial=0)) + 1
    forward = np.sort(edges[:, 0] * size + edges[:, 1])
    backward = np.sort(edges[:, 1] * size + edges[:, 0])
    is_repeated = len(forward) > 1 and bool((forward[1:] == forward[:-1]).any())
    return len(faces) > 0 and not is_repeated and np.array_equal(forward, backward)


def is_manifold(faces: AnyInts) -> bool:
    """Whether the faces [F,3] are closed and those around every vertex form one fan."""
    if not is_closed(faces):
        return False
    edges = directed_edges(faces)
    size, count = int(faces.max()) + 1, len(faces)
    face, side = np.tile(np.arange(count), 3), np.repeat(np.arange(3), count)
    start, end = 3 * face + side, 3 * face + (side + 1) % 3  # corners of an edge
    forward, backward = edges @ [size, 1], edges @ [1, size]
    opposite = np.empty(3 * count, np.int64)
    opposite[np.argsort(forward)] = np.argsort(backward)
    meeting = end[opposite]
    fans = component_of_vertices(np.stack([start, meeting, meeting], axis=1), 3 * count)
    return int(fans.max()) + 1 == len(np.unique(faces))


def neighbour_means(faces: AnyInts, count: int) -> csr_matrix:
    """[V,V] that averages values [V] over the neighbours of each of `count` vertices of faces [F,3]."""
    edges = directed_edges(faces)
    joined = csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (count, count))
    return diags(1.0 / np.maximum(np.asarray(joined.sum(axis=1)).ravel(), 1.0)) @ joined


def directed_edges(faces: AnyInts) -> NDArray[np.int64]:
    """Faces [F,3] -> their edges [3F,2] in the direction in which the face runs."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    return edges.astype(np.int64)


def count_components(faces: AnyInts) -> int:
    """Number of parts that share no vertex."""
    used = np.unique(faces)
    return len(np.unique(component_of_vertices(faces, int(faces.max(initial=-1)) + 1)[used]))


def component_of_vertices(faces: AnyInts, vertex_count: int) -> NDArray[np.int32]:
    """The number [V] of the part that each vertex belongs to, in the order of their first vertices."""
    # Every vertex points to one of its part with a lower number, if an edge leads there. The vertices at the
    # ends of these ways stand for all others, until no edge is left between two of them. Two edges are enough
    # to hold a face together.
    ends = np.arange(vertex_count, dtype=np.int32)
    first, second, third = (np.ascontiguousarray(corner) for corner in faces.T)
    edges = [(first, second), (second, third)]
    while edges:
        for one, other in edges:
            ends[np.maximum(one, other)] = np.minimum(one, other)
        while not np.array_equal(ends, further := ends[ends]):
            ends = further
        edges = [
            (one[apart], other[apart])
            for one, other in ((ends[one], ends[other]) for one, other in edges)
            if len(apart := np.flatnonzero(one != other))
        ]
    is_end = ends == np.arange(vertex_count)
    return np.asarray((np.cumsum(is_end, dtype=np.int32) - 1)[ends])


def genus(faces: AnyInts) -> int:
    """Number of handles of a manifold mesh, of all its parts together; open rims count as closed by discs."""
    edges = np.sort(directed_edges(faces), axis=1)
    size = int(faces.max(initial=0)) + 1
    keys, counts = np.unique(edges @ [size, 1], return_counts=True)
    start, end = np.divmod(keys[counts == 1], size)
    rims = count_components(np.stack([start, end, end], axis=1))
    euler = len(np.unique(faces)) - len(keys) + len(faces)
    return count_components(faces) - (euler + rims) // 2


def signed_volumes(vertices: Anywhere, faces: AnyInts) -> NDArray[np.float64]:
    """Of each face [F] the volume between it and the plane x = 0; over a closed part they sum to its volume."""
    x, y, z = (column[faces] for column in vertices.astype(np.float64).T)
    shadow = (y[:, 1] - y[:, 0]) * (z[:, 2] - z[:, 0]) - (y[:, 2] - y[:, 0]) * (z[:, 1] - z[:, 0])
    return np.asarray(shadow * (x[:, 0] + x[:, 1] + x[:, 2]) / 6.0)


def vertex_normals(vertices: Anywhere, faces: AnyInts) -> Floats:
    """Unit normals [V,3]: of the faces around a vertex, weighted by their angle there.

    These are the ones that Blender shades with, so a normal map for these fits there.
    """
    corners = vertices[faces].astype(np.float64)
    normals = _unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    sums = np.zeros((len(vertices), 3))
    for corner in range(3):
        one = _unit(corners[:, (corner + 1) % 3] - corners[:, corner])
        other = _unit(corners[:, (corner + 2) % 3] - corners[:, corner])
        angle = np.arccos((one * other).sum(axis=1).clip(-1.0, 1.0))
        for axis in range(3):
            sums[:, axis] += np.bincount(
                faces[:, corner], angle * normals[:, axis], minlength=len(vertices)
            )
    return _unit(sums).astype(np.float32)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-30))


def _check_shape(name: str, array: NDArray[np.generic], shape: tuple[int, ...]) -> None:
    is_right = array.ndim == len(shape) and all(
        wanted in (-1, given) for wanted, given in zip(shape, array.shape, strict=True)
    )
    if not is_right:
        raise ValueError(f"{name} of a mesh have the shape {array.shape}, but need {shape}")

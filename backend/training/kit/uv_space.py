"""The head's texels: where on the base mesh at rest each texel of its UV map lies."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt
from scipy.spatial import cKDTree

from .assets import Floats, HeadKit, Ints
from .neck import cut_neck

_MARGIN = 4  # texels around the islands, so that filtering finds no edge


class UvSpace:
    """The texels [N] of head, neck, eye sockets and mouth, in one fixed order.

    Points and normals are of the base mesh at rest: kit frame, y up, the face looks along +z, decimetres.
    """

    def __init__(self, kit: HeadKit, pixels: int) -> None:
        self.pixels = pixels
        self.mesh = kit.base
        self._faces = cut_neck(kit).faces
        corners, shares = _raster(self._faces, self.mesh.uvs, pixels)
        inside = corners[..., 0] >= 0
        wide = binary_dilation(inside, iterations=_MARGIN)
        nearest = distance_transform_edt(~inside, return_distances=False, return_indices=True)
        self._texels = np.flatnonzero(wide)
        source = np.ravel_multi_index(nearest.reshape(2, -1)[:, self._texels], inside.shape)
        self._corners: Ints = corners.reshape(-1, 3)[source]
        self._shares: Floats = shares.reshape(-1, 3)[source]

    def spread(self, values: Floats) -> Floats:
        """Values of base vertices [V] or [V,k] at the texels: [N] or [N,k]."""
        picked = values[self._corners]
        shares = self._shares if values.ndim == 1 else self._shares[..., None]
        spread: Floats = (picked * shares).sum(1).astype(np.float32)
        return spread

    def image(self, values: Floats) -> Floats:
        """Values of texels [N] as a picture [H,W], 0 elsewhere, row 0 at v = 1."""
        picture = np.zeros(self.pixels * self.pixels, np.float32)
        picture[self._texels] = values
        return picture.reshape(self.pixels, self.pixels)

    def values(self, picture: Floats) -> Floats:
        """The texels [N] or [N,k] of a picture [H,W] or [H,W,k]."""
        return picture.reshape(self.pixels * self.pixels, *picture.shape[2:])[self._texels]

    @cached_property
    def points(self) -> Floats:
        """[N,3]"""
        return self.spread(self.mesh.vertices)

    @cached_property
    def normals(self) -> Floats:
        """[N,3] unit length, outward."""
        normals = self.spread(vertex_normals(self.mesh.vertices, self._faces[:, :3]))
        unit: Floats = normals / (np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9)
        return unit

    @cached_property
    def outside(self) -> Floats:
        """[N] 1 where a texel is seen on a resting head, 0 in the mouth and behind the eyes."""
        rows, columns = np.divmod(self._texels, self.pixels)
        u, v = (columns + 0.5) / self.pixels, 1 - (rows + 0.5) / self.pixels
        in_mouth = (v < 0.142) & (u > 0.75)
        return (~(in_mouth | behind_eyes(u, v))).astype(np.float32)

    @cached_property
    def from_lids(self) -> Floats:
        """[N] distance to the nearest edge of an eye's lids, decimetres."""
        behind = behind_eyes(*self.mesh.uvs[self._faces[:, 3:]].mean(1).T)
        shared = np.intersect1d(self._faces[behind, :3], self._faces[~behind, :3])
        face = self._faces[~behind, :3]
        edges = np.concatenate([face[:, [0, 1]], face[:, [1, 2]], face[:, [2, 0]]])
        ends = self.mesh.vertices[edges[np.isin(edges, shared).all(1)]]
        steps = np.linspace(0, 1, 9)[:, None, None]
        line = (ends[:, 0] * (1 - steps) + ends[:, 1] * steps).reshape(-1, 3)
        return cKDTree(line).query(self.points)[0].astype(np.float32)

    @cached_property
    def cavity(self) -> Floats:
        """[N] how hollow the resting head is: 0 flat or bulging .. 1 in creases."""
        return self.spread(_hollowness(self.mesh.vertices, self._faces[:, :3]))


def behind_eyes(u: Floats, v: Floats) -> NDArray[np.bool_]:
    """Whether places of the UV map lie on the two islands of the eye sockets."""
    inside: NDArray[np.bool_] = (u < 0.16) & (v > 0.54) & (v < 0.64)
    return inside


def vertex_normals(vertices: Floats, corners: Ints) -> Floats:
    """Area-weighted unit normals [V,3] of a mesh with faces [F,3]; zero where no face is."""
    a, b, c = (vertices[corners[:, k]] for k in range(3))
    across = np.cross(b - a, c - a)
    normals = np.zeros((len(vertices), 3), np.float64)
    for k in range(3):
        np.add.at(normals, corners[:, k], across)
    unit: Floats = (normals / (np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12)).astype(
        np.float32
    )
    return unit


def _hollowness(vertices: Floats, corners: Ints) -> Floats:
    """Mean curvature's sign and size [V] by the neighbours' mean offset along the normal, at two scales."""
    normals = vertex_normals(vertices, corners)
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    edges = np.concatenate([edges, edges[:, ::-1]])
    count = np.bincount(edges[:, 0], minlength=len(vertices)).clip(1)[:, None]

    def mean_of_neighbours(values: Floats) -> Floats:
        total = np.zeros_like(values)
        np.add.at(total, edges[:, 0], values[edges[:, 1]])
        mean: Floats = (total / count).astype(np.float32)
        return mean

    smooth, hollow = vertices, np.zeros(len(vertices), np.float32)
    for step in range(8):
        smooth = mean_of_neighbours(smooth)
        if step in (1, 7):
            depth = ((smooth - vertices) * normals).sum(1)
            hollow += np.clip(depth / (0.02 if step == 1 else 0.06), 0, 1)
    return mean_of_neighbours(np.clip(hollow, 0, 1)[:, None])[:, 0]


def _raster(faces: Ints, uvs: Floats, pixels: int) -> tuple[Ints, Floats]:
    """Base vertices [P,P,3] and their shares [P,P,3] at every texel; -1 where no face is."""
    corners = np.full((pixels, pixels, 3), -1, np.int64)
    shares = np.zeros((pixels, pixels, 3), np.float32)
    for face in faces:
        place = uvs[face[3:]] * (1, -1) * pixels + (0, pixels)  # columns and rows
        low = np.floor(place.min(0)).astype(int)
        high = np.ceil(place.max(0)).astype(int)
        x, y = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
        (ax, ay), (bx, by), (cx, cy) = place
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if abs(area) < 1e-9:
            continue
        second = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
        third = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
        weights = np.stack([1 - second - third, second, third], axis=-1)
        rows, columns = np.nonzero((weights >= -1e-4).all(-1))
        corners[rows + low[1], columns + low[0]] = face[:3]
        shares[rows + low[1], columns + low[0]] = weights[rows, columns]
    return corners, shares

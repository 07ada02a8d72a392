"""The solid of one part of a head: outside the skin, under the part's share of the head's surface."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt, label, map_coordinates
from scipy.spatial import cKDTree
from torch import Tensor

from ..surface.field import Field
from .head_topology import HeadTopology
from .mesh_math import face_vectors
from .target_mesh import PointCloud, sample_surface

Wide = NDArray[np.float64]
Indices = NDArray[np.int64]

THREADS = 2  # that look for nearest points
_SKIN_SAMPLES = 60_000
_NEIGHBOURS = 4  # of a point, that say whether it belongs to a part
_NEAR = 0.01  # of the box's half: points so far outside need not be told how far exactly
_FAR_CELLS = 96  # of the box, along a side: what lies some of them away is looked up there
_EXACT_CELLS = 2.5
# Unit vectors to the faces and to the corners of a cube.
_WAYS = F.normalize(
    torch.tensor(
        [way for way in product((-1.0, 0.0, 1.0), repeat=3) if sum(map(abs, way)) in (1, 3)]
    )
)


class FarValues:
    """What samples say of points that are far from all of them: rough, but much faster than a search."""

    def __init__(self, samples: Wide, box_half: float) -> None:
        """samples [S,3] field units."""
        self._box_half = box_half
        places = self._places(samples).round().astype(np.int64).clip(0, _FAR_CELLS)
        sample = np.full((_FAR_CELLS + 1,) * 3, -1, np.int64)
        sample[tuple(places.T)] = np.arange(len(samples))
        nearest = distance_transform_edt(sample < 0, return_distances=False, return_indices=True)
        self.nearest = sample[tuple(nearest)].ravel()  # [G] index of a sample near each grid point
        self.reach = _EXACT_CELLS * 2.0 * box_half / _FAR_CELLS  # of an exact search

    @property
    def points(self) -> Wide:
        """[G,3] of the grid."""
        axis = np.linspace(-self._box_half, self._box_half, _FAR_CELLS + 1)
        return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)

    def read(self, values: Wide, points: Wide) -> Wide:
        """Values [G] of the grid, interpolated at points [N,3] -> [N]."""
        grid = values.reshape((_FAR_CELLS + 1,) * 3)
        found = map_coordinates(grid, self._places(points).T, order=1, mode="nearest")
        return np.asarray(found, np.float64)

    def nearest_to(self, points: Wide) -> Indices:
        """Points [N,3] -> indices [N] of samples that are near."""
        x, y, z = self._places(points).round().astype(np.int64).clip(0, _FAR_CELLS).T
        side = _FAR_CELLS + 1
        return np.asarray(self.nearest[(x * side + y) * side + z])

    def signs(self, walls: Wide, near_walls: Wide) -> Wide:
        """[G] -1 where samples [S,3] of a closed surface enclose the grid's points, 1 outside.

        Args:
            near_walls: [G] numbers whose sign holds beside the surface.
        """
        is_wall = np.zeros((_FAR_CELLS + 1,) * 3, np.bool_)
        is_wall[tuple(self._places(walls).round().astype(np.int64).clip(0, _FAR_CELLS).T)] = True
        is_wall = binary_dilation(is_wall)  # eyelids and lips leave slits
        room = label(~is_wall)[0].ravel()
        return np.where(is_wall.ravel(), np.sign(near_walls), np.where(room == room[0], 1.0, -1.0))

    def _places(self, points: Wide) -> Wide:
        return np.asarray((points / self._box_half + 1.0) * (_FAR_CELLS / 2))


@dataclass(frozen=True)
class Samples:
    """A surface as oriented points with about even spacing."""

    cloud: PointCloud
    spacing: float

    @classmethod
    def of(cls, vertices: Wide, faces: NDArray[np.integer[Any]], count: int) -> Samples:
        """`count` samples of triangles [F,3]."""
        cloud = sample_surface(vertices, faces, count, np.random.default_rng(0))
        area = np.linalg.norm(face_vectors(vertices, faces), axis=1).sum() / 2
        return cls(cloud, float(np.sqrt(area / count)))

    @cached_property
    def tree(self) -> cKDTree:
        return cKDTree(self.cloud.points)

    def height(self, points: Wide, nearest: Indices) -> Wide:
        """Points [N,3] and their nearest samples [N] -> signed distances [N], negative behind the surface."""
        offset = points - self.cloud.points[nearest]
        along = (offset * self.cloud.normals[nearest]).sum(axis=1)
        # Between the samples the surface is flat: what lies beside one within their spacing counts as above it.
        beside = np.maximum((offset**2).sum(axis=1) - along**2 - self.spacing**2, 0.0)
        return np.asarray(np.copysign(np.sqrt(along**2 + beside), along))


class SkinDistance:
    """How far points lie outside of a skin: negative inside. Field units."""

    def __init__(self, samples: Samples, walls: Wide, box_half: float) -> None:
        """`walls`: points [S,3] of the same skin, closed, less than half a cell of `FarValues` apart."""
        self._samples = samples
        self._far = FarValues(samples.cloud.points, box_half)
        # The nearest sample of thin ears may face the other way, seen from afar.
        height = samples.height(self._far.points, self._far.nearest)
        self._far_values = self._far.signs(walls, height) * np.abs(height)

    def __call__(self, points: Wide) -> Wide:
        """Points [N,3] -> signed distances [N]; rough ones far from the skin."""
        _, nearest = self._samples.tree.query(
            points, distance_upper_bound=self._far.reach, workers=THREADS
        )
        is_near = nearest < len(self._samples.cloud.points)
        distance = np.empty(len(points))
        distance[is_near] = self._samples.height(points[is_near], nearest[is_near])
        distance[~is_near] = self._far.read(self._far_values, points[~is_near])
        return distance


def measure_skin(topology: HeadTopology, vertices: Wide, box_half: float) -> SkinDistance:
    """The distance to the outer skin and the eyes of a wrapped head [V,3], in field units."""
    is_outer = topology.is_outer_skin.copy()
    is_outer[topology.part("eyes")] = True
    outer = topology.triangles[is_outer[topology.triangles].all(axis=1)]
    ring = topology.neck_ring
    middle = np.full(len(ring), len(vertices))
    cap = np.stack([ring, np.roll(ring, -1), middle], axis=1)
    with_middle = np.concatenate([vertices, vertices[ring].mean(axis=0, keepdims=True)])
    skin, eyes = topology.part_triangles("skin"), topology.part_triangles("eyes")
    walls = Samples.of(with_middle, np.concatenate([skin, eyes, cap]), 2 * _SKIN_SAMPLES)
    return SkinDistance(Samples.of(vertices, outer, _SKIN_SAMPLES), walls.cloud.points, box_half)


class PartRegion:
    """Which points of a solid lie under a part of its surface: those whose nearest surface belongs to it.

    What a field's labels say inside of the solid is arbitrary; at its surface they are right.
    """

    def __init__(self, points: Wide, shares: Wide, box_half: float) -> None:
        """Points [N,3] of the surface, field units, and how much [N] they belong to the part, -1..1."""
        self._tree = cKDTree(points)
        self._shares = shares
        self._far = FarValues(points, box_half)
        self._far_shares = shares[self._far.nearest]

    def __call__(self, points: Wide) -> Wide:
        """Points [M,3] -> [M] -1..1, positive in the part."""
        reach = self._far.reach
        distance, nearest = self._tree.query(
            points, _NEIGHBOURS, distance_upper_bound=reach, workers=THREADS
        )
        is_near = np.isfinite(distance).all(axis=1)
        weights = 1.0 / (distance[is_near] ** 2 + 1e-12)
        share = np.empty(len(points))
        share[is_near] = (self._shares[nearest[is_near]] * weights).sum(1) / weights.sum(1)
        share[~is_near] = self._far.read(self._far_shares, points[~is_near])
        return share


@dataclass(frozen=True)
class SmoothedField:
    """A head whose sigma is averaged around each point, so that crumbs and notches of hair go away."""

    head: Field
    reach: float  # field units

    @property
    def box_half(self) -> float:
        return self.head.box_half

    def rgb(self, points: Tensor) -> Tensor:
        return self.head.rgb(points)

    def sigma(self, points: Tensor) -> Tensor:
        """[N,3] -> [N]."""
        total = self.head.sigma(points)
        for way in _WAYS:
            total += self.head.sigma(points + self.reach * way)
        return total / (1 + len(_WAYS))


@dataclass(frozen=True)
class PartField:
    """A part as a solid of its own.

    Its outside is the head's surface, but at least `min_thickness` off the skin; its inside ends `embed_depth` under the skin.
    All lengths are field units.
    """

    head: Field
    slope: float  # of the head's sigma beside its surface, per field unit
    region: PartRegion
    region_width: float  # over which the region's shares rise from 0 to 1
    skin: SkinDistance
    min_thickness: float  # negative: none
    embed_depth: float  # negative: that far above the skin

    @property
    def box_half(self) -> float:
        return self.head.box_half

    def rgb(self, points: Tensor) -> Tensor:
        return self.head.rgb(points)

    def sigma(self, points: Tensor) -> Tensor:
        """[N,3] -> [N] about the distance to the part's surface, positive inside."""
        values = self.head.sigma(points).double().numpy() / self.slope
        near = _NEAR * self.box_half
        places = points.numpy().astype(np.float64)
        # Where the skin pokes out of the head's surface, sigma says nothing about how far.
        some = np.flatnonzero(values > (-np.inf if self.min_thickness > 0.0 else -near))
        above = self.skin(places[some])
        values[some] = np.minimum(
            np.maximum(values[some], self.min_thickness - above), above + self.embed_depth
        )
        some = some[values[some] > -near]
        if len(some):
            share = self.region(places[some])
            values[some] = np.minimum(values[some], share * self.region_width)
        return torch.from_numpy(values.astype(np.float32))

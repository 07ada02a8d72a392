"""How close surfaces come to true ones, how much they vary, and whether a head is in one piece."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from ..surface.field import Field
from ..surface.grid import GridSampler, evaluate_everywhere
from ..training.truth.frozen_heads import SurfacePoints

Floats = NDArray[np.float64]
Solid = NDArray[np.bool_]  # [X,Y,Z] points of a grid that are inside

_REACH = 0.03  # field units; farther points are no neighbours on the same piece of surface
_DIRECTIONS = 600
_NEIGHBOURS = 8  # of which the outermost counts: nobody sees the inner sides of hair
SOLID_RESOLUTION = 128  # cells along a side of the box
_TINY = 2e-5  # share of the head's volume that is dust: a few cells
_FINER = 4  # samples to a cell, where a part seems to float
_AROUND = 4  # cells around it


def distances(points: SurfacePoints, surface: SurfacePoints) -> Floats:
    """How far each of the points [N] lies from a surface that is known at other points.

    The nearest point of the surface lies somewhere beside the foot of the perpendicular. Along the mean of both
    normals that does not count, on curved surfaces neither (Rusinkiewicz, "A Symmetric Objective Function for
    ICP", 2019).
    """
    length, index = cKDTree(surface.points).query(points.points)
    offset = points.points - surface.points[index]
    mean = points.normals + surface.normals[index]
    size = np.linalg.norm(mean, axis=1)
    along = np.abs((offset * mean).sum(1)) / np.maximum(size, 1e-9)
    is_neighbour = (length < _REACH) & (size > np.sqrt(2.0))  # normals within a right angle
    return np.where(is_neighbour, along, length).astype(np.float64)


def two_way_distances(first: SurfacePoints, second: SurfacePoints) -> Floats:
    """Distances of the points of either surface to the other."""
    return np.concatenate([distances(first, second), distances(second, first)])


def radial_shape(points: NDArray[np.floating[Any]]) -> Floats:
    """How far a surface reaches from the origin in fixed directions, from its points [N,3]."""
    radius = np.linalg.norm(points, axis=1)
    directions = points / np.maximum(radius, 1e-9)[:, None]
    _, nearest = cKDTree(directions).query(_even_directions(), k=_NEIGHBOURS)
    return np.asarray(radius[nearest].max(axis=1), np.float64)


def _even_directions() -> Floats:
    """Unit vectors spread over the sphere along a spiral with the golden angle."""
    index = np.arange(_DIRECTIONS)
    height = 1 - (2 * index + 1) / _DIRECTIONS
    angle = index * np.pi * (3 - np.sqrt(5))
    ring = np.sqrt(1 - height**2)
    return np.stack([ring * np.cos(angle), height, ring * np.sin(angle)], axis=1)


def solid_parts(field: Field) -> int:
    """Into how many separate parts a head falls, dust left out. It is solid, so its surface is closed."""
    sampler = GridSampler(field, (SOLID_RESOLUTION + 1.0) ** 3, None)
    parts = _parts(evaluate_everywhere(sampler, SOLID_RESOLUTION) > 0)
    sizes = np.bincount(parts.ravel())[1:]
    if not len(sizes):
        return 0
    largest = int(sizes.argmax()) + 1
    others = np.flatnonzero(sizes > _TINY * sizes.sum()) + 1
    return 1 + sum(
        _is_apart(field, parts == part, parts == largest) for part in others if part != largest
    )


def _is_apart(field: Field, part: Solid, head: Solid) -> bool:
    """Whether samples several times as near to each other show no bridge between a part and the head either.

    A sheet of hair thinner than a cell falls into pieces on the coarse grid.
    """
    places = np.argwhere(part)
    low = np.maximum(places.min(0) - _AROUND, 0)
    high = np.minimum(places.max(0) + _AROUND, SOLID_RESOLUTION)
    steps = [np.arange(a * _FINER, b * _FINER + 1) / _FINER for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)
    points = torch.from_numpy((grid * (2 / SOLID_RESOLUTION) - 1) * field.box_half).float()
    inside = (field.sigma(points) > 0).numpy().reshape([len(step) for step in steps])
    window = tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))
    fine = _parts(inside)[::_FINER, ::_FINER, ::_FINER]  # at the places of the coarse grid
    return not np.isin(fine[part[window]], fine[head[window]]).any()


def _parts(inside: Solid) -> NDArray[np.int32]:
    """The number of each place's part, from 1 on; cells that meet at corners only are joined, as by triangles."""
    return np.asarray(ndimage.label(inside, np.ones((3, 3, 3)))[0], np.int32)

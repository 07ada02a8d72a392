"""A field on a regular grid over its box: how points are evaluated, and what a sampled grid is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import HeadsmithError
from ..wire.requests import (
    ErrorCode,
)
from .field import Field, broken_field_error
from .keys import Keys, Numbers

OnProgress = Callable[[float], None]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Indices = NDArray[np.int64]

RESOLUTION_STEP = 16
MAX_RESOLUTION = 1024
BATCH = 1 << 17  # points between two progress reports
# Values this close to the surface are moved off it, so that no vertex falls exactly on a grid point. The
# outermost grid points have it too, with the sign of emptiness: the surface is cut at the faces of the box.
NEARLY_ZERO = np.float32(1e-6)


@dataclass(frozen=True)
class CrossedCells:
    """The cells of a grid over the box that the surface crosses, with the field at their corners."""

    keys: Keys  # [P] of all points that are corners of the cells
    values: Floats  # [P] at these points; never 0, positive inside
    corners: Numbers  # [8,N] of the cells, among these points
    resolution: int  # cells along a side of the box
    evaluations: int  # of the field, for all of this

    @property
    def count(self) -> int:
        """Number of cells."""
        return int(self.corners.shape[1])


class GridSampler:
    """Evaluates the field at grid points, counts the evaluations and reports progress."""

    def __init__(self, field: Field, expected: float, on_progress: OnProgress | None) -> None:
        """`expected` is a guess at the number of evaluations, good enough for a progress bar."""
        self.field = field
        self.evaluations = 0
        self._expected = expected
        self._on_progress = on_progress

    def evaluate(self, points: Numbers | Indices, resolution: int) -> Floats:
        """Grid points [N,3] of the grid `resolution` -> values [N], never 0, negative on the box's faces."""
        if points.min(initial=1) > 0 and points.max(initial=0) < resolution:
            return self.evaluate_inside(points, resolution)
        is_face = ((points == 0) | (points == resolution)).any(axis=1)
        values = np.full(len(points), -NEARLY_ZERO, np.float32)
        inside = np.flatnonzero(~is_face)
        values[inside] = self.evaluate_inside(points[inside], resolution)
        return values

    def evaluate_inside(self, points: Numbers | Indices, resolution: int) -> Floats:
        """The same for grid points [N,3] that are not on the box's faces."""
        batches = [
            self._evaluate_batch(points[start : start + BATCH], resolution)
            for start in range(0, len(points), BATCH)
        ]
        return np.concatenate([np.zeros(0, np.float32), *batches])

    def _evaluate_batch(self, points: Numbers | Indices, resolution: int) -> Floats:
        half = self.field.box_half
        scaled = points.astype(np.float32, order="C")
        scaled *= np.float32(2.0 * half / resolution)
        scaled -= np.float32(half)
        with torch.inference_mode():
            sigma = self.field.sigma(torch.from_numpy(scaled)).float().cpu().numpy()
        if not np.isfinite(sigma).all():
            raise broken_field_error()
        self.evaluations += len(points)
        if self._on_progress is not None:
            self._on_progress(min(1.0, self.evaluations / self._expected))
        return np.where(sigma >= 0, np.maximum(sigma, NEARLY_ZERO), np.minimum(sigma, -NEARLY_ZERO))


def check_resolution(resolution: int) -> None:
    """Raise BAD_REQUEST for a resolution that cannot be halved down to a coarse grid."""
    if not RESOLUTION_STEP <= resolution <= MAX_RESOLUTION or resolution % RESOLUTION_STEP:
        raise HeadsmithError(
            ErrorCode.BAD_REQUEST,
            f"The grid resolution is {resolution}; it must be a multiple of {RESOLUTION_STEP}, "
            f"at most {MAX_RESOLUTION}.",
        )


def evaluate_everywhere(sampler: GridSampler, resolution: int) -> Floats:
    """All values [R+1,R+1,R+1] of the grid `resolution`."""
    side = resolution + 1
    values = np.full((side, side, side), -NEARLY_ZERO, np.float32)
    layers = max(1, BATCH // side**2)
    for start in range(1, resolution, layers):
        inner = np.arange(1, resolution)
        rows = np.arange(start, min(start + layers, resolution))
        points = np.stack(np.meshgrid(rows, inner, inner, indexing="ij"), axis=-1)
        layer_values = sampler.evaluate_inside(points.reshape(-1, 3), resolution)
        values[rows, 1:-1, 1:-1] = layer_values.reshape(points.shape[:3])
    return values


def crossed_cells(is_inside: Bools) -> Indices:
    """Insideness [X,Y,Z] of grid points -> index [N,3] of every cell with corners of both kinds."""
    some = every = is_inside
    for axis in range(3):
        low = [slice(None)] * 3
        high = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        some = some[tuple(low)] | some[tuple(high)]
        every = every[tuple(low)] & every[tuple(high)]
    is_crossed = some > every
    return np.stack(np.unravel_index(np.flatnonzero(is_crossed), is_crossed.shape), axis=1)

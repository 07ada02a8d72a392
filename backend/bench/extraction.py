"""What sparse extraction saves against evaluating the whole grid, on a head of the starter that ships."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..generator.checkpoints import load_generator
from ..generator.fast_field import FastField
from ..models import ASSETS, GENERATOR_FILE
from ..stage_meter import peak_memory_mib, reset_peak_memory
from ..surface.extract import surface_of_grid
from ..surface.grid import GridSamples, sample_dense
from ..surface.sparse import sample_sparse
from .figures import Figure

SEED = 4
RESOLUTION, FINE_RESOLUTION = 256, 512
REPETITIONS = 3  # of the sparse extraction; the dense one takes long enough to repeat itself


@dataclass(frozen=True)
class _Timed:
    seconds: float
    grid: GridSamples
    vertices: NDArray[np.float64]  # [V,3] field units


def measure() -> tuple[Figure, ...]:
    """Both extractions of one head, with the same field evaluation and in the same run."""
    field = head_field()
    sample_sparse(
        field, RESOLUTION // 2
    )  # the first call pays for memory and code that later ones reuse
    sparse = _fastest(lambda: _extract(field, lambda: sample_sparse(field, RESOLUTION)))
    dense = _extract(field, lambda: sample_dense(field, RESOLUTION))
    reset_peak_memory()
    fine = _extract(field, lambda: sample_sparse(field, FINE_RESOLUTION))
    peak = peak_memory_mib()
    cell = 2 * field.box_half / RESOLUTION
    return (
        Figure("speedup_256", dense.seconds / sparse.seconds, "dense against sparse; at least 10"),
        Figure(
            "surface_difference_cells",
            two_way_distance(sparse.vertices, dense.vertices) / cell,
            "largest distance either way, in cells; at most 0.5",
        ),
        Figure(
            "evaluations_per_active_cell",
            sparse.grid.evaluations / sparse.grid.crossed_cells,
            "of the field, all levels; at most 3",
        ),
        Figure("dense_s_256", dense.seconds, "s"),
        Figure("sparse_s_256", sparse.seconds, "s"),
        Figure("sparse_s_512", fine.seconds, "s"),
        Figure("peak_mib_512", peak, "MiB, the whole process"),
    )


def head_field() -> FastField:
    """The field of one fixed random head."""
    generator = load_generator(ASSETS / GENERATOR_FILE)
    z = torch.randn(1, generator.config.z_dim, generator=torch.Generator().manual_seed(SEED))
    with torch.inference_mode():
        return FastField(generator, generator.synthesize_planes(generator.map(z, truncation=0.7)))


def two_way_distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """The largest distance from a vertex [V,3] of either surface to the nearest vertex of the other."""
    there, _ = cKDTree(second).query(first)
    back, _ = cKDTree(first).query(second)
    return float(max(there.max(), back.max()))


def _fastest(extract: Callable[[], _Timed]) -> _Timed:
    return min((extract() for _ in range(REPETITIONS)), key=lambda timed: timed.seconds)


def _extract(field: FastField, sample: Callable[[], GridSamples]) -> _Timed:
    start = time.perf_counter()
    grid = sample()
    vertices, _ = surface_of_grid(grid)
    return _Timed(time.perf_counter() - start, grid, vertices)

"""What sparse extraction saves against evaluating the whole grid, on heads of the starter that ships."""

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
from ..process.stage_meter import peak_memory_mib, reset_peak_memory
from ..surface.extract import extract_surface, extract_surface_dense
from ..surface.sparse import sample_sparse
from .figures import Figure

SEED = 4  # of the head that all figures but the worst speed-up are about
OTHER_SEEDS = (0, 1, 2, 3)
RESOLUTION, FINE_RESOLUTION = 256, 512
REPETITIONS = 3  # of the sparse extraction; the dense one takes long enough to repeat itself


Surface = tuple[NDArray[np.float64], NDArray[np.int64]]  # vertices [V,3] field units, faces [F,3]


@dataclass(frozen=True)
class _Timed:
    seconds: float
    vertices: NDArray[np.float64]  # [V,3] field units


def measure() -> tuple[Figure, ...]:
    """Both extractions of the same heads, with the same field evaluation and in the same run."""
    field = head_field(SEED)
    cells = sample_sparse(field, RESOLUTION)  # also pays for memory and code that later ones reuse
    sparse, dense = _both(field)
    speedup = dense.seconds / sparse.seconds
    reset_peak_memory()
    fine = _timed(lambda: extract_surface(field, FINE_RESOLUTION))
    peak = peak_memory_mib()
    cell = 2 * field.box_half / RESOLUTION
    return (
        Figure("speedup_256", speedup, "dense against sparse; at least 10"),
        Figure(
            "speedup_256_worst",
            min(speedup, *(_speedup(seed) for seed in OTHER_SEEDS)),
            f"the smallest of {1 + len(OTHER_SEEDS)} heads; at least 10",
        ),
        Figure(
            "surface_difference_cells",
            two_way_distance(sparse.vertices, dense.vertices) / cell,
            "largest distance either way, in cells; at most 0.5",
        ),
        Figure(
            "evaluations_per_active_cell",
            cells.evaluations / cells.count,
            "of the field, all levels; at most 3",
        ),
        Figure("dense_s_256", dense.seconds, "s"),
        Figure("sparse_s_256", sparse.seconds, "s"),
        Figure("sparse_s_512", fine.seconds, "s"),
        Figure("peak_mib_512", peak, "MiB, the whole process"),
    )


def head_field(seed: int) -> FastField:
    """The field of a random head."""
    generator = load_generator(ASSETS / GENERATOR_FILE)
    z = torch.randn(1, generator.config.z_dim, generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        return FastField(generator, generator.synthesize_planes(generator.map(z, truncation=0.7)))


def two_way_distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """The largest distance from a vertex [V,3] of either surface to the nearest vertex of the other."""
    there, _ = cKDTree(second).query(first)
    back, _ = cKDTree(first).query(second)
    return float(max(there.max(), back.max()))


def _speedup(seed: int) -> float:
    sparse, dense = _both(head_field(seed))
    return dense.seconds / sparse.seconds


def _both(field: FastField) -> tuple[_Timed, _Timed]:
    """The sparse and the dense extraction of one head."""
    sparse = _fastest(lambda: extract_surface(field, RESOLUTION))
    return sparse, _timed(lambda: extract_surface_dense(field, RESOLUTION))


def _fastest(extract: Callable[[], Surface]) -> _Timed:
    return min((_timed(extract) for _ in range(REPETITIONS)), key=lambda timed: timed.seconds)


def _timed(extract: Callable[[], Surface]) -> _Timed:
    start = time.perf_counter()
    vertices, _ = extract()
    return _Timed(time.perf_counter() - start, vertices)

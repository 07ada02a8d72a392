"""What a surface costs at every resolution, how near it is to the dense one, and whether heads are sound."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..generator.checkpoints import load_generator
from ..generator.fast_field import FastField
from ..generator.model import Generator
from ..head_mesh import count_components, is_manifold
from ..models import ASSETS, GENERATOR_FILE
from ..process.stage_meter import peak_memory_mib, reset_peak_memory
from ..surface.build import SurfaceSettings, extract_shape
from ..surface.extract import extract_surface, extract_surface_dense
from ..surface.part_maps import PartLabels
from ..surface.sparse import sample_sparse
from .extraction import head_field, two_way_distance
from .figures import Figure
from .sheet_subjects import STYLES, Latent, styled
from .side_by_side import WORKERS, head_of, one_thread_each

SEED = 4  # of the head that is timed
RESOLUTIONS = (128, 256, 512, 1024)
DENSE_RESOLUTIONS = (128, 256)  # finer ones take gigabytes
RANDOM_HEADS, STYLED_HEADS = 200, 40
HEADS_SEED = (2026, 404)
TRUNCATION = 0.7
_REPETITIONS = 2  # of which the faster counts


def measure() -> tuple[Figure, ...]:
    """The costs on one head, and what many heads are like as they are delivered."""
    field = head_field(SEED)
    extract_surface(field, RESOLUTIONS[0])  # pays for memory and code that later ones reuse
    return (*_costs(field), *_difference(field), *_soundness())


def _costs(field: FastField) -> Iterator[Figure]:
    for resolution in RESOLUTIONS:
        taken = []
        reset_peak_memory()
        for _ in range(_REPETITIONS):
            start = time.perf_counter()
            extract_surface(field, resolution)
            taken.append(time.perf_counter() - start)
        limit = "; at most 15" if resolution == 512 else ""
        yield Figure(f"seconds_{resolution}", min(taken), f"s, sparse{limit}")
        yield Figure(f"peak_mib_{resolution}", peak_memory_mib(), "MiB, the whole process")
        cells = sample_sparse(field, resolution)
        yield Figure(f"evaluations_{resolution}", cells.evaluations, "of the field")
        if resolution == 256:
            each = cells.evaluations / cells.count
            yield Figure("evaluations_per_active_cell", each, "of the field; at most 3")


def _difference(field: FastField) -> Iterator[Figure]:
    largest = 0.0
    for resolution in DENSE_RESOLUTIONS:
        start = time.perf_counter()
        dense, _ = extract_surface_dense(field, resolution)
        yield Figure(f"dense_seconds_{resolution}", time.perf_counter() - start, "s")
        sparse, _ = extract_surface(field, resolution)
        cell = 2 * field.box_half / resolution
        largest = max(largest, two_way_distance(sparse, dense) / cell)
    yield Figure("surface_difference_cells", largest, "either way, in cells; at most 0.5")


def _soundness() -> tuple[Figure, ...]:
    generator = load_generator(ASSETS / GENERATOR_FILE).eval().requires_grad_(False)
    rng = np.random.default_rng(HEADS_SEED)
    z = rng.standard_normal((RANDOM_HEADS + STYLED_HEADS, generator.config.z_dim), np.float32)
    styles = [(block, name) for block, names in STYLES.items() for name in names]
    strengths = rng.uniform(0.4, 1.0, STYLED_HEADS)
    with_style = [
        styled(base, *styles[index % len(styles)], float(strength))
        for index, (base, strength) in enumerate(zip(z[RANDOM_HEADS:], strengths, strict=True))
    ]
    with one_thread_each(), ThreadPoolExecutor(WORKERS) as pool:
        plain, styled_ones = (
            sum(pool.map(lambda one: is_sound(generator, one), heads))
            for heads in (list(z[:RANDOM_HEADS]), with_style)
        )
    return (
        Figure("watertight_of_200", plain, "closed, manifold, in one part, as delivered; all"),
        Figure("watertight_styled_of_40", styled_ones, "the same with a style; all"),
    )


def is_sound(generator: Generator, z: Latent) -> bool:
    """Whether the delivered surface of a latent [Z] is closed, a manifold and in one part."""
    field = head_of(generator, z, TRUNCATION)
    labels = PartLabels(generator.config.decoder.label_names, field.labels)
    faces = extract_shape(field, SurfaceSettings(), lambda _: None, labels).faces
    return is_manifold(faces) and count_components(faces) == 1

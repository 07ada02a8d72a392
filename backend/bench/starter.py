"""How good the starter is: its heads against frozen draws of the kit, its random heads, and its speed.

The figures by skin tone, age and gender go to out/bench/starter_groups.json.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

from ..delivery.files import write_json
from ..generator.checkpoints import load_generator
from ..generator.fast_field import FastField
from ..generator.model import Generator
from ..guidance.encoder import load_portrait_clip
from ..models import ASSETS, CLIP_CONFIG_FILE, CLIP_FILE, GENERATOR_FILE
from ..surface.extract import extract_surface
from ..training.truth.frozen_heads import FrozenHeads, frozen_cameras, frozen_latents, load_frozen
from ..views.unlit import UnlitRenderer
from .face_counts import FaceDetector, count_faces, frozen_views
from .face_detector import DlibDetector
from .figures import Figure
from .side_by_side import WORKERS, one_thread_each
from .starter_fidelity import score_head
from .starter_random import (
    HeadSet,
    distribution_distance,
    generated_heads,
    halves,
    random_counts,
    relative_variety,
    true_heads,
)
from .starter_summary import fidelity_figures, group_scores, mean_head_error, worst_ratio

FROZEN = ASSETS / "frozen_heads.npz"
GROUPS = Path(__file__).resolve().parents[2] / "out" / "bench" / "starter_groups.json"
SEED = (2026, 101)
RANDOM_HEADS = 200
TRUNCATION = 0.7
_MESH_RESOLUTION = 256
_REPETITIONS = 3


def measure() -> tuple[Figure, ...]:
    """Everything, from the weights that ship and the frozen heads."""
    generator = load_generator(ASSETS / GENERATOR_FILE).eval().requires_grad_(False)
    frozen, detector = load_frozen(FROZEN), DlibDetector()
    speed = _speed(generator)
    with one_thread_each():
        with ThreadPoolExecutor(WORKERS) as pool:
            scores = list(pool.map(lambda head: score_head(generator, head), frozen.heads))
        random = _random_heads(generator, frozen, detector)
    groups = group_scores(frozen, scores)
    GROUPS.parent.mkdir(parents=True, exist_ok=True)
    write_json(GROUPS, {"groups": groups})
    return (
        *fidelity_figures(scores, mean_head_error(frozen)),
        *random,
        Figure("worst_group_ratio", worst_ratio(groups), "of error to the mean; at most 1.25"),
        *speed,
        Figure("weights_mib", (ASSETS / GENERATOR_FILE).stat().st_size / 2**20, "MiB"),
    )


def _random_heads(
    generator: Generator, frozen: FrozenHeads, detector: FaceDetector
) -> tuple[Figure, ...]:
    """How many are clean and have a face, and how sets of them compare with the kit's."""
    clip = load_portrait_clip(ASSETS / CLIP_CONFIG_FILE, ASSETS / CLIP_FILE)
    rng = np.random.default_rng(SEED)
    latents = rng.standard_normal((RANDOM_HEADS, generator.config.z_dim)).astype(np.float32)
    counts = random_counts(generator, latents, TRUNCATION, detector, WORKERS)
    kit_faces = count_faces(detector, map(frozen_views, frozen.heads))
    # As many as the frozen ones, and mixed as they are.
    mixed = frozen_latents(len(frozen.heads), rng)

    def made(truncation: float) -> HeadSet:
        return generated_heads(generator, clip, mixed, truncation, WORKERS)

    kit, low, full = true_heads(frozen, clip), made(TRUNCATION), made(1.0)
    return (
        Figure("clean_of_200", counts.clean, f"in one piece at truncation {TRUNCATION}"),
        Figure("face_front_of_200", counts.faces.front, "with a face in front, the same heads"),
        Figure("face_back_of_200", counts.faces.back, "with a face behind; near 0"),
        Figure("face_front_of_kit_100", kit_faces.front, "the kit's own heads, wilder ones"),
        Figure("face_back_of_kit_100", kit_faces.back, "with a face behind; near 0"),
        Figure("variety_07", relative_variety(low, kit), "of the kit's, at truncation 0.7"),
        Figure("variety_1", relative_variety(full, kit), "at truncation 1; at least 0.85"),
        Figure("kid", distribution_distance(full, kit), "to the kit's views, by the portrait CLIP"),
        Figure("kid_floor", distribution_distance(*halves(kit)), "between halves of the kit's"),
    )


def _speed(generator: Generator) -> tuple[Figure, ...]:
    """Seconds of one head after another, with all cores."""
    z = torch.randn(1, generator.config.z_dim, generator=torch.Generator().manual_seed(SEED[0]))
    with torch.inference_mode():
        ws = generator.map(z, truncation=TRUNCATION)
        field = FastField(generator, generator.synthesize_planes(ws))

        def planes() -> object:
            return generator.synthesize_planes(ws)

        def view(size: int) -> Callable[[], object]:
            return lambda: UnlitRenderer(field).draw(frozen_cameras()[1], size)

        return (
            Figure("planes_s", _seconds(planes), "s; at most 0.5"),
            Figure("view256_s", _seconds(view(256)), "s, four rays a pixel; at most 2.5"),
            Figure("view512_s", _seconds(view(512)), "s, four rays a pixel"),
            Figure(
                "mesh_s",
                _seconds(lambda: extract_surface(field, _MESH_RESOLUTION)),
                f"s for the surface at {_MESH_RESOLUTION} cells",
            ),
        )


def _seconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(_REPETITIONS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)

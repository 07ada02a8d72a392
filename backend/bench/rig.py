"""How near rig-ready heads come to the truth, and whether their shapes do what their names say.

On frozen heads of the kit, whose vertices are known: (a) as generated, wrapped by their own generator; (b) as meshes
that know nothing of the topology, in any place, turn and size.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..generator.checkpoints import load_generator
from ..models import ASSETS, GENERATOR_FILE
from ..rig.build import paint_generated, placement_of, wrap_field
from ..rig.head_topology import load_topology
from ..rig.mesh_fit import wrap_mesh
from ..rig.parts import GeneratedHead, make_parts
from ..rig.shape_transfer import transfer_shapes
from ..surface.bake import SurfaceColors
from ..surface.extract import extract_surface
from ..training.truth.frozen import ASSET as FROZEN_HEADS
from ..training.truth.frozen_heads import load_frozen
from ..training.truth.frozen_rigs import EVERY, load_frozen_rigs
from .figures import Figure
from .rig_scores import REGIONS, Surface, WrapScore, score_wrap
from .rig_shapes import ShapeScore, score_shapes
from .rig_truths import random_placement, remesh
from .side_by_side import head_of

WORKERS = 2
TIMED = (0, 12, 24)  # heads whose whole way from the field to the files' arrays is timed
TEXTURE_PX = 2048
SEED = (2026, 50)


@dataclass(frozen=True)
class HeadScores:
    """Everything that is measured on one head."""

    generated: WrapScore
    mesh: WrapScore
    shapes: ShapeScore


def measure() -> tuple[Figure, ...]:
    """All heads, by several processes, and the time of some."""
    count = len(load_frozen_rigs())
    with ThreadPoolExecutor(WORKERS) as pool:
        parts = pool.map(_measure_apart, [range(k, count, WORKERS) for k in range(WORKERS)])
        scores = [score for part in parts for score in part]
    return (
        *_figures(scores),
        Figure("field_to_rig_s", _seconds(), "s, with texture and hair; at most 60"),
    )


def _measure_apart(heads: Sequence[int]) -> list[HeadScores]:
    """The scores of some heads, from a process of their own."""
    command = [sys.executable, "-m", "backend.bench.rig", *map(str, heads)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        raise RuntimeError(f"The bench of heads {list(heads)} failed: {found.stderr[-2000:]}")
    return [_scores_of(json.loads(line)) for line in found.stdout.splitlines()]


def _scores_of(record: dict[str, dict[str, object]]) -> HeadScores:
    generated, mesh = (
        WrapScore(**record[name])  # type: ignore[arg-type]
        for name in ("generated", "mesh")
    )
    return HeadScores(generated, mesh, ShapeScore(**record["shapes"]))  # type: ignore[arg-type]


def measure_head(index: int, z: NDArray[np.float32], truth: NDArray[np.float32]) -> HeadScores:
    """The scores of one frozen head, whose true vertices [V,3] lie in the field's frame, metres."""
    topology, generator = load_topology(), load_generator(ASSETS / GENERATOR_FILE)
    units = generator.config.field_units_per_metre
    field = head_of(generator, z, 1.0)
    with torch.inference_mode():
        w = generator.map(torch.from_numpy(z)[None])[0, 0]
    head = wrap_field(generator, field, topology, w, False)
    vertices = head.to_target.apply(head.vertices.astype(np.float64))
    found, faces = extract_surface(field, 256)
    surface = Surface(found / units, faces)
    surface_mm = surface.skin_distance_mm(topology, vertices, field, generator)
    generated = score_wrap(topology, vertices, truth, surface_mm)

    found, faces = remesh(topology, truth)
    place = random_placement(np.random.default_rng((*SEED, index)))
    fit = wrap_mesh(topology, place.apply(found), faces)
    wrapped = place.inverse().apply(fit.pose.apply(fit.vertices.astype(np.float64)))
    outer = wrapped[topology.is_outer_skin]
    surface_mm = float(1000 * Surface(found, faces).distances(outer)[0].mean())
    mesh = score_wrap(topology, wrapped, truth, surface_mm)
    scores = [
        score_shapes(topology, v, transfer_shapes(topology, v))
        for v in (head.vertices, fit.vertices)
    ]
    return HeadScores(generated, mesh, ShapeScore.worse(*scores))


def _figures(scores: Sequence[HeadScores]) -> Iterator[Figure]:
    ways = {"generated": [s.generated for s in scores], "mesh": [s.mesh for s in scores]}
    limits = {"generated": 3.0, "mesh": 2.5}
    for name, wraps in ways.items():
        mean = _mean(w.vertex_mm for w in wraps)
        yield Figure(f"vertex_mean_mm_{name}", mean, f"mm; at most {limits[name]}")
        share = mean / _mean(w.mean_head_mm for w in wraps)
        yield Figure(f"vs_mean_head_{name}", share, "of the mean head's error; at most 0.5")
        for index, region in enumerate(REGIONS):
            yield Figure(f"{region}_mm_{name}", _mean(w.region_mm[index] for w in wraps), "mm")
        yield Figure(f"worst_head_mm_{name}", max(w.vertex_mm for w in wraps), "mm")
        yield Figure(f"to_surface_mm_{name}", _mean(w.surface_mm for w in wraps), "mm")
        yield Figure(f"eyelid_mm_{name}", _mean(w.lid_mm for w in wraps), "mm, of the margins")
        yield Figure(f"lip_mm_{name}", _mean(w.lip_mm for w in wraps), "mm, of the margin")
        yield Figure(f"eye_mm_{name}", _mean(w.eye_mm for w in wraps), "mm, of the eyeballs")
        crossing = sum(max(0, w.crossings - w.true_crossings) for w in wraps)
        yield Figure(f"self_crossings_{name}", crossing, "pairs of faces beyond the true heads'")
    both = list(ways.values())
    worse = max(_mean(w.surface_mm for w in wraps) for wraps in both)
    yield Figure("to_surface_mean_mm", worse, "mm, the worse way; at most 1")
    yield Figure(
        "flipped_faces", sum(w.flipped_faces for wraps in both for w in wraps), "of both ways; none"
    )
    for figure, field in (("eyelid_mm", "lid_mm"), ("lip_mm", "lip_mm")):
        worse = max(_mean(getattr(w, field) for w in wraps) for wraps in both)
        yield Figure(figure, worse, "mm, the worse way; at most 2")
    yield Figure("shapes_ok", min(s.shapes.good for s in scores), "of 52, on the worst head; all")
    yield Figure(
        "blink_gap_mm",
        max(s.shapes.blink_gap_mm for s in scores),
        "mm, on the worst head; at most 1",
    )


def _mean(values: Iterator[float]) -> float:
    return float(np.mean(list(values)))


def _seconds() -> float:
    """From a field to everything that a rig-ready head consists of: the mean of some heads."""
    topology, generator = load_topology(), load_generator(ASSETS / GENERATOR_FILE)
    latents = [load_frozen(FROZEN_HEADS).heads[EVERY * index].z for index in TIMED]
    taken = []
    for z in latents:
        field = head_of(generator, z, 1.0)
        with torch.inference_mode():
            w = generator.map(torch.from_numpy(z)[None])[0, 0]
        start = time.perf_counter()
        head = wrap_field(generator, field, topology, w, False)
        paint_generated(generator, SurfaceColors(field), topology, head, w, TEXTURE_PX)
        placement = placement_of(head, generator.config.field_units_per_metre)
        make_parts(GeneratedHead(generator, field, w, topology, head.vertices, placement))
        taken.append(time.perf_counter() - start)
    return float(np.mean(taken))


def main(arguments: list[str]) -> int:
    """`python -m backend.bench.rig INDEX ...`: the scores of these frozen heads, a line of JSON each."""
    torch.set_num_threads(1)
    heads, truths = load_frozen(FROZEN_HEADS).heads, load_frozen_rigs()
    for index in map(int, arguments):
        scores = measure_head(index, heads[EVERY * index].z, truths[index])
        print(json.dumps(asdict(scores)), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""From the scores of wrapped heads to the figures of all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .figures import Figure
from .rig_scores import REGIONS, WrapScore


@dataclass(frozen=True)
class WrappedHead:
    """One head in both ways."""

    generated: WrapScore
    mesh: WrapScore
    shapes_hold: NDArray[np.bool_]  # [52] in both ways
    blink_gap_mm: float  # the wider of both ways
    field_to_rig_s: float
    mesh_wrap_s: float


def summary(heads: list[WrappedHead]) -> tuple[Figure, ...]:
    """The figures; of both ways the worse where one number stands for both."""
    ways = {
        "generated": [head.generated for head in heads],
        "mesh": [head.mesh for head in heads],
    }
    hold = np.all([head.shapes_hold for head in heads], axis=0)
    return (
        *(
            f
            for name, limit in (("generated", 3), ("mesh", 2.5))
            for f in _vertices(ways[name], name, limit)
        ),
        *_worse(
            ways, "to_surface_mean_mm", "from the wrapped skin to the surface; at most 1", _surface
        ),
        *_worse(ways, "eyelid_mm", "margins of the lids; at most 2", _lid),
        *_worse(ways, "lip_mm", "the lips' inner line; at most 2", _lip),
        *_worse(ways, "eyeball_mm", "vertices of the eyeballs", _eye),
        *_both(ways, "flipped_faces", "triangles that face away from the truth's; 0", _flips),
        *_both(ways, "self_crossings_beyond_truth", "pairs of the skin's triangles; 0", _crossings),
        Figure("shapes_ok", int(hold.sum()), "of 52, on every head in both ways; all"),
        Figure(
            "blink_gap_mm", max(h.blink_gap_mm for h in heads), "mm, the widest of all; at most 1"
        ),
        Figure(
            "field_to_rig_s", _median(heads, _field_s), "s on one core, wrap and shapes, the median"
        ),
        Figure(
            "mesh_to_rig_s",
            _median(heads, _mesh_s),
            "s on one core, remeshing included, the median",
        ),
    )


def _vertices(scores: list[WrapScore], way: str, limit: float) -> list[Figure]:
    mean, middle = _mean(scores, _vertex), _mean(scores, _mean_head)
    regions = np.mean([score.region_mm for score in scores], axis=0)
    return [
        Figure(f"vertex_mean_mm_{way}", mean, f"mm from the true vertices; at most {limit}"),
        Figure(f"vertex_worst_head_mm_{way}", max(map(_vertex, scores)), "mm, the worst head"),
        Figure(f"vs_mean_head_{way}", mean / middle, "of the mean head's error; at most 0.5"),
        *(
            Figure(f"vertex_{name}_mm_{way}", float(value), "mm")
            for name, value in zip(REGIONS, regions, strict=True)
        ),
    ]


def _worse(
    ways: dict[str, list[WrapScore]], name: str, meaning: str, of: Callable[[WrapScore], float]
) -> list[Figure]:
    means = {way: _mean(scores, of) for way, scores in ways.items()}
    apart = [Figure(f"{name}_{way}", value, "mm") for way, value in means.items()]
    return [Figure(name, max(means.values()), f"mm, {meaning}"), *apart]


def _both(
    ways: dict[str, list[WrapScore]], name: str, meaning: str, of: Callable[[WrapScore], float]
) -> list[Figure]:
    sums = {way: sum(map(of, scores)) for way, scores in ways.items()}
    apart = [Figure(f"{name}_{way}", value, "in all heads") for way, value in sums.items()]
    return [Figure(name, sum(sums.values()), meaning), *apart]


def _mean(scores: list[WrapScore], of: Callable[[WrapScore], float]) -> float:
    return float(np.mean([of(score) for score in scores]))


def _median(heads: list[WrappedHead], of: Callable[[WrappedHead], float]) -> float:
    return float(np.median([of(head) for head in heads]))


def _vertex(score: WrapScore) -> float:
    return score.vertex_mm


def _mean_head(score: WrapScore) -> float:
    return score.mean_head_mm


def _surface(score: WrapScore) -> float:
    return score.surface_mm


def _lid(score: WrapScore) -> float:
    return score.lid_mm


def _lip(score: WrapScore) -> float:
    return score.lip_mm


def _eye(score: WrapScore) -> float:
    return score.eye_mm


def _flips(score: WrapScore) -> float:
    return score.flipped_faces


def _crossings(score: WrapScore) -> float:
    return max(0, score.crossings - score.true_crossings)


def _field_s(head: WrappedHead) -> float:
    return head.field_to_rig_s


def _mesh_s(head: WrappedHead) -> float:
    return head.mesh_wrap_s

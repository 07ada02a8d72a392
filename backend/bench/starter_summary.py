"""From the scores of single heads to the figures of all, and of groups of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from operator import add

import numpy as np

from ..training.truth.frozen_heads import FrozenHead, FrozenHeads
from .figures import Figure
from .image_scores import energy_ratio, mean_iou
from .starter_fidelity import Compared, HeadScores
from .surface_scores import distances

MM_PER_FIELD_UNIT = 360.0
SMALLEST_GROUP = 6  # heads; fewer say little
_MEMBERS: dict[str, Callable[[FrozenHead], bool]] = {
    "pale skin": lambda head: head.skin_tone < 0.35,
    "middle skin": lambda head: 0.35 <= head.skin_tone < 0.6,
    "dark skin": lambda head: head.skin_tone >= 0.6,
    "child": lambda head: head.age_years < 16,
    "young": lambda head: 16 <= head.age_years < 36,
    "middle-aged": lambda head: 36 <= head.age_years < 60,
    "old": lambda head: head.age_years >= 60,
    "female": lambda head: head.male < 0.5,
    "male": lambda head: head.male >= 0.5,
}


def fidelity_figures(scores: list[HeadScores], mean_head: float) -> tuple[Figure, ...]:
    """The figures against the frozen heads; `mean_head` is the average head's surface error on them."""
    head, face, eyes, skin = (
        [getattr(score, part) for score in scores] for part in ("head", "face", "eyes", "skin")
    )
    distance = np.concatenate([score.distances for score in scores])
    surface = float(distance.mean())
    return (
        Figure("psnr_db", _mean_psnr(head), "dB, heads in 8 views; at least 25"),
        Figure("psnr_face_db", _mean_psnr(face), "dB, faces in 3 views; at least 23"),
        Figure("psnr_eyes_db", _mean_psnr(eyes), "dB, around the eyes"),
        Figure("ssim", float(np.mean([score.ssim for score in scores])), "over the heads"),
        Figure("gradient_ratio", _sharpness(head), "of the truth's energy; at least 0.7"),
        Figure("gradient_ratio_eyes", _sharpness(eyes), "the same around the eyes"),
        Figure("uv_psnr_db", _mean_psnr(skin), "dB, skins in UV space"),
        Figure("uv_gradient_ratio", _sharpness(skin), "of the true skins' energy"),
        Figure("surface_mean_mm", surface * MM_PER_FIELD_UNIT, "mm, both ways; at most 1.5"),
        Figure(
            "surface_p95_mm",
            float(np.quantile(distance, 0.95)) * MM_PER_FIELD_UNIT,
            "mm, 95 % are nearer",
        ),
        Figure("surface_vs_mean_head", surface / mean_head, "at most 0.5"),
        Figure("label_miou", mean_iou(reduce(add, [s.labels for s in scores])), "at least 0.85"),
    )


def mean_head_error(frozen: FrozenHeads) -> float:
    """Mean distance of the average head's surface and the frozen heads' to each other, field units."""
    mean = frozen.mean_surface
    errors = [
        (distances(mean, head.surface).mean(), distances(head.surface, mean).mean())
        for head in frozen.heads
    ]
    return float(np.mean(errors))


def group_scores(frozen: FrozenHeads, scores: list[HeadScores]) -> dict[str, dict[str, float]]:
    """Errors and sharpness of all heads and of each group."""
    groups = {"all": _group(scores)}
    for name, is_member in _MEMBERS.items():
        members = [
            score for head, score in zip(frozen.heads, scores, strict=True) if is_member(head)
        ]
        if len(members) >= SMALLEST_GROUP:
            groups[name] = _group(members)
    return groups


def worst_ratio(groups: dict[str, dict[str, float]]) -> float:
    """The largest ratio of a group's picture or surface error to that of all."""
    every = groups["all"]
    return max(
        group[error] / every[error]
        for group in groups.values()
        for error in ("picture_error", "surface_mean_mm")
    )


def _group(scores: list[HeadScores]) -> dict[str, float]:
    heads = [score.head for score in scores]
    distance = np.concatenate([score.distances for score in scores])
    return {
        "heads": len(scores),
        "picture_error": reduce(add, heads).error.root_mean,
        "psnr_db": _mean_psnr(heads),
        "psnr_face_db": _mean_psnr([score.face for score in scores]),
        "gradient_ratio": _sharpness(heads),
        "surface_mean_mm": float(distance.mean()) * MM_PER_FIELD_UNIT,
        "label_miou": mean_iou(reduce(add, [score.labels for score in scores])),
    }


def _mean_psnr(parts: list[Compared]) -> float:
    """Mean over the heads that show the part."""
    shown = [part.error.psnr_db for part in parts if part.error.count]
    return float(np.mean(shown)) if shown else math.nan


def _sharpness(parts: list[Compared]) -> float:
    whole = reduce(add, parts)
    return energy_ratio(whole.energy, whole.true_energy)

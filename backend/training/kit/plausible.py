"""Latents of heads as they are: what goes together when the words do not say.

In the starter's latent space every block is independent, which is right for learning what each word looks
like. But "a man" without more should not wear a ponytail, nor a child grey hair: the prior learns from heads
whose hair, eyes and expression fit their age, gender and ethnicity mostly, and surprise sometimes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..words.fact import ramp
from .latent import (
    EYE_COLORS,
    HAIR_COLORS,
    HAIR_STYLES,
    Z_DIM,
    block_slices,
    parameters_from_latent,
)
from .plausible_variety import add_variety

_STYLES_MALE = {
    "bald": 0.14, "short01": 0.2, "short02": 0.2, "short03": 0.17, "short04": 0.17, "bob01": 0.01,
    "bob02": 0.01, "long01": 0.03, "ponytail01": 0.02, "afro01": 0.04,
}  # fmt: skip
_STYLES_FEMALE = {
    "bald": 0.01, "short01": 0.03, "short02": 0.03, "short03": 0.04, "short04": 0.04, "bob01": 0.16,
    "bob02": 0.16, "long01": 0.28, "ponytail01": 0.16, "afro01": 0.03,
}  # fmt: skip
_COLORS_EUROPEAN = {
    "black": 0.08, "dark brown": 0.22, "brown": 0.24, "light brown": 0.16, "blond": 0.18, "red": 0.05,
    "auburn": 0.07,
}  # fmt: skip
_COLORS_ASIAN = {"black": 0.78, "dark brown": 0.18, "brown": 0.04}
_COLORS_AFRICAN = {"black": 0.82, "dark brown": 0.14, "brown": 0.04}
_COLORS_OLD = {"grey": 0.6, "white": 0.4}
_EYES_EUROPEAN = {
    "dark brown": 0.12, "brown": 0.28, "hazel": 0.13, "green": 0.12, "blue": 0.26, "grey": 0.09,
}  # fmt: skip
_EYES_OTHER = {"dark brown": 0.66, "brown": 0.32, "hazel": 0.02}
_SURPRISE = 0.12  # share of blocks that stay as independent as they were drawn


def plausible_latents(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Latents [count,Z_DIM]."""
    return np.stack([_plausible_latent(rng) for _ in range(count)])


def _plausible_latent(rng: np.random.Generator) -> NDArray[np.float32]:
    z = rng.standard_normal(Z_DIM).astype(np.float32)
    places = block_slices()
    gender = places["gender"]
    if abs(z[gender][0]) < 0.35 and rng.random() > _SURPRISE:
        z[gender] += 0.5 * np.sign(z[gender])
    head = parameters_from_latent(z)
    shares = np.array([head.african, head.asian, head.caucasian])
    origin = int(rng.choice(3, p=shares / shares.sum()))
    grey = ramp(head.age_years, 48, 68)
    colors = (_COLORS_AFRICAN, _COLORS_ASIAN, _COLORS_EUROPEAN)[origin]
    if rng.random() < grey:
        colors = _COLORS_OLD
    styles = dict(_STYLES_MALE if head.male > 0.5 else _STYLES_FEMALE)
    if head.male > 0.5:
        styles["bald"] *= 0.15 + 1.3 * ramp(head.age_years, 18, 60)
    if origin == 0:
        styles["afro01"] += 0.15
    eyes = _EYES_EUROPEAN if origin == 2 else _EYES_OTHER
    for name, labels, odds in (
        ("hair_style", HAIR_STYLES, styles),
        ("hair_color", tuple(HAIR_COLORS), colors),
        ("eye_color", tuple(EYE_COLORS), eyes),
    ):
        if rng.random() > _SURPRISE:
            _choose(z[places[name]], labels, odds, rng)
    if rng.random() < 0.6:
        # Most faces are at rest, a little friendly and with a closed mouth.
        rest = np.array([0.5, -0.6, 0.0, 0.0], np.float32)
        z[places["expression"]] = 0.45 * z[places["expression"]] + rest
    add_variety(z, head, rng)
    return z


def _choose(
    block: NDArray[np.float32],
    labels: tuple[str, ...],
    odds: dict[str, float],
    rng: np.random.Generator,
) -> None:
    """Swap numbers of a block (in place) so that a label drawn by these odds is the largest."""
    weights = np.array([odds.get(label, 0.0) for label in labels])
    chosen = int(rng.choice(len(labels), p=weights / weights.sum()))
    top = int(np.argmax(block))
    block[top], block[chosen] = block[chosen], block[top]

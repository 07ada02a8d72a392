"""What is painted on a head: the kit's skins by weight, then a fixed list of layers; the eyes alike.

A picture is (sum of skins by weight) * gain, and then for every layer, in order,
`colour = colour * (1 - strength * mask) + strength * mask * rgb`. Masks are fixed in UV space, so a picture is
known by a handful of numbers, which a network can learn without seeing pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .kit import Floats
from .latent import EYE_COLORS, HeadParameters
from .skins import CHEEK_COLORS, skin_weights, tone_gain

Rgb = tuple[float, float, float]  # sRGB

LAYER_NAMES = ("scalp",)
EYE_LAYER_NAMES = ("sclera", "sclera shade", "iris", "iris shade", "pupil")


@dataclass(frozen=True)
class LayerLook:
    """How strongly one layer covers, and with which colour."""

    name: str
    strength: float  # 0 absent .. 1 covers wholly where the mask is 1
    rgb: Rgb


@dataclass(frozen=True)
class SkinLook:
    """All that the skin's picture depends on."""

    weights: tuple[tuple[str, float], ...]  # shares of the kit's skins, always in the same order
    gain: Floats  # [3]
    layers: tuple[LayerLook, ...]  # one for each of LAYER_NAMES


@dataclass(frozen=True)
class EyeLook:
    """All that the picture of an eye depends on; it starts white."""

    layers: tuple[LayerLook, ...]  # one for each of EYE_LAYER_NAMES


def cheek_color(p: HeadParameters) -> Floats:
    """The skin's plain colour [3], as its cheek shows it before any layer."""
    blend = sum(np.float32(weight) * CHEEK_COLORS[name] for name, weight in skin_weights(p))
    return np.clip(blend * tone_gain(p), 0, 1).astype(np.float32)


def skin_look(p: HeadParameters) -> SkinLook:
    """The skin of this head; absent layers have strength 0."""
    return SkinLook(
        weights=tuple(skin_weights(p)),
        gain=tone_gain(p),
        layers=(_scalp(p),),
    )


def _scalp(p: HeadParameters) -> LayerLook:
    """Clears the shaved hair that the kit's skins show, or colours it like the hair above."""
    if p.hair_style == "bald":
        return LayerLook("scalp", 0.80, _rgb(cheek_color(p)))
    return LayerLook("scalp", 0.65, _rgb(0.8 * np.asarray(p.hair_rgb)))


def eye_look(p: HeadParameters) -> EyeLook:
    """The eyes of this head."""
    # The shade layer only darkens, so the iris starts brighter than its mean.
    iris = np.minimum(1.25 * np.asarray(EYE_COLORS[p.eye_color]), 1.0)
    return EyeLook(
        (
            LayerLook("sclera", 1.0, (0.90, 0.88, 0.86)),
            LayerLook("sclera shade", 1.0, (0.0, 0.0, 0.0)),
            LayerLook("iris", 1.0, _rgb(iris)),
            LayerLook("iris shade", 1.0, (0.0, 0.0, 0.0)),
            LayerLook("pupil", 1.0, (0.02, 0.02, 0.02)),
        )
    )


def _rgb(color: Floats) -> Rgb:
    red, green, blue = (float(channel) for channel in color)
    return red, green, blue

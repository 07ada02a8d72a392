"""What is painted on a head: the kit's skins by weight, then a fixed list of layers; the eyes alike.

A picture is (sum of skins by weight) * gain, and then for every layer, in order,
`colour = colour * (1 - strength * mask) + strength * mask * rgb`. Masks are fixed in UV space, so a picture is
known by a handful of numbers, which a network can learn without seeing pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from .assets import Floats
from .latent import EYE_COLORS, HeadParameters
from .skins import CHEEK_COLORS, skin_weights, tone_gain
from .style_looks import (
    CREATURE_COLORS,
    STYLE_BROWS,
    STYLE_EYES,
    STYLE_HAIR,
    STYLE_LAYERS,
    STYLE_TEETH,
    EyeColors,
    LayerLook,
    Rgb,
)
from .variety import FRAME_COLORS

__all__ = [
    "EYE_LAYER_NAMES", "LAYER_NAMES", "EyeLook", "LayerLook", "PartColors", "SkinLook", "cheek_color",
    "eye_look", "part_colors", "skin_look",
]  # fmt: skip

# In the order of painting: skin, what creatures do to it, beards, materials, make-up, face paint.
LAYER_NAMES = (
    "scalp", "hairline", "freckles", "moles", "wrinkles",
    "creature", "mottle", "wounds", "sunken", "dark veins",
    "stubble", "beard", "moustache",
    "material", "wood grain", "marble veins", "crackle", "hollows", "metal shade", "metal light",
    "patina", "panels",
    "blush", "eyeshadow", "lipstick", "eyeliner",
    "skull white", "skull black", "tiger orange", "tiger white", "tiger stripes",
)  # fmt: skip
EYE_LAYER_NAMES = (
    "sclera", "sclera shade", "iris", "iris shade", "wide iris", "wide iris shade",
    "pupil", "wide pupil", "slit",
)  # fmt: skip
_WIDEST_GAIN = 2.4  # more would show the noise of dark skins


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


@dataclass(frozen=True)
class PartColors:
    """Mean colours of what has no skin."""

    hair: Rgb
    beard: Rgb
    brow: Rgb
    lash: Rgb
    teeth: Rgb
    tongue: Rgb
    frame: Rgb
    horn: Rgb


def cheek_color(p: HeadParameters) -> Floats:
    """The skin's plain colour [3], as its cheek shows it before any layer."""
    blend = sum(np.float32(weight) * CHEEK_COLORS[name] for name, weight in skin_weights(p))
    return np.clip(blend * skin_gain(p), 0, 1).astype(np.float32)


def skin_gain(p: HeadParameters) -> Floats:
    """Per-channel gain [3] of the kit's skins for this head's tone; a creature's takes them to its own."""
    gain = tone_gain(p)
    blend = sum(np.float32(weight) * CHEEK_COLORS[name] for name, weight in skin_weights(p))
    for name, rgb in CREATURE_COLORS.items():
        if p.styles[name] == 0:
            continue
        wanted = np.clip(np.asarray(rgb) / (blend * tone_gain(p)), 0.1, _WIDEST_GAIN)
        gain = gain * (1 + p.styles[name] * (wanted - 1))
    return gain.astype(np.float32)


def skin_look(p: HeadParameters) -> SkinLook:
    """The skin of this head; absent layers have strength 0."""
    return SkinLook(
        weights=tuple(skin_weights(p)),
        gain=skin_gain(p),
        layers=_joined((*_own_layers(p), *_style_layers(p)), LAYER_NAMES),
    )


def _own_layers(p: HeadParameters) -> Iterator[LayerLook]:
    """The layers of a head without styles."""
    skin, hair = cheek_color(p), np.asarray(part_colors(p).hair)
    if p.hair_style == "bald":  # clears the shaved hair that the kit's skins show
        yield LayerLook("scalp", 0.80, _rgb(skin))
    else:
        yield LayerLook("scalp", 0.65, _rgb(0.8 * hair))
        yield LayerLook("hairline", 0.75 * p.hair_form.hairline, _rgb(skin))
    yield LayerLook("freckles", 0.60 * p.skin_detail.freckles, _rgb(skin * (0.66, 0.52, 0.44)))
    yield LayerLook("moles", 0.85 * p.skin_detail.moles, _rgb(skin * (0.42, 0.30, 0.26)))
    yield LayerLook("wrinkles", 0.60 * p.skin_detail.wrinkles, _rgb(skin * (0.62, 0.52, 0.48)))
    yield LayerLook("blush", 0.50 * p.skin_detail.blush, _rgb(skin * (1.02, 0.66, 0.66)))
    whiskers = _rgb(0.7 * hair)
    yield LayerLook("stubble", 0.60 * p.facial_hair.stubble, whiskers)
    yield LayerLook("beard", 0.85 * min(1.0, 1.5 * p.facial_hair.beard), whiskers)
    yield LayerLook("moustache", 0.85 * min(1.0, 1.5 * p.facial_hair.moustache), whiskers)
    yield LayerLook("lipstick", 0.80 * p.makeup.lipstick, p.makeup.lipstick_rgb)
    yield LayerLook("eyeshadow", 0.70 * p.makeup.eyeshadow, p.makeup.eyeshadow_rgb)
    yield LayerLook("eyeliner", 0.90 * p.makeup.eyeliner, (0.05, 0.04, 0.05))


def _style_layers(p: HeadParameters) -> Iterator[LayerLook]:
    for name, layers in STYLE_LAYERS.items():
        for layer in layers if p.styles[name] > 0 else ():
            yield LayerLook(layer.name, p.styles[name] * layer.strength, layer.rgb)


def _joined(layers: Iterable[LayerLook], names: tuple[str, ...]) -> tuple[LayerLook, ...]:
    """One layer of each name: strengths added up to 1, colours averaged by strength."""
    strengths = dict.fromkeys(names, 0.0)
    colors: dict[str, Floats] = dict.fromkeys(names, np.zeros(3, np.float32))
    for layer in layers:
        if layer.strength == 0:
            continue
        strengths[layer.name] += layer.strength
        colors[layer.name] = colors[layer.name] + layer.strength * np.asarray(layer.rgb)
    return tuple(
        LayerLook(name, min(1.0, total), _rgb(colors[name] / total) if total else (0.0, 0.0, 0.0))
        for name, total in strengths.items()
    )


def eye_look(p: HeadParameters) -> EyeLook:
    """The eyes of this head."""
    colors = EyeColors((0.90, 0.88, 0.86), EYE_COLORS[p.eye_color], (0.02, 0.02, 0.02))
    sclera, iris, pupil = (
        _tinted(getattr(colors, part), p, {n: getattr(e, part) for n, e in STYLE_EYES.items()})
        for part in ("sclera", "iris", "pupil")
    )
    # The shade layer only darkens, so the iris starts brighter than its mean.
    bright = np.minimum(1.25 * np.asarray(iris), 1.0)
    wide, slit = (
        p.styles["anime"] + 0.5 * p.styles["cartoon"],
        p.styles["goblin"] + p.styles["demon"],
    )
    black = (0.0, 0.0, 0.0)
    return EyeLook(
        (
            LayerLook("sclera", 1.0, sclera),
            LayerLook("sclera shade", 1.0, black),
            LayerLook("iris", 1.0, _rgb(bright)),
            LayerLook("iris shade", 1.0, black),
            LayerLook("wide iris", wide, _rgb(bright)),
            LayerLook("wide iris shade", wide, black),
            LayerLook("pupil", 1.0 - slit, pupil),
            LayerLook("wide pupil", wide, pupil),
            LayerLook("slit", slit, pupil),
        )
    )


def part_colors(p: HeadParameters) -> PartColors:
    """The colours of hair, teeth and all else that is not skin or eye."""
    hair = _tinted(p.hair_rgb, p, STYLE_HAIR)
    return PartColors(
        hair=hair,
        beard=_rgb(0.85 * np.asarray(hair)),
        brow=_tinted(_rgb(0.85 * np.asarray(p.hair_rgb)), p, STYLE_BROWS),
        lash=_tinted((0.06, 0.05, 0.05), p, STYLE_BROWS),
        teeth=_tinted((0.886, 0.863, 0.808), p, STYLE_TEETH),
        tongue=_tinted((0.66, 0.33, 0.32), p, STYLE_HAIR),
        frame=FRAME_COLORS[p.frame_color],
        horn=(0.20, 0.15, 0.12),
    )


def _tinted(rgb: Rgb, p: HeadParameters, by_style: dict[str, Rgb]) -> Rgb:
    """A colour drawn to those of the styles that this head has."""
    own = 1.0 - sum(p.styles[name] for name in by_style)
    if own == 1.0:
        return rgb
    color = np.asarray(rgb, np.float64)
    return _rgb(
        max(0.0, own) * color + sum(p.styles[n] * np.asarray(c) for n, c in by_style.items())
    )


def _rgb(color: Floats) -> Rgb:
    red, green, blue = (float(channel) for channel in color)
    return red, green, blue

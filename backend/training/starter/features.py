"""What w is taught to hold: numbers in which a head's shape and colours are linear, by the blocks that decide them.

The kit adds morph targets, blends skins and covers them with layers, so vertices, shares of pictures and
looks of layers are linear in products of its parameters. The mapping network learns these numbers from
unlimited latents, because they need no rendering.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass

import numpy as np

from ..kit.assets import Floats
from ..kit.formed import hair_amounts
from ..kit.latent import (
    BROW_STYLES,
    HAIR_STYLES,
    Z_DIM,
    HeadParameters,
    block_slices,
    parameters_from_latent,
)
from ..kit.shape_blocks import SHAPE_BLOCKS, Modifier
from ..kit.skin_layers import eye_look, part_colors, skin_gain, skin_look
from ..kit.skins import age_weights, skin_weights
from ..kit.style_looks import LayerLook
from ..kit.variety import GLASSES_STYLES, STYLE_THRESHOLD, STYLE_WIDTH, VARIETY_BLOCKS

Read = Callable[[HeadParameters], "list[float]"]
_IDENTITY = ("gender", "age", "ethnicity", "weight")
_HAIR = ("hair_style", "hair_color", "hair_shade")
# Where several styles show, they share a head: each depends on all of them.
_STYLES = ("material", "creature", "proportion", "face_paint")
_SKIN = ("gender", "age", "ethnicity", "skin", *_STYLES)
_SCALP_LAYERS = ("scalp", "hairline")
_WHISKER_LAYERS = ("stubble", "beard", "moustache")
_SKIN_LAYERS = ("freckles", "moles", "wrinkles", "blush")
_MAKEUP_LAYERS = ("eyeshadow", "lipstick", "eyeliner")


@dataclass(frozen=True)
class FeatureGroup:
    """Features that the named latent blocks alone decide."""

    blocks: tuple[str, ...]
    read: Read
    hidden: int = 64
    knots: int = 13


def _identity(p: HeadParameters) -> list[float]:
    ages = age_weights(p.age_years)
    age = np.array([ages.get(name, 0.0) for name in ("baby", "child", "young", "old")])
    grown = np.outer(age, [p.male, 1 - p.male]).ravel()
    race = np.array([p.african, p.asian, p.caucasian])
    weight = np.array([max(0.0, p.weight), max(0.0, -p.weight)])
    return [*np.outer(grown, race).ravel(), *np.outer(grown, weight).ravel()]


def _skin(p: HeadParameters) -> list[float]:
    return list(np.outer([weight for _, weight in skin_weights(p)], skin_gain(p)).ravel())


def layer_values(layer: LayerLook) -> list[float]:
    """Strength, and red, green and blue times the strength."""
    return [layer.strength, *(layer.strength * channel for channel in layer.rgb)]


def _layers(names: tuple[str, ...]) -> Read:
    def read(p: HeadParameters) -> list[float]:
        layers = [layer for layer in skin_look(p).layers if layer.name in names]
        return [value for layer in layers for value in layer_values(layer)]

    return read


def _style_layers(p: HeadParameters) -> list[float]:
    own = (*_SCALP_LAYERS, *_WHISKER_LAYERS, *_SKIN_LAYERS, *_MAKEUP_LAYERS)
    layers = [layer for layer in skin_look(p).layers if layer.name not in own]
    return [value for layer in layers for value in layer_values(layer)]


def _eyes(p: HeadParameters) -> list[float]:
    return [value for layer in eye_look(p).layers for value in layer_values(layer)]


def _part_colors(p: HeadParameters) -> list[float]:
    return [channel for color in astuple(part_colors(p)) for channel in color]


def _whiskers(p: HeadParameters) -> list[float]:
    face = p.facial_hair
    return [float(face.beard > 0), float(face.moustache > 0), *face.beard_forms, face.moustache]


def _styles(p: HeadParameters) -> list[float]:
    return [float(p.styles["demon"] > 0), *p.styles.values()]


def _grimaces(p: HeadParameters) -> list[float]:
    amounts = np.array(list(p.grimace.values()))
    return [*np.maximum(amounts, 0.0), *-np.minimum(amounts, 0.0)]


def _expression(p: HeadParameters) -> list[float]:
    signed = np.array([p.smile, p.brow_raise, p.eyes_wide])
    return [*np.maximum(signed, 0), *np.maximum(-signed, 0), p.jaw_open]


def _lashes(p: HeadParameters) -> list[float]:
    return [float(p.male > 0.5)]


def _one_of(names: tuple[str, ...], field: str) -> Read:
    return lambda p: [float(getattr(p, field) == name) for name in names]


def _shape(modifiers: tuple[Modifier, ...]) -> Read:
    def read(p: HeadParameters) -> list[float]:
        amounts = [np.clip(p.shape[m.name] * m.scale, -1.0, 1.0) for m in modifiers]
        return [*np.maximum(amounts, 0.0), *-np.minimum(amounts, 0.0)]

    return read


FEATURE_GROUPS: tuple[FeatureGroup, ...] = (
    FeatureGroup(_IDENTITY, _identity, hidden=256),
    FeatureGroup(_SKIN, _skin, hidden=320),
    FeatureGroup(
        (*_SKIN, *_HAIR, "hair_form"),
        _layers(_SCALP_LAYERS),
        hidden=128,
    ),
    FeatureGroup(
        (*_HAIR[1:], *_STYLES, "stubble", "beard", "moustache"),
        _layers(_WHISKER_LAYERS),
        hidden=128,
    ),
    FeatureGroup((*_SKIN, "skin_detail"), _layers(_SKIN_LAYERS), hidden=128),
    FeatureGroup(("makeup", *_STYLES), _layers(_MAKEUP_LAYERS), hidden=128),
    FeatureGroup(_STYLES, _style_layers, hidden=192),
    FeatureGroup(("eye_color", *_STYLES), _eyes, hidden=160),
    FeatureGroup((*_HAIR[1:], "frame_color", *_STYLES), _part_colors, hidden=160),
    FeatureGroup(("gender",), _lashes),
    FeatureGroup(("hair_style",), _one_of(HAIR_STYLES, "hair_style")),
    FeatureGroup(("hair_form",), lambda p: list(hair_amounts(p.hair_form))),
    FeatureGroup(("brow_style",), _one_of(BROW_STYLES, "brow_style")),
    FeatureGroup(("beard", "moustache"), _whiskers),
    FeatureGroup(("glasses", "glasses_style"), _one_of(("none", *GLASSES_STYLES), "glasses")),
    FeatureGroup(_STYLES, _styles, hidden=128),
    FeatureGroup(("expression",), _expression),
    FeatureGroup(("grimace",), _grimaces),
    *(
        FeatureGroup((name,), _shape(modifiers), hidden=6 * len(modifiers))
        for name, modifiers in SHAPE_BLOCKS.items()
    ),
)


def head_features(p: HeadParameters) -> Floats:
    """One head's features [F], group by group."""
    return np.array([v for group in FEATURE_GROUPS for v in group.read(p)], np.float32)


def latent_features(z: Floats) -> Floats:
    """Features [N,F] of latents z [N,Z_DIM]."""
    return np.stack([head_features(parameters_from_latent(row)) for row in z])


def group_sizes() -> tuple[int, ...]:
    """How many features each group has."""
    plain = parameters_from_latent(np.zeros(Z_DIM, np.float32))
    return tuple(len(group.read(plain)) for group in FEATURE_GROUPS)


def teaching_latents(count: int, rng: np.random.Generator) -> Floats:
    """Latents [count,Z_DIM], of which most show more than chance would.

    A quarter are chance alone, half have larger coordinates of all that adds to a plain head, and a quarter
    have one style somewhere between its threshold and full strength.
    """
    z = rng.standard_normal((count, Z_DIM)).astype(np.float32)
    first = block_slices()[VARIETY_BLOCKS[0].name].start
    z[: count // 2, first:] *= 1.7
    styled = np.arange(count // 2, 3 * count // 4)
    columns = np.concatenate([np.arange(Z_DIM)[block_slices()[name]] for name in _STYLES])
    strengths = rng.uniform(0.0, 1.3, len(styled))
    z[styled, rng.choice(columns, len(styled))] = STYLE_THRESHOLD + STYLE_WIDTH * strengths
    return z

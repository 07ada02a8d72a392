"""What w is taught to hold: numbers in which a head's shape and colours are linear, by the blocks that decide them.

The kit adds morph targets, blends skins and covers them with layers, so vertices, shares of pictures and
looks of layers are linear in products of its parameters. The mapping network learns these numbers from
unlimited latents, because they need no rendering.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .kit import Floats
from .latent import (
    BROW_STYLES,
    EYE_COLORS,
    HAIR_STYLES,
    SHAPE_BLOCKS,
    Z_DIM,
    HeadParameters,
    Modifier,
    parameters_from_latent,
)
from .skin_layers import skin_look
from .skins import age_weights, skin_weights, tone_gain

Read = Callable[[HeadParameters], "list[float]"]
_IDENTITY = ("gender", "age", "ethnicity", "weight")
_SKIN = ("gender", "age", "ethnicity", "skin")


@dataclass(frozen=True)
class FeatureGroup:
    """Features that the named latent blocks alone decide."""

    blocks: tuple[str, ...]
    read: Read
    hidden: int = 64


def _identity(p: HeadParameters) -> list[float]:
    ages = age_weights(p.age_years)
    age = np.array([ages.get(name, 0.0) for name in ("baby", "child", "young", "old")])
    grown = np.outer(age, [p.male, 1 - p.male]).ravel()
    race = np.array([p.african, p.asian, p.caucasian])
    weight = np.array([max(0.0, p.weight), max(0.0, -p.weight)])
    return [*np.outer(grown, race).ravel(), *np.outer(grown, weight).ravel()]


def _skin(p: HeadParameters) -> list[float]:
    return list(np.outer([weight for _, weight in skin_weights(p)], tone_gain(p)).ravel())


def _layers(p: HeadParameters) -> list[float]:
    return [value for layer in skin_look(p).layers for value in (layer.strength, *layer.rgb)]


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
    FeatureGroup(_IDENTITY, _identity, hidden=192),
    FeatureGroup(_SKIN, _skin, hidden=256),
    FeatureGroup((*_SKIN, "hair_style", "hair_color", "hair_shade"), _layers, hidden=192),
    FeatureGroup(("gender",), _lashes),
    FeatureGroup(("hair_style",), _one_of(HAIR_STYLES, "hair_style")),
    FeatureGroup(("hair_color", "hair_shade"), lambda p: list(p.hair_rgb)),
    FeatureGroup(("eye_color",), _one_of(tuple(EYE_COLORS), "eye_color")),
    FeatureGroup(("brow_style",), _one_of(BROW_STYLES, "brow_style")),
    FeatureGroup(("expression",), _expression),
    *(
        FeatureGroup((name,), _shape(modifiers), hidden=16 * len(modifiers))
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

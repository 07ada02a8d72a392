"""Features of a head in which its appearance and shape are nearly linear.

The kit blends pictures and adds morph targets, so the colours of a head are linear in these products of its
parameters. The mapping network learns them from unlimited latents, because they need no rendering.
"""

from __future__ import annotations

from dataclasses import astuple

import numpy as np

from .formed import hair_amounts
from .kit import Floats
from .latent import (
    BROW_STYLES,
    EYE_COLORS,
    HAIR_STYLES,
    SHAPE_BLOCKS,
    Z_DIM,
    HeadParameters,
    parameters_from_latent,
)
from .skin_layers import eye_look, part_colors, skin_gain, skin_look
from .skins import age_weights, skin_weights
from .variety import FRAME_COLORS, GLASSES_STYLES


def appearance_features(p: HeadParameters) -> Floats:
    """One head's features [F]."""
    style = np.array([p.hair_style == name for name in HAIR_STYLES], np.float32)
    hair = np.outer(style[1:], p.hair_rgb)  # the first style is bald
    brow = np.outer([p.brow_style == name for name in BROW_STYLES], p.hair_rgb)
    eyes = [p.eye_color == name for name in EYE_COLORS]
    skin = np.outer([weight for _, weight in skin_weights(p)], skin_gain(p))
    ages = age_weights(p.age_years)
    age = np.array([ages.get(name, 0.0) for name in ("baby", "child", "young", "old")])
    gender = np.array([p.male, 1 - p.male])
    grown = np.outer(age, gender).ravel()
    race = np.array([p.african, p.asian, p.caucasian])
    weight = np.array([max(0.0, p.weight), max(0.0, -p.weight)])
    signed = np.array([p.smile, p.brow_raise, p.eyes_wide])
    shape = np.array(
        [
            np.clip(p.shape[modifier.name] * modifier.scale, -1, 1)
            for modifiers in SHAPE_BLOCKS.values()
            for modifier in modifiers
        ]
    )
    return np.concatenate(
        [
            style,
            2 * hair.ravel(),
            2 * brow.ravel(),
            eyes,
            skin.ravel(),
            np.outer(grown, race).ravel(),
            np.outer(grown, weight).ravel(),
            np.maximum(signed, 0),
            np.maximum(-signed, 0),
            [2 * p.jaw_open],
            2 * np.maximum(shape, 0),
            2 * np.maximum(-shape, 0),
            _layer_features(p),
            _variety_features(p),
        ]
    ).astype(np.float32)


def _layer_features(p: HeadParameters) -> Floats:
    """Strength, and strength times colour, of every layer of skin and eyes, and the colours of the parts."""
    layers = (*skin_look(p).layers, *eye_look(p).layers)
    strengths = np.array([layer.strength for layer in layers])
    colors = strengths[:, None] * np.array([layer.rgb for layer in layers])
    parts = np.array(astuple(part_colors(p)))
    return np.concatenate([strengths, colors.ravel(), parts.ravel()])


def _variety_features(p: HeadParameters) -> Floats:
    """Amounts by which grimaces, styles, and the proxies' forms move vertices, and what is worn at all."""
    grimaces = np.array(list(p.grimace.values()))
    hair = np.array(hair_amounts(p.hair_form))
    worn_hair = np.outer([p.hair_style == name for name in HAIR_STYLES[1:]], hair)
    face = p.facial_hair
    beards = (face.beard > 0, face.beard, face.beard * face.beard_length)
    moustaches = (face.moustache > 0, face.moustache)
    glasses = [p.glasses == name for name in GLASSES_STYLES]
    frames = np.outer(glasses, FRAME_COLORS[p.frame_color])
    return np.concatenate(
        [
            np.maximum(grimaces, 0),
            np.maximum(-grimaces, 0),
            np.maximum(hair, 0),
            np.maximum(-hair, 0),
            worn_hair.ravel(),
            beards,
            moustaches,
            glasses,
            frames.ravel(),
            2 * np.array(list(p.styles.values())),
        ]
    )


def latent_features(z: Floats) -> Floats:
    """Features [N,F] of latents z [N,Z_DIM]."""
    assert z.shape[1] == Z_DIM
    return np.stack([appearance_features(parameters_from_latent(row)) for row in z])

"""The base mesh in a head's shape: a sum of the kit's morph targets, each by a weight of its parameters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .assets import Floats, HeadKit
from .latent import HeadParameters
from .shape_blocks import SHAPE_BLOCKS
from .skins import age_weights
from .style_morphs import style_weights

_RACES = ("african", "asian", "caucasian")
_SIDES = ("Left", "Right")
# What makes up each grimace at full strength: face units, with "*" for both sides.
_GRIMACES: dict[str, tuple[tuple[str, float], ...]] = {
    "pucker": (("mouthPucker", 1.0), ("mouthFunnel", 0.25)),
    "grin": (("mouthSmile*", 0.9), ("mouthStretch*", 0.4), ("mouthUpperUp*", 0.45), ("cheekSquint*", 0.6)),
    "teeth": (("jawOpen", 0.14), ("mouthUpperUp*", 0.8), ("mouthLowerDown*", 0.9), ("mouthStretch*", 0.4)),
    "blink": (("eyeBlink*", 1.0),),
    "wink": (("eyeBlinkLeft", 1.0), ("cheekSquintLeft", 0.7)),
    "cheek_puff": (("cheekPuff", 1.8), ("mouthPress*", 0.3)),
    "sneer": (("noseSneer*", 1.0), ("mouthUpperUp*", 0.35), ("browDown*", 0.4)),
    "tongue": (("jawOpen", 0.30), ("tongueOut", 1.0)),
    "jaw_side": (("jawLeft", 1.3), ("mouthLeft", 0.9)),
}  # fmt: skip


_TONGUE_SHARE = 0.8  # of its length and width
_TONGUE_ROOT = 0.1  # decimetres


def morphed_vertices(kit: HeadKit, p: HeadParameters) -> Floats:
    """The base mesh's vertices [V,3] for this head, kit frame, decimetres."""
    vertices = kit.base.vertices.copy()
    for weights in (
        _macro_weights(p),
        _shape_weights(p),
        _expression_weights(p),
        style_weights(p),
    ):
        for name, weight in weights:
            kit.add_target(vertices, name, weight)
    _shrink_tongue(kit, vertices)
    return vertices


def _shrink_tongue(kit: HeadKit, vertices: Floats) -> None:
    """Draw the tongue in towards its root: the kit's own comes through the lower lip of many open mouths."""
    tongue = np.unique(kit.base.faces["helper-tongue"][:, :3])
    depth = kit.base.vertices[tongue, 2]
    root = vertices[tongue[depth < depth.min() + _TONGUE_ROOT]].mean(axis=0)
    vertices[tongue] = root + _TONGUE_SHARE * (vertices[tongue] - root)


def _macro_weights(p: HeadParameters) -> Iterator[tuple[str, float]]:
    ages = age_weights(p.age_years)
    for gender, gender_weight in (("male", p.male), ("female", 1.0 - p.male)):
        for age, age_weight in ages.items():
            share = gender_weight * age_weight
            if share < 1e-3:
                continue
            for race, race_weight in zip(_RACES, (p.african, p.asian, p.caucasian), strict=True):
                if share * race_weight > 1e-3:
                    yield f"macro/{race}-{gender}-{age}", share * race_weight
            heavy = "maxweight" if p.weight > 0 else "minweight"
            stem = f"macro/universal-{gender}-{age}-averagemuscle"
            yield f"{stem}-averageweight", share * (1 - abs(p.weight))
            yield f"{stem}-{heavy}", share * abs(p.weight)


def _shape_weights(p: HeadParameters) -> Iterator[tuple[str, float]]:
    for modifiers in SHAPE_BLOCKS.values():
        for modifier in modifiers:
            amount = float(np.clip(p.shape[modifier.name] * modifier.scale, -1.0, 1.0))
            for name in modifier.positive if amount > 0 else modifier.negative:
                yield name, abs(amount)


def _expression_weights(p: HeadParameters) -> Iterator[tuple[str, float]]:
    units = {
        "mouthSmile*": max(0.0, p.smile) * 0.8,
        "mouthFrown*": max(0.0, -p.smile) * 0.7,
        "browOuterUp*": max(0.0, p.brow_raise) * 0.7,
        "browDown*": max(0.0, -p.brow_raise) * 0.7,
        "eyeWide*": max(0.0, p.eyes_wide) * 0.6,
        "eyeSquint*": max(0.0, -p.eyes_wide) * 0.7,
        "jawOpen": p.jaw_open * 0.6,
        "browInnerUp": max(0.0, p.brow_raise) * 0.6,
    }
    for unit, weight in units.items():
        if weight > 0.01:
            yield from _both_sides(unit, weight)
    for name, strength in p.grimace.items():
        for unit, full in _GRIMACES[name]:
            mirrored = unit.replace("Left", "Right") if strength < 0 else unit
            if strength != 0:
                yield from _both_sides(mirrored, full * abs(strength))


def _both_sides(unit: str, weight: float) -> Iterator[tuple[str, float]]:
    stems = [unit.replace("*", side) for side in _SIDES] if unit.endswith("*") else [unit]
    for stem in stems:
        yield f"faceunits/{stem}", weight

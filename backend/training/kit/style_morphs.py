"""How styles change the shape of a head: morph targets at full strength, "*" for both sides.

Weights beyond 1 go where no human head goes; the sum stays linear in each style's strength.
"""

from __future__ import annotations

from collections.abc import Iterator

from .latent import HeadParameters

_Targets = tuple[tuple[str, float], ...]

STYLE_TARGETS: dict[str, _Targets] = {
    "zombie": (
        ("cheek/*-cheek-volume-decr", 0.9), ("cheek/*-cheek-bones-incr", 0.5), ("eyes/*-eye-bag-incr", 0.8),
        ("asym/asym-mouth-1-l", 0.7), ("asym/asym-jaw-1-l", 0.6), ("nose/nose-volume-decr", 0.6),
    ),
    "goblin": (
        ("ears/*-ear-shape-pointed", 1.0), ("ears/*-ear-scale-incr", 1.0), ("ears/*-ear-wing-incr", 1.2),
        ("ears/*-ear-scale-vert-incr", 0.9), ("nose/nose-scale-vert-incr", 0.8), ("nose/nose-point-down", 1.0),
        ("nose/nose-scale-depth-incr", 1.2), ("nose/nose-hump-incr", 0.9), ("chin/chin-prominent-incr", 1.1),
        ("chin/chin-triangle", 0.8), ("mouth/mouth-scale-horiz-incr", 0.9), ("cheek/*-cheek-bones-incr", 1.0),
        ("forehead/forehead-trans-backward", 0.9), ("head/head-scale-vert-decr", 0.5),
    ),
    "elf": (
        ("ears/*-ear-shape-pointed", 1.2), ("ears/*-ear-scale-vert-incr", 1.0), ("ears/*-ear-trans-up", 0.2),
        ("cheek/*-cheek-bones-incr", 0.8), ("chin/chin-triangle", 0.6), ("eyes/*-eye-corner2-up", 0.8),
        ("head/head-invertedtriangular", 0.4), ("nose/nose-width2-decr", 0.5),
    ),
    "alien": (
        ("head/head-invertedtriangular", 1.5), ("head/head-scale-vert-incr", 0.7), ("head/head-scale-horiz-incr", 0.6), ("head/head-fat-decr", 1.0),
        ("head/head-back-scale-depth-incr", 1.4), ("chin/chin-triangle", 1.0), ("chin/chin-width-decr", 1.0),
        ("eyes/*-eye-scale-incr", 3.2), ("eyes/*-eye-height2-incr", 1.4), ("eyes/*-eye-corner2-up", 1.5), ("eyes/*-eye-trans-out", 0.7),
        ("nose/nose-scale-depth-decr", 1.2), ("nose/nose-scale-horiz-decr", 1.1), ("nose/nose-volume-decr", 1.0),
        ("nose/nose-scale-vert-decr", 0.7), ("mouth/mouth-scale-horiz-decr", 1.3),
        ("mouth/mouth-upperlip-volume-decr", 0.9), ("mouth/mouth-lowerlip-volume-decr", 0.9),
        ("ears/*-ear-scale-decr", 1.4), ("neck/neck-scale-horiz-decr", 1.2), ("cheek/*-cheek-volume-decr", 0.6),
    ),
    "demon": (
        ("ears/*-ear-shape-pointed", 1.0), ("ears/*-ear-scale-vert-incr", 0.7), ("eyebrows/eyebrows-angle-up", 1.2),
        ("faceunits/browDownLeft", 0.6), ("faceunits/browDownRight", 0.6), ("cheek/*-cheek-bones-incr", 1.0),
        ("chin/chin-prominent-incr", 0.8), ("chin/chin-triangle", 0.6), ("nose/nose-hump-incr", 0.5),
    ),
    "vampire": (
        ("ears/*-ear-shape-pointed", 0.7), ("cheek/*-cheek-volume-decr", 0.6), ("cheek/*-cheek-bones-incr", 0.8),
        ("eyebrows/eyebrows-angle-up", 0.7), ("chin/chin-triangle", 0.4), ("forehead/forehead-scale-vert-incr", 0.4),
    ),
    "robot": (
        ("head/head-square", 0.7), ("nose/nose-width1-decr", 0.5), ("ears/*-ear-scale-decr", 0.5),
        ("mouth/mouth-lowerlip-volume-decr", 0.6), ("mouth/mouth-upperlip-volume-decr", 0.6),
        ("cheek/*-cheek-bones-incr", 0.6),
    ),
    "cartoon": (
        ("head/head-round", 0.9), ("eyes/*-eye-scale-incr", 2.6), ("eyes/*-eye-height2-incr", 1.0),
        ("nose/nose-scale-depth-incr", 0.8), ("nose/nose-volume-incr", 1.3), ("nose/nose-point-width-incr", 1.2),
        ("nose/nose-scale-vert-decr", 0.6), ("mouth/mouth-scale-horiz-incr", 1.0), ("chin/chin-height-decr", 0.6),
        ("head/head-scale-horiz-incr", 0.9), ("neck/neck-scale-horiz-decr", 1.6), ("neck/neck-scale-depth-decr", 1.2),
        ("ears/*-ear-scale-incr", 0.8), ("cheek/*-cheek-volume-incr", 1.0),
    ),
    "anime": (
        ("eyes/*-eye-scale-incr", 2.5), ("eyes/*-eye-height2-incr", 1.3), ("eyes/*-eye-height1-incr", 0.8), ("eyes/*-eye-trans-out", 0.5),
        ("nose/nose-scale-horiz-decr", 1.3), ("nose/nose-scale-vert-decr", 1.0), ("nose/nose-volume-decr", 1.2),
        ("nose/nose-scale-depth-decr", 0.6), ("nose/nose-point-up", 0.6), ("mouth/mouth-scale-horiz-decr", 1.2),
        ("mouth/mouth-upperlip-volume-decr", 0.7), ("mouth/mouth-lowerlip-volume-decr", 0.5),
        ("chin/chin-triangle", 1.1), ("chin/chin-width-decr", 1.0), ("chin/chin-height-decr", 0.5),
        ("chin/chin-bones-decr", 0.8), ("cheek/*-cheek-bones-decr", 0.8), ("head/head-invertedtriangular", 0.5),
        ("neck/neck-scale-horiz-decr", 1.4), ("neck/neck-scale-depth-decr", 1.0), ("ears/*-ear-scale-decr", 0.5),
    ),
    "caricature": (
        ("nose/nose-scale-depth-incr", 2.16), ("nose/nose-scale-horiz-incr", 1.35), ("nose/nose-volume-incr", 2.16),
        ("nose/nose-scale-vert-incr", 1.08), ("nose/nose-hump-incr", 1.08), ("ears/*-ear-scale-incr", 1.89),
        ("ears/*-ear-wing-incr", 1.62), ("chin/chin-prominent-incr", 1.76), ("chin/chin-height-incr", 1.22),
        ("chin/chin-width-incr", 1.08), ("chin/chin-cleft-incr", 1.08), ("cheek/*-cheek-bones-incr", 1.89),
        ("mouth/mouth-scale-horiz-incr", 1.62), ("mouth/mouth-lowerlip-volume-incr", 1.08),
        ("forehead/forehead-temple-decr", 1.08), ("head/head-scale-vert-incr", 0.68),
        ("neck/neck-scale-horiz-decr", 1.89), ("neck/neck-scale-depth-decr", 1.35), ("eyes/*-eye-bag-incr", 0.81),
    ),
    "baby": (
        ("head/head-age-decr", 1.0), ("head/head-round", 1.0), ("head/head-scale-horiz-incr", 0.3), ("head/head-back-scale-depth-incr", 0.6), ("head/head-fat-incr", 0.6),
        ("eyes/*-eye-scale-incr", 1.8), ("cheek/*-cheek-volume-incr", 1.2), ("nose/nose-scale-vert-decr", 0.9),
        ("nose/nose-scale-depth-decr", 0.6), ("nose/nose-point-up", 0.9), ("chin/chin-height-decr", 0.6), ("chin/chin-width-decr", 0.6), ("mouth/mouth-scale-horiz-decr", 0.8),
        ("cheek/*-cheek-bones-decr", 0.8), ("neck/neck-scale-horiz-decr", 1.2), ("ears/*-ear-scale-decr", 0.4),
    ),
}  # fmt: skip


def style_weights(p: HeadParameters) -> Iterator[tuple[str, float]]:
    """Morph targets and weights of the styles that this head has."""
    for name, targets in STYLE_TARGETS.items():
        strength = p.styles[name]
        if strength > 0:
            for target, weight in targets:
                sides = ("l", "r") if "*" in target else ("",)
                for side in sides:
                    yield target.replace("*", side), strength * weight

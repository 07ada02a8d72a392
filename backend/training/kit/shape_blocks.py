"""The blocks of the latent space that are directions of shape, each with its morph targets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Modifier:
    """One direction of shape: morph targets for its negative and its positive side."""

    name: str
    negative: tuple[str, ...]
    positive: tuple[str, ...]
    scale: float  # morph weight at one standard deviation


def _pair(
    folder: str, stem: str, low: str, high: str, scale: float, sided: bool = False
) -> Modifier:
    sides = ("l-", "r-") if sided else ("",)
    return Modifier(
        name=stem,
        negative=tuple(f"{folder}/{side}{stem}-{low}" for side in sides),
        positive=tuple(f"{folder}/{side}{stem}-{high}" for side in sides),
        scale=scale,
    )


def _contrast(name: str, negative: str, positive: str, scale: float) -> Modifier:
    return Modifier(name, (negative,), (positive,), scale)


SHAPE_BLOCKS: dict[str, tuple[Modifier, ...]] = {
    "head": (
        _pair("head", "head-scale-horiz", "decr", "incr", 0.30),
        _pair("head", "head-scale-vert", "decr", "incr", 0.30),
        _pair("head", "head-scale-depth", "decr", "incr", 0.30),
        _pair("head", "head-fat", "decr", "incr", 0.40),
        _pair("head", "head-angle", "in", "out", 0.30),
        _contrast("head-roundness", "head/head-rectangular", "head/head-round", 0.35),
        _contrast("head-oval", "head/head-square", "head/head-oval", 0.35),
        _contrast("head-taper", "head/head-triangular", "head/head-invertedtriangular", 0.30),
    ),
    "forehead": (
        _pair("forehead", "forehead-scale-vert", "decr", "incr", 0.35),
        _pair("forehead", "forehead-nubian", "decr", "incr", 0.35),
        _pair("forehead", "forehead-temple", "decr", "incr", 0.35),
    ),
    "eyes": (
        _pair("eyes", "eye-scale", "decr", "incr", 0.35, sided=True),
        _pair("eyes", "eye-trans", "in", "out", 0.30, sided=True),
        _pair("eyes", "eye-corner2", "down", "up", 0.40, sided=True),
        _pair("eyes", "eye-height2", "decr", "incr", 0.35, sided=True),
        _pair("eyes", "eye-bag", "decr", "incr", 0.30, sided=True),
        _pair("eyes", "eye-epicanthus", "out", "in", 0.35, sided=True),
        _pair("eyebrows", "eyebrows-angle", "down", "up", 0.35),
        _pair("eyebrows", "eyebrows-trans", "down", "up", 0.35),
    ),
    "nose": (
        _pair("nose", "nose-scale-horiz", "decr", "incr", 0.35),
        _pair("nose", "nose-scale-vert", "decr", "incr", 0.30),
        _pair("nose", "nose-scale-depth", "decr", "incr", 0.30),
        _pair("nose", "nose-hump", "decr", "incr", 0.40),
        _pair("nose", "nose-point", "down", "up", 0.40),
        _pair("nose", "nose-volume", "decr", "incr", 0.35),
        _pair("nose", "nose-nostrils-width", "decr", "incr", 0.35),
        _pair("nose", "nose-width2", "decr", "incr", 0.35),
    ),
    "mouth": (
        _pair("mouth", "mouth-scale-horiz", "decr", "incr", 0.35),
        _pair("mouth", "mouth-upperlip-volume", "decr", "incr", 0.40),
        _pair("mouth", "mouth-lowerlip-volume", "decr", "incr", 0.40),
        _pair("mouth", "mouth-trans", "down", "up", 0.30),
        _pair("mouth", "mouth-laugh-lines", "out", "in", 0.35),
    ),
    "cheeks": (
        _pair("cheek", "cheek-bones", "decr", "incr", 0.40, sided=True),
        _pair("cheek", "cheek-volume", "decr", "incr", 0.40, sided=True),
    ),
    "chin": (
        _pair("chin", "chin-width", "decr", "incr", 0.35),
        _pair("chin", "chin-height", "decr", "incr", 0.30),
        _pair("chin", "chin-prominent", "decr", "incr", 0.35),
        _pair("chin", "chin-jaw-drop", "decr", "incr", 0.30),
        _pair("chin", "chin-bones", "decr", "incr", 0.35),
    ),
    "ears": (
        _pair("ears", "ear-scale", "decr", "incr", 0.35, sided=True),
        _pair("ears", "ear-wing", "decr", "incr", 0.35, sided=True),
    ),
    "neck": (
        _pair("neck", "neck-scale-horiz", "decr", "incr", 0.30),
        _pair("neck", "neck-double", "decr", "incr", 0.25),
    ),
    "asymmetry": tuple(
        _contrast(f"asym-{part}", f"asym/asym-{part}-r", f"asym/asym-{part}-l", 0.4)
        for part in (
            "brown-1", "brown-2", "cheek-1", "ear-2", "eye-1", "eye-4", "jaw-1", "jaw-3",
            "mouth-1", "mouth-2", "nose-1", "nose-4", "temple-1",
        )
    ),
}  # fmt: skip

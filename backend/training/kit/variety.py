"""What a head may have beyond a natural plain one: the names, the latent blocks, and how strongly z shows each.

Every block here is a plain natural head at zero, and shows its addition only beyond a threshold, so that a
random latent has few of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...generator.config import LatentBlock

GRIMACES = (
    "pucker", "grin", "teeth", "blink", "wink", "cheek_puff", "sneer", "tongue", "jaw_side",
)  # fmt: skip
SIGNED_GRIMACES = ("wink", "jaw_side")  # left positive, right negative

MATERIALS = ("bronze", "gold", "marble", "clay", "wood", "porcelain", "chrome")
CREATURES = ("zombie", "goblin", "elf", "alien", "demon", "vampire", "robot")
PROPORTIONS = ("cartoon", "anime", "caricature", "baby")
FACE_PAINTS = ("skull", "tiger")
STYLES = (*MATERIALS, *CREATURES, *PROPORTIONS, *FACE_PAINTS)

GLASSES_STYLES = ("round", "rectangular")
FRAME_COLORS: dict[str, tuple[float, float, float]] = {  # sRGB
    "black": (0.07, 0.07, 0.08),
    "brown": (0.30, 0.17, 0.09),
    "red": (0.62, 0.10, 0.10),
    "blue": (0.12, 0.22, 0.48),
    "golden": (0.74, 0.58, 0.27),
}
# Colours along the hue of a make-up, from -2 to 2.
LIPSTICKS = (
    (0.72, 0.44, 0.36), (0.83, 0.40, 0.46), (0.75, 0.10, 0.14), (0.55, 0.07, 0.19), (0.28, 0.08, 0.20),
)  # fmt: skip
EYESHADOWS = (
    (0.45, 0.28, 0.18), (0.24, 0.22, 0.23), (0.42, 0.22, 0.45), (0.20, 0.32, 0.58), (0.18, 0.44, 0.38),
)  # fmt: skip

VARIETY_BLOCKS: tuple[LatentBlock, ...] = (
    LatentBlock("grimace", len(GRIMACES), "normal", GRIMACES),
    LatentBlock("hair_form", 3, "normal", ("volume", "length", "hairline")),
    LatentBlock("stubble", 1, "normal"),
    LatentBlock("beard", 2, "normal", ("strength", "length")),
    LatentBlock("moustache", 1, "normal"),
    LatentBlock("glasses", 1, "normal"),
    LatentBlock("glasses_style", len(GLASSES_STYLES), "categorical", GLASSES_STYLES),
    LatentBlock("frame_color", len(FRAME_COLORS), "categorical", tuple(FRAME_COLORS)),
    LatentBlock("skin_detail", 4, "normal", ("freckles", "wrinkles", "blush", "moles")),
    LatentBlock(
        "makeup", 5, "normal",
        ("lipstick", "lipstick_hue", "eyeshadow", "eyeshadow_hue", "eyeliner"),
    ),
    LatentBlock("material", len(MATERIALS), "normal", MATERIALS),
    LatentBlock("creature", len(CREATURES), "normal", CREATURES),
    LatentBlock("proportion", len(PROPORTIONS), "normal", PROPORTIONS),
    LatentBlock("face_paint", len(FACE_PAINTS), "normal", FACE_PAINTS),
)  # fmt: skip

STYLE_THRESHOLD = 2.1  # of z, where a style begins to show
STYLE_WIDTH = 0.8  # of z, from there to its full strength


@dataclass(frozen=True)
class HairForm:
    """How the hair departs from its style's own form."""

    volume: float  # -1 flat .. 1 big
    length: float  # -1 short .. 1 long
    hairline: float  # 0 as in the style .. 1 receded


@dataclass(frozen=True)
class FacialHair:
    """Each 0 none .. 1 full, and the beard's length 0 short .. 1 long."""

    stubble: float
    beard: float
    beard_length: float
    moustache: float

    @property
    def beard_forms(self) -> tuple[float, float]:
        """How much of its fullness and of its length the beard has."""
        return self.beard, self.beard * self.beard_length


@dataclass(frozen=True)
class SkinDetail:
    """Each 0 none .. 1 strong."""

    freckles: float
    wrinkles: float
    blush: float
    moles: float


@dataclass(frozen=True)
class Makeup:
    """Strengths 0 none .. 1 full, with their colours."""

    lipstick: float
    lipstick_rgb: tuple[float, float, float]
    eyeshadow: float
    eyeshadow_rgb: tuple[float, float, float]
    eyeliner: float


def shown(value: float, threshold: float, width: float) -> float:
    """Strength 0..1 of an addition whose coordinate is `value`."""
    return float(np.clip((value - threshold) / width, 0.0, 1.0))


def grimaces_from_z(block: NDArray[np.float64]) -> dict[str, float]:
    """Strength of every grimace, 0..1, the signed ones -1..1."""
    strengths = {}
    for name, value in zip(GRIMACES, block, strict=True):
        strength = shown(abs(value) if name in SIGNED_GRIMACES else value, 1.0, 1.1)
        strengths[name] = -strength if value < 0 else strength
    return strengths


def hair_form_from_z(block: NDArray[np.float64]) -> HairForm:
    """The form of the hair for the block's coordinates [3]."""
    volume, length = np.tanh(0.6 * block[:2])
    return HairForm(float(volume), float(length), shown(block[2], 1.0, 1.2))


def facial_hair_from_z(
    stubble: NDArray[np.float64], beard: NDArray[np.float64], moustache: NDArray[np.float64]
) -> FacialHair:
    """Facial hair for the coordinates of its three blocks."""
    strength = shown(beard[0], 0.9, 1.2)
    length = 0.5 + 0.5 * float(np.tanh(0.7 * beard[1]))
    return FacialHair(
        stubble=shown(stubble[0], 0.5, 1.5),
        beard=strength,
        beard_length=length if strength > 0 else 0.0,
        moustache=shown(moustache[0], 1.0, 1.0),
    )


def skin_detail_from_z(block: NDArray[np.float64], age_years: float) -> SkinDetail:
    """Details of the skin; wrinkles come with age, the latent makes them stronger or weaker."""
    freckles, wrinkles, blush, moles = (float(v) for v in block)
    aged = float(np.interp(age_years, (40, 78), (0.0, 0.9)))
    return SkinDetail(
        freckles=shown(freckles, 0.8, 1.2),
        wrinkles=float(np.clip(aged * (1 + 0.35 * wrinkles), 0, 1)),
        blush=shown(blush, 0.8, 1.4),
        moles=shown(moles, 0.9, 1.0),
    )


def makeup_from_z(block: NDArray[np.float64]) -> Makeup:
    """Make-up for the block's coordinates [5]."""
    return Makeup(
        lipstick=shown(block[0], 0.7, 1.1),
        lipstick_rgb=_along(LIPSTICKS, block[1]),
        eyeshadow=shown(block[2], 0.9, 1.1),
        eyeshadow_rgb=_along(EYESHADOWS, block[3]),
        eyeliner=shown(block[4], 0.9, 1.0),
    )


def _along(
    colors: tuple[tuple[float, float, float], ...], hue: float
) -> tuple[float, float, float]:
    table = np.array(colors)
    places = np.linspace(-2, 2, len(table))
    red, green, blue = (float(np.interp(hue, places, channel)) for channel in table.T)
    return red, green, blue


def styles_from_z(*blocks: NDArray[np.float64]) -> dict[str, float]:
    """Strength 0..1 of every style, for the blocks of materials, creatures, proportions and face paints.

    Where several show, each keeps its share of itself: two full styles are both half.
    """
    values = np.concatenate(blocks)
    alone = np.clip((values - STYLE_THRESHOLD) / STYLE_WIDTH, 0.0, 1.0)
    total = alone.sum()
    strengths = alone * alone / total if total > 0 else alone
    return {name: float(s) for name, s in zip(STYLES, strengths, strict=True)}


def style_coordinate(strength: float) -> float:
    """The z at which a style that shows alone has this strength."""
    return STYLE_THRESHOLD + STYLE_WIDTH * strength

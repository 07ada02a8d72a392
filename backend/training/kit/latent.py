"""The starter's latent space: named blocks of a standard normal z, and the head parameters they stand for.

Any z drawn from a standard normal is a head, and a head's words can be set by name: that is what makes
sliders, prompts and edits meaningful by construction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...generator.config import LatentBlock
from .shape_blocks import SHAPE_BLOCKS
from .variety import (
    FRAME_COLORS,
    GLASSES_STYLES,
    VARIETY_BLOCKS,
    FacialHair,
    HairForm,
    Makeup,
    SkinDetail,
    facial_hair_from_z,
    grimaces_from_z,
    hair_form_from_z,
    makeup_from_z,
    shown,
    skin_detail_from_z,
    styles_from_z,
)

HAIR_STYLES = (
    "bald", "short01", "short02", "short03", "short04", "bob01", "bob02",
    "long01", "ponytail01", "afro01",
)  # fmt: skip
HAIR_COLORS: dict[str, tuple[float, float, float]] = {  # sRGB
    "black": (0.09, 0.08, 0.08),
    "dark brown": (0.20, 0.13, 0.09),
    "brown": (0.33, 0.21, 0.13),
    "light brown": (0.50, 0.36, 0.23),
    "blond": (0.70, 0.58, 0.40),
    "red": (0.42, 0.19, 0.105),
    "auburn": (0.32, 0.15, 0.10),
    "grey": (0.55, 0.55, 0.56),
    "white": (0.87, 0.86, 0.84),
}
EYE_COLORS: dict[str, tuple[float, float, float]] = {  # sRGB
    "dark brown": (0.22, 0.12, 0.07),
    "brown": (0.36, 0.21, 0.11),
    "hazel": (0.46, 0.36, 0.16),
    "green": (0.33, 0.44, 0.25),
    "blue": (0.29, 0.45, 0.65),
    "grey": (0.45, 0.50, 0.54),
}
BROW_STYLES = ("eyebrow001", "eyebrow002", "eyebrow006", "eyebrow009", "eyebrow010", "eyebrow012")


LATENT_BLOCKS: tuple[LatentBlock, ...] = (
    LatentBlock("gender", 1, "normal"),
    LatentBlock("age", 1, "normal"),
    LatentBlock("ethnicity", 3, "normal", ("african", "asian", "caucasian")),
    LatentBlock("weight", 1, "normal"),
    LatentBlock("skin", 3, "normal", ("tone", "warmth", "variant")),
    LatentBlock("hair_style", len(HAIR_STYLES), "categorical", HAIR_STYLES),
    LatentBlock("hair_color", len(HAIR_COLORS), "categorical", tuple(HAIR_COLORS)),
    LatentBlock("hair_shade", 1, "normal"),
    LatentBlock("eye_color", len(EYE_COLORS), "categorical", tuple(EYE_COLORS)),
    LatentBlock("brow_style", len(BROW_STYLES), "categorical", BROW_STYLES),
    LatentBlock("expression", 4, "normal", ("smile", "jaw_open", "brow_raise", "eyes_wide")),
    *(
        LatentBlock(name, len(modifiers), "normal", tuple(m.name for m in modifiers))
        for name, modifiers in SHAPE_BLOCKS.items()
    ),
    *VARIETY_BLOCKS,
)


@cache
def block_slices() -> dict[str, slice]:
    """Where each named block lies in z."""
    slices, start = {}, 0
    for block in LATENT_BLOCKS:
        slices[block.name] = slice(start, start + block.size)
        start += block.size
    return slices


Z_DIM = sum(block.size for block in LATENT_BLOCKS)


@dataclass(frozen=True)
class HeadParameters:
    """A head in words and numbers; everything the kit needs to build it, and all that a caption may say."""

    male: float  # 0 female .. 1 male
    age_years: float
    african: float  # the three sum to 1
    asian: float
    caucasian: float
    weight: float  # -1 thin .. 1 heavy
    skin_tone: float  # 0 very pale .. 1 very dark
    skin_warmth: float  # -1 cool .. 1 warm
    skin_variant: float  # 0..1, which of the kit's similar skins
    hair_style: str
    hair_color: str
    hair_rgb: tuple[float, float, float]  # sRGB, the named colour with this head's own shade
    eye_color: str
    brow_style: str
    smile: float  # -1 frown .. 1 smile
    jaw_open: float  # 0..1
    brow_raise: float  # -1..1
    eyes_wide: float  # -1 squint .. 1 wide
    shape: dict[str, float]  # modifier name -> z of that modifier
    grimace: dict[str, float]  # name of GRIMACES -> strength 0..1, signed ones -1..1
    hair_form: HairForm
    facial_hair: FacialHair
    glasses: str  # "none" or one of GLASSES_STYLES
    frame_color: str  # of FRAME_COLORS
    skin_detail: SkinDetail
    makeup: Makeup
    styles: dict[str, float]  # name of STYLES -> strength 0..1


def normal_cdf(value: float) -> float:
    return 0.5 * (1.0 + math.erf(value / math.sqrt(2.0)))


_AGE_QUANTILES = (0.0, 0.12, 0.25, 0.55, 0.78, 1.0)
_AGE_YEARS = (7.0, 14.0, 20.0, 36.0, 56.0, 85.0)


def age_from_z(value: float) -> float:
    """Years for the age block's coordinate; monotonous, so that a slider means one thing."""
    return float(np.interp(normal_cdf(value), _AGE_QUANTILES, _AGE_YEARS))


def parameters_from_latent(z: NDArray[np.float32]) -> HeadParameters:
    """The head that z [Z_DIM] stands for. Raises ValueError for another shape."""
    if z.shape != (Z_DIM,):
        raise ValueError(f"A latent of the starter has shape ({Z_DIM},), not {z.shape}.")
    part = {name: z[where].astype(np.float64) for name, where in block_slices().items()}
    race = np.exp(2.2 * part["ethnicity"])
    african, asian, caucasian = race / race.sum()
    hair_color = list(HAIR_COLORS)[int(np.argmax(part["hair_color"]))]
    shade = float(np.clip(1.0 + 0.12 * part["hair_shade"][0], 0.75, 1.3))
    tone = 0.18 + 0.62 * african + 0.14 * asian + 0.08 * float(np.clip(part["skin"][0], -2.0, 2.0))
    age = age_from_z(part["age"][0])
    smile, jaw, brow, wide = (float(v) for v in part["expression"])
    return HeadParameters(
        male=normal_cdf(2.2 * part["gender"][0]),
        age_years=age,
        african=float(african),
        asian=float(asian),
        caucasian=float(caucasian),
        weight=math.tanh(0.7 * part["weight"][0]),
        skin_tone=float(np.clip(tone, 0.0, 1.0)),
        skin_warmth=math.tanh(0.7 * part["skin"][1]),
        skin_variant=normal_cdf(part["skin"][2]),
        hair_style=HAIR_STYLES[int(np.argmax(part["hair_style"]))],
        hair_color=hair_color,
        hair_rgb=tuple(min(1.0, c * shade) for c in HAIR_COLORS[hair_color]),  # type: ignore[arg-type]
        eye_color=list(EYE_COLORS)[int(np.argmax(part["eye_color"]))],
        brow_style=BROW_STYLES[int(np.argmax(part["brow_style"]))],
        smile=math.tanh(0.6 * smile),
        jaw_open=min(1.0, max(0.0, 0.45 * (jaw - 0.8))),
        brow_raise=math.tanh(0.6 * brow),
        eyes_wide=math.tanh(0.6 * wide),
        shape={
            modifier.name: float(value)
            for name, modifiers in SHAPE_BLOCKS.items()
            for modifier, value in zip(modifiers, part[name], strict=True)
        },
        grimace=grimaces_from_z(part["grimace"]),
        hair_form=hair_form_from_z(part["hair_form"]),
        facial_hair=facial_hair_from_z(part["stubble"], part["beard"], part["moustache"]),
        glasses=_glasses_style(part["glasses"], part["glasses_style"]),
        frame_color=list(FRAME_COLORS)[int(np.argmax(part["frame_color"]))],
        skin_detail=skin_detail_from_z(part["skin_detail"], age),
        makeup=makeup_from_z(part["makeup"]),
        styles=styles_from_z(
            part["material"], part["creature"], part["proportion"], part["face_paint"]
        ),
    )


def _glasses_style(has_glasses: NDArray[np.float64], style: NDArray[np.float64]) -> str:
    return GLASSES_STYLES[int(np.argmax(style))] if shown(has_glasses[0], 1.0, 1.0) > 0 else "none"


def full_latents(z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Latents [N,Z_DIM] of latents [N,Z] made before the last blocks existed: those blocks are at rest."""
    missing = Z_DIM - z.shape[1]
    if missing < 0:
        raise ValueError(f"A latent of the starter has {Z_DIM} numbers, not {z.shape[1]}.")
    return np.pad(z, ((0, 0), (0, missing)))


def parameters_from_record(record: dict[str, object]) -> HeadParameters:
    """The parameters of a line of parameters.jsonl. Raises ValueError for missing or unknown names."""
    names = {item.name for item in fields(HeadParameters)}
    if wrong := names ^ set(record):
        raise ValueError(
            f"The head's parameters lack or do not know {', '.join(sorted(wrong))}: the dataset was made by "
            "another version; make it again."
        )
    parts = {
        "hair_form": HairForm,
        "facial_hair": FacialHair,
        "skin_detail": SkinDetail,
        "makeup": Makeup,
    }
    nested = {name: kind(**record[name]) for name, kind in parts.items()}  # type: ignore[arg-type]
    return HeadParameters(**{**record, **nested})

"""What goes together beyond natural plain heads: beards and make-up by age and gender, styles rarely."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .latent import HAIR_STYLES, HeadParameters, block_slices
from .variety import (
    CREATURES,
    FACE_PAINTS,
    MATERIALS,
    PROPORTIONS,
    STYLE_THRESHOLD,
    style_coordinate,
)

STYLED = 0.15  # share of the heads that have a style
_SURPRISE = 0.03  # share of the heads that keep a block as it was drawn
_STYLE_BLOCKS = {
    "material": MATERIALS,
    "creature": CREATURES,
    "proportion": PROPORTIONS,
    "face_paint": FACE_PAINTS,
}
_MOSTLY_BALD = {
    "alien": 0.95,
    "robot": 0.9,
    "goblin": 0.5,
    "demon": 0.5,
    "marble": 0.3,
    "chrome": 0.4,
}
_SMOOTH_FACES = ("alien", "robot", "baby", "anime", "porcelain", "skull", "tiger")
_GRIMACING = 0.2  # share of the heads with a grimace as drawn

_Latent = NDArray[np.float32]


def add_variety(z: _Latent, head: HeadParameters, rng: np.random.Generator) -> None:
    """Set the blocks of variety of z [Z_DIM] in place to what fits the head."""
    places = block_slices()
    if rng.random() > _GRIMACING:
        z[places["grimace"]] *= 0.35
    _fit_hair(z, head, rng)
    if rng.random() > _SURPRISE:
        _fit_beard(z, head, rng)
    if rng.random() > _SURPRISE:
        _fit_makeup(z, head, rng)
    glasses = float(np.interp(head.age_years, (8, 20, 40, 60), (0.06, 0.14, 0.2, 0.4)))
    _set(z, "glasses", 0, rng.random() < glasses, 1.5, rng)
    _fit_skin(z, head, rng)
    _fit_style(z, rng)


def _set(
    z: _Latent, block: str, index: int, is_shown: bool, middle: float, rng: np.random.Generator
) -> None:
    """One coordinate around `middle` when shown, and well below every threshold when not."""
    place = block_slices()[block].start + index
    z[place] = middle + 0.35 * rng.standard_normal() if is_shown else -abs(z[place])


def _fit_hair(z: _Latent, head: HeadParameters, rng: np.random.Generator) -> None:
    recedes = 0.45 * float(np.interp(head.age_years, (25, 60), (0, 1))) * (head.male > 0.5)
    _set(z, "hair_form", 2, rng.random() < recedes, 1.7, rng)


def _fit_beard(z: _Latent, head: HeadParameters, rng: np.random.Generator) -> None:
    is_man = head.male > 0.5 and head.age_years > 18
    has_beard = is_man and rng.random() < 0.28
    has_stubble = is_man and not has_beard and rng.random() < 0.35
    has_moustache = is_man and rng.random() < (0.85 if has_beard else 0.09)
    _set(z, "stubble", 0, has_stubble, 1.4, rng)
    _set(z, "beard", 0, has_beard, 1.9, rng)
    _set(z, "moustache", 0, has_moustache, 1.9, rng)


def _fit_makeup(z: _Latent, head: HeadParameters, rng: np.random.Generator) -> None:
    is_woman = head.male < 0.5 and head.age_years > 15
    for index, odds in ((0, 0.4), (2, 0.25), (4, 0.35)):  # lipstick, eyeshadow, eyeliner
        _set(z, "makeup", index, is_woman and rng.random() < odds, 1.5, rng)


def _fit_skin(z: _Latent, head: HeadParameters, rng: np.random.Generator) -> None:
    is_fair = head.caucasian > 0.5 and head.hair_color in ("red", "auburn", "blond", "light brown")
    _set(z, "skin_detail", 0, rng.random() < (0.3 if is_fair else 0.05), 1.5, rng)
    _set(z, "skin_detail", 2, rng.random() < 0.12, 1.5, rng)
    _set(z, "skin_detail", 3, rng.random() < 0.1, 1.4, rng)


def _fit_style(z: _Latent, rng: np.random.Generator) -> None:
    places = block_slices()
    for block in _STYLE_BLOCKS:
        z[places[block]] = np.minimum(z[places[block]], STYLE_THRESHOLD - 0.05)
    if rng.random() >= STYLED:
        return
    styles = [(block, name) for block, names in _STYLE_BLOCKS.items() for name in names]
    block, name = styles[int(rng.integers(len(styles)))]
    strength = float(np.sqrt(rng.uniform(0.1, 1.0)))
    z[places[block].start + _STYLE_BLOCKS[block].index(name)] = style_coordinate(strength)
    if rng.random() < _MOSTLY_BALD.get(name, 0.0):
        hair = z[places["hair_style"]]
        top, bald = int(np.argmax(hair)), HAIR_STYLES.index("bald")
        hair[top], hair[bald] = hair[bald], hair[top]
    if name in _SMOOTH_FACES:
        for hidden in ("stubble", "beard", "moustache"):
            z[places[hidden]] = -np.abs(z[places[hidden]])

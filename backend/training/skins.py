"""The kit's pictures: which skins a head blends, how they are toned, and the drawn eye."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .kit import Floats
from .latent import HeadParameters

# Where the skins show the cheek, in pictures of the sampler's size.
CHEEK = (slice(322, 352), slice(678, 708))


def age_weights(years: float) -> dict[str, float]:
    """Shares of the kit's ages."""
    table = ((1.0, "baby"), (11.0, "child"), (25.0, "young"), (90.0, "old"))
    weights: dict[str, float] = {}
    for (low, first), (high, second) in pairwise(table):
        if low <= years <= high:
            share = (years - low) / (high - low)
            weights = {first: 1 - share, second: share}
    return {name: weight for name, weight in weights.items() if weight > 0}


def skin_weights(p: HeadParameters) -> list[tuple[str, float]]:
    """Shares of the kit's skin pictures, always in the same order."""
    old = float(np.interp(p.age_years, (52, 72), (0, 1)))
    middle = float(np.interp(p.age_years, (30, 48), (0, 1))) * (1 - old)
    dark = float(np.interp(p.skin_tone, (0.38, 0.62), (0, 1)))
    weights = []
    for age, age_weight in (("young", 1 - old - middle), ("middleage", middle), ("old", old)):
        for gender, gender_weight in (("male", p.male), ("female", 1 - p.male)):
            share = age_weight * gender_weight
            dark_age = (
                "middleage" if (age, gender) == ("young", "female") else age
            )  # the sharper picture
            weights.append((f"{dark_age}_darkskinned_{gender}_diffuse", share * dark))
            names = _LIGHT_SKINS[age, gender]
            position = p.skin_variant * (len(names) - 1)
            for index, name in enumerate(names):
                variant = max(0.0, 1 - abs(position - index))
                weights.append((name, share * (1 - dark) * variant))
    return weights


_LIGHT_SKINS = {
    ("young", "male"): tuple(f"young_lightskinned_male_diffuse{n}" for n in ("", "2")),
    ("young", "female"): tuple(f"young_lightskinned_female_diffuse{n}" for n in ("2", "3")),
    ("middleage", "male"): tuple(f"middleage_lightskinned_male_diffuse{n}" for n in ("", "2")),
    ("middleage", "female"): ("middleage_lightskinned_female_diffuse2",),
    ("old", "male"): ("old_lightskinned_male_diffuse2",),
    ("old", "female"): ("old_lightskinned_female_diffuse", "old_lightskinned_female_diffuse2"),
}


def tone_gain(p: HeadParameters) -> Floats:
    """Per-channel gain that takes the blended skin to its tone: the kit knows only light and dark."""
    tone = np.interp(
        p.skin_tone,
        (0.0, 0.18, 0.38, 0.5, 0.62, 0.8, 1.0),
        (1.07, 1.0, 0.86, 0.95, 1.25, 0.98, 0.72),
    )
    warmth = np.array([1 + 0.03 * p.skin_warmth, 1.0, 1 - 0.05 * p.skin_warmth])
    asian = np.array([1.0, 1.0 - 0.01 * p.asian, 1.0 - 0.06 * p.asian])
    return (tone * warmth * asian).astype(np.float32)


def draw_eye(iris: tuple[float, float, float], size: int = 256) -> NDArray[np.uint8]:
    """An eyeball's front [size,size,4]: sclera, iris with radial fibres and a dark rim, pupil. No highlight."""
    rows, columns = np.mgrid[0:size, 0:size]
    x, y = (columns + 0.5) / size * 2 - 1, (rows + 0.5) / size * 2 - 1
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    picture = np.ones((size, size, 4), np.float32)
    picture[..., :3] = np.array([0.90, 0.88, 0.86]) - 0.12 * np.clip(radius - 0.5, 0, 1)[..., None]
    fibres = 1 + 0.10 * np.sin(angle * 23) + 0.07 * np.sin(angle * 41 + 1.3)
    shade = (0.72 + 0.75 * radius) * fibres
    edge = np.clip((0.46 - radius) / 0.03, 0, 1)
    rim = 1 - 0.5 * np.clip((radius - 0.36) / 0.10, 0, 1)
    color = np.asarray(iris)[None, None] * (shade * rim)[..., None]
    picture[..., :3] = picture[..., :3] * (1 - edge[..., None]) + color * edge[..., None]
    pupil = np.clip((0.19 - radius) / 0.03, 0, 1)[..., None]
    picture[..., :3] = picture[..., :3] * (1 - pupil) + 0.02 * pupil
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8)

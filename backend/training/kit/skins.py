"""The kit's skins: which ones a head blends, and how they are toned."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .assets import Floats
from .latent import HeadParameters

# Median colour of the cheek in every skin, sRGB.
CHEEK_COLORS: dict[str, Floats] = {
    name: np.array(rgb, np.float32)
    for name, rgb in (
        ("middleage_darkskinned_female_diffuse", (0.424, 0.235, 0.161)),
        ("middleage_darkskinned_male_diffuse", (0.376, 0.231, 0.157)),
        ("middleage_lightskinned_female_diffuse", (0.863, 0.694, 0.580)),
        ("middleage_lightskinned_female_diffuse2", (0.894, 0.729, 0.616)),
        ("middleage_lightskinned_male_diffuse", (0.859, 0.675, 0.549)),
        ("middleage_lightskinned_male_diffuse2", (0.867, 0.678, 0.553)),
        ("old_darkskinned_female_diffuse", (0.416, 0.176, 0.098)),
        ("old_darkskinned_male_diffuse", (0.408, 0.224, 0.133)),
        ("old_lightskinned_female_diffuse", (0.855, 0.690, 0.592)),
        ("old_lightskinned_female_diffuse2", (0.867, 0.643, 0.502)),
        ("old_lightskinned_male_diffuse", (0.914, 0.714, 0.565)),
        ("old_lightskinned_male_diffuse2", (0.800, 0.529, 0.373)),
        ("young_darkskinned_female_diffuse", (0.424, 0.243, 0.173)),
        ("young_darkskinned_male_diffuse", (0.318, 0.204, 0.141)),
        ("young_lightskinned_female_diffuse", (0.890, 0.741, 0.635)),
        ("young_lightskinned_female_diffuse2", (0.910, 0.725, 0.620)),
        ("young_lightskinned_female_diffuse3", (0.914, 0.737, 0.620)),
        ("young_lightskinned_male_diffuse", (0.910, 0.698, 0.565)),
        ("young_lightskinned_male_diffuse2", (0.839, 0.663, 0.545)),
        ("young_lightskinned_male_diffuse3", (0.839, 0.663, 0.545)),
    )
}


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

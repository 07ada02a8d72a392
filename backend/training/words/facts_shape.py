"""Facts about the shape of a face: which modifiers they read and how people say them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ShapeFact:
    """True when the weighted sum of the modifiers' z, scaled to unit variance, is large."""

    name: str
    group: str
    weights: dict[str, float]  # modifier name -> weight
    features: tuple[str, ...]
    adjectives: tuple[str, ...] = ()


def _opposites(
    group: str,
    weights: dict[str, float],
    more: tuple[str, ...],
    less: tuple[str, ...],
) -> tuple[ShapeFact, ShapeFact]:
    negated = {name: -weight for name, weight in weights.items()}
    return ShapeFact(more[0], group, weights, more), ShapeFact(less[0], group, negated, less)


SHAPE_FACTS: tuple[ShapeFact, ...] = (
    *_opposites(
        "nose_size",
        {"nose-volume": 1.0, "nose-scale-depth": 0.8, "nose-scale-horiz": 0.6, "nose-scale-vert": 0.5},
        ("a big nose", "a large nose", "a huge nose", "a bulbous nose"),
        ("a small nose", "a little nose", "a tiny nose", "a button nose"),
    ),
    *_opposites(
        "nose_width",
        {"nose-scale-horiz": 1.0, "nose-nostrils-width": 0.8, "nose-width2": 0.8},
        ("a wide nose", "a broad nose", "a flat nose"),
        ("a narrow nose", "a thin nose", "a slim nose"),
    ),
    *_opposites(
        "nose_length",
        {"nose-scale-vert": 1.0},
        ("a long nose",),
        ("a short nose",),
    ),
    *_opposites(
        "nose_bridge",
        {"nose-hump": 1.0, "nose-point": -0.5},
        ("a hooked nose", "an aquiline nose", "a roman nose", "a crooked nose"),
        ("an upturned nose", "a snub nose", "a turned up nose"),
    ),
    *_opposites(
        "eye_size",
        {"eye-scale": 1.0, "eye-height2": 0.7},
        ("big eyes", "large eyes", "huge eyes", "round eyes"),
        ("small eyes", "little eyes", "tiny eyes"),
    ),
    *_opposites(
        "eye_spacing",
        {"eye-trans": 1.0},
        ("wide-set eyes", "eyes far apart"),
        ("close-set eyes", "eyes close together"),
    ),
    *_opposites(
        "eye_slant",
        {"eye-corner2": 1.0},
        ("slanted eyes", "upturned eyes", "almond eyes"),
        ("drooping eyes", "downturned eyes", "droopy eyes", "sleepy eyes"),
    ),
    ShapeFact(
        "eye bags", "eye_bags", {"eye-bag": 1.0},
        ("bags under the eyes", "eye bags", "tired eyes"), ("tired",),
    ),
    *_opposites(
        "lips",
        {"mouth-upperlip-volume": 1.0, "mouth-lowerlip-volume": 1.0},
        ("full lips", "thick lips", "big lips", "plump lips", "fleshy lips"),
        ("thin lips", "narrow lips", "small lips"),
    ),
    *_opposites(
        "mouth_width",
        {"mouth-scale-horiz": 1.0},
        ("a wide mouth", "a big mouth", "a broad mouth", "a large mouth"),
        ("a small mouth", "a narrow mouth", "a little mouth", "a tiny mouth"),
    ),
    *_opposites(
        "cheekbones",
        {"cheek-bones": 1.0},
        ("high cheekbones", "prominent cheekbones", "strong cheekbones"),
        ("flat cheekbones", "low cheekbones"),
    ),
    *_opposites(
        "cheeks",
        {"cheek-volume": 1.0},
        ("chubby cheeks", "full cheeks", "round cheeks", "plump cheeks", "fat cheeks"),
        ("hollow cheeks", "sunken cheeks", "thin cheeks"),
    ),
    *_opposites(
        "chin_width",
        {"chin-width": 1.0, "chin-bones": 0.6, "head-angle": 0.4},
        ("a wide chin", "a broad chin", "a wide jaw", "a square jaw", "a broad jaw", "a strong jaw"),
        ("a pointed chin", "a narrow chin", "a narrow jaw", "a pointy chin", "a delicate jaw"),
    ),
    *_opposites(
        "chin_length",
        {"chin-height": 1.0, "chin-jaw-drop": 0.6},
        ("a long chin", "a tall chin", "a long jaw"),
        ("a short chin", "a small chin", "a short jaw"),
    ),
    *_opposites(
        "chin_prominence",
        {"chin-prominent": 1.0},
        ("a prominent chin", "a strong chin", "a jutting chin", "a big chin"),
        ("a weak chin", "a receding chin"),
    ),
    *_opposites(
        "ear_size",
        {"ear-scale": 1.0},
        ("big ears", "large ears", "huge ears"),
        ("small ears", "little ears", "tiny ears"),
    ),
    *_opposites(
        "ear_wing",
        {"ear-wing": 1.0},
        ("protruding ears", "sticking out ears"),
        ("flat ears", "ears close to the head"),
    ),
    *_opposites(
        "forehead",
        {"forehead-scale-vert": 1.0, "forehead-nubian": 0.4},
        ("a high forehead", "a big forehead", "a tall forehead", "a large forehead"),
        ("a low forehead", "a small forehead", "a short forehead"),
    ),
    *_opposites(
        "face_length",
        {"head-scale-vert": 1.0, "head-scale-horiz": -0.6},
        ("a long face", "a narrow face", "a long head", "an oblong face"),
        ("a short face", "a wide face", "a broad face", "a wide head"),
    ),
    *_opposites(
        "face_outline",
        {"head-roundness": 1.0, "head-oval": 0.6, "head-fat": 0.4},
        ("a round face", "a round head", "an oval face"),
        ("a square face", "an angular face", "a square head", "a rectangular face"),
    ),
    *_opposites(
        "neck",
        {"neck-scale-horiz": 1.0},
        ("a thick neck", "a wide neck", "a strong neck"),
        ("a thin neck", "a slender neck", "a slim neck", "a narrow neck"),
    ),
    ShapeFact(
        "double chin", "double_chin", {"neck-double": 1.0, "head-fat": 0.5}, ("a double chin",),
    ),
)  # fmt: skip

"""How styles look at full strength: skin tone, layers, and the colours of eyes, hair and teeth."""

from __future__ import annotations

from dataclasses import dataclass

Rgb = tuple[float, float, float]  # sRGB


@dataclass(frozen=True)
class LayerLook:
    """How strongly one layer covers, and with which colour."""

    name: str
    strength: float  # 0 absent .. 1 covers wholly where the mask is 1
    rgb: Rgb


@dataclass(frozen=True)
class EyeColors:
    sclera: Rgb
    iris: Rgb
    pupil: Rgb


_Layers = tuple[LayerLook, ...]


def _layers(*layers: tuple[str, float, Rgb]) -> _Layers:
    return tuple(LayerLook(*layer) for layer in layers)


# The plain colour of each material; hair, brows and eyes are made of it too.
MATERIAL_COLORS: dict[str, Rgb] = {
    "bronze": (0.44, 0.29, 0.16),
    "gold": (0.85, 0.64, 0.22),
    "marble": (0.90, 0.89, 0.87),
    "clay": (0.70, 0.42, 0.29),
    "wood": (0.68, 0.46, 0.27),
    "porcelain": (0.96, 0.95, 0.93),
    "chrome": (0.60, 0.63, 0.67),
}
# The colour that the cheek takes.
CREATURE_COLORS: dict[str, Rgb] = {
    "zombie": (0.50, 0.55, 0.42),
    "goblin": (0.40, 0.54, 0.22),
    "elf": (0.93, 0.79, 0.70),
    "alien": (0.60, 0.68, 0.64),
    "demon": (0.62, 0.11, 0.08),
    "vampire": (0.90, 0.88, 0.88),
    "robot": (0.60, 0.64, 0.68),
}

STYLE_LAYERS: dict[str, _Layers] = {
    "bronze": _layers(
        ("material", 0.97, MATERIAL_COLORS["bronze"]), ("hollows", 0.65, (0.13, 0.08, 0.05)),
        ("metal shade", 0.55, (0.20, 0.12, 0.07)), ("metal light", 0.60, (0.86, 0.67, 0.42)),
        ("patina", 0.50, (0.31, 0.50, 0.43)),
    ),
    "gold": _layers(
        ("material", 0.97, MATERIAL_COLORS["gold"]), ("hollows", 0.60, (0.42, 0.22, 0.04)),
        ("metal shade", 0.70, (0.48, 0.28, 0.06)), ("metal light", 0.85, (1.0, 0.94, 0.66)),
    ),
    "marble": _layers(
        ("material", 0.97, MATERIAL_COLORS["marble"]), ("hollows", 0.55, (0.52, 0.51, 0.52)),
        ("marble veins", 0.60, (0.50, 0.51, 0.55)),
    ),
    "clay": _layers(
        ("material", 0.97, MATERIAL_COLORS["clay"]), ("hollows", 0.60, (0.36, 0.19, 0.12)),
        ("mottle", 0.16, (0.58, 0.33, 0.22)), ("crackle", 0.45, (0.40, 0.22, 0.15)),
    ),
    "wood": _layers(
        ("material", 0.97, MATERIAL_COLORS["wood"]), ("hollows", 0.60, (0.25, 0.14, 0.07)),
        ("wood grain", 0.65, (0.38, 0.22, 0.11)),
    ),
    "porcelain": _layers(
        ("material", 0.97, MATERIAL_COLORS["porcelain"]), ("hollows", 0.45, (0.66, 0.68, 0.74)),
        ("metal light", 0.5, (1.0, 1.0, 1.0)), ("blush", 0.40, (0.90, 0.52, 0.50)),
        ("lipstick", 0.80, (0.76, 0.25, 0.27)), ("eyeliner", 0.6, (0.15, 0.12, 0.12)),
    ),
    "chrome": _layers(
        ("material", 0.98, MATERIAL_COLORS["chrome"]), ("hollows", 0.50, (0.10, 0.11, 0.14)),
        ("metal shade", 0.90, (0.10, 0.12, 0.16)), ("metal light", 0.95, (0.98, 0.99, 1.0)),
    ),
    "zombie": _layers(
        ("creature", 0.45, CREATURE_COLORS["zombie"]), ("mottle", 0.45, (0.31, 0.33, 0.25)),
        ("sunken", 0.75, (0.22, 0.16, 0.17)), ("dark veins", 0.45, (0.25, 0.20, 0.26)),
        ("wounds", 0.80, (0.38, 0.09, 0.08)),
    ),
    "goblin": _layers(
        ("creature", 0.50, CREATURE_COLORS["goblin"]), ("mottle", 0.45, (0.27, 0.38, 0.13)),
        ("sunken", 0.35, (0.20, 0.24, 0.10)), ("moles", 0.8, (0.24, 0.28, 0.10)),
    ),
    "elf": _layers(
        ("creature", 0.15, CREATURE_COLORS["elf"]), ("blush", 0.30, (0.92, 0.60, 0.56)),
    ),
    "alien": _layers(
        ("creature", 0.80, CREATURE_COLORS["alien"]), ("mottle", 0.22, (0.44, 0.54, 0.55)),
        ("sunken", 0.30, (0.34, 0.40, 0.42)),
    ),
    "demon": _layers(
        ("creature", 0.50, CREATURE_COLORS["demon"]), ("mottle", 0.40, (0.34, 0.04, 0.05)),
        ("sunken", 0.80, (0.10, 0.02, 0.03)), ("dark veins", 0.75, (0.12, 0.02, 0.03)),
    ),
    "vampire": _layers(
        ("creature", 0.35, CREATURE_COLORS["vampire"]), ("sunken", 0.30, (0.45, 0.28, 0.33)),
        ("dark veins", 0.20, (0.45, 0.42, 0.58)), ("lipstick", 0.75, (0.50, 0.04, 0.07)),
    ),
    "robot": _layers(
        ("creature", 0.90, CREATURE_COLORS["robot"]), ("hollows", 0.40, (0.16, 0.18, 0.21)),
        ("metal shade", 0.45, (0.26, 0.28, 0.32)), ("metal light", 0.55, (0.88, 0.91, 0.95)),
        ("panels", 0.95, (0.09, 0.10, 0.12)), ("lipstick", 0.7, (0.36, 0.39, 0.43)),
    ),
    "cartoon": _layers(("blush", 0.30, (0.93, 0.50, 0.45))),
    "anime": _layers(("blush", 0.30, (0.95, 0.55, 0.55)), ("eyeliner", 0.7, (0.08, 0.06, 0.07))),
    "caricature": (),
    "baby": _layers(("blush", 0.35, (0.92, 0.55, 0.50))),
    "skull": _layers(("skull white", 0.93, (0.90, 0.89, 0.85)), ("skull black", 0.95, (0.05, 0.05, 0.06))),
    "tiger": _layers(
        ("tiger orange", 0.90, (0.90, 0.50, 0.13)), ("tiger white", 0.92, (0.95, 0.93, 0.88)),
        ("tiger stripes", 0.93, (0.06, 0.05, 0.05)),
    ),
}  # fmt: skip


def _of_material(rgb: Rgb) -> EyeColors:
    red, green, blue = rgb
    return EyeColors(
        rgb,
        (0.80 * red, 0.80 * green, 0.80 * blue),
        (0.45 * red, 0.45 * green, 0.45 * blue),
    )


STYLE_EYES: dict[str, EyeColors] = {
    **{name: _of_material(rgb) for name, rgb in MATERIAL_COLORS.items()},
    "porcelain": EyeColors((0.93, 0.93, 0.92), (0.25, 0.42, 0.62), (0.03, 0.03, 0.04)),
    "zombie": EyeColors((0.84, 0.80, 0.62), (0.66, 0.70, 0.66), (0.42, 0.44, 0.42)),
    "goblin": EyeColors((0.86, 0.76, 0.34), (0.72, 0.40, 0.08), (0.05, 0.02, 0.01)),
    "elf": EyeColors((0.93, 0.93, 0.92), (0.30, 0.66, 0.52), (0.03, 0.05, 0.04)),
    "alien": EyeColors((0.05, 0.05, 0.07), (0.08, 0.08, 0.11), (0.02, 0.02, 0.03)),
    "demon": EyeColors((0.14, 0.03, 0.02), (0.98, 0.70, 0.10), (0.05, 0.0, 0.0)),
    "vampire": EyeColors((0.90, 0.82, 0.80), (0.72, 0.05, 0.05), (0.06, 0.0, 0.0)),
    "robot": EyeColors((0.12, 0.14, 0.17), (0.30, 0.86, 0.98), (0.85, 0.99, 1.0)),
}
# Hair and brows of creatures whose hair is not a human's.
STYLE_HAIR: dict[str, Rgb] = {
    **{name: (0.84 * r, 0.84 * g, 0.84 * b) for name, (r, g, b) in MATERIAL_COLORS.items()},
    "robot": (0.30, 0.32, 0.35),
}
# Brows and lashes of those that should have none are hidden in the colour of their skin.
STYLE_BROWS: dict[str, Rgb] = {
    **STYLE_HAIR,
    "alien": (0.52, 0.61, 0.58),
    "robot": (0.44, 0.47, 0.51),
}
STYLE_TEETH: dict[str, Rgb] = {
    **MATERIAL_COLORS,
    "zombie": (0.62, 0.56, 0.36),
    "goblin": (0.74, 0.66, 0.38),
    "demon": (0.78, 0.68, 0.50),
    "robot": (0.50, 0.53, 0.57),
}

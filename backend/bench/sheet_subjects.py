"""Which heads a sheet shows, and from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..guidance.guide import Guide, GuideTarget
from ..training.kit.latent import LATENT_BLOCKS, Z_DIM, block_slices
from ..training.kit.variety import CREATURES, FACE_PAINTS, MATERIALS, PROPORTIONS, style_coordinate

TRUNCATION = 0.7  # of random heads
RANDOM_SEED = (2026, 24)
RANDOM_HEADS = 24
STRENGTHS = (1 / 3, 2 / 3, 1.0)
STYLES = {
    "material": MATERIALS,
    "creature": CREATURES,
    "proportion": PROPORTIONS,
    "face_paint": FACE_PAINTS,
}
DEMO_PROMPTS = (
    "an old man with grey hair",
    "a young woman with long red hair and freckles",
    "a bald man with a black beard and glasses",
    "a smiling african girl with an afro",
    "an asian man with a moustache",
    "an old woman with white hair and glasses",
    "a bronze statue of a man",
    "a green goblin",
)
PROMPT_SEED = 1
PROMPT_TRUNCATION = 0.8
_DECIDED = 2.0  # z of a chosen label, the others at 0

Latent = NDArray[np.float32]  # [Z]


@dataclass(frozen=True)
class Aim:
    """Where a camera stands, radians."""

    yaw: float
    pitch: float


FRONT, THREE_QUARTER, SIDE, BACK = Aim(0.0, 0.0), Aim(0.6, 0.08), Aim(1.5, 0.02), Aim(3.1, 0.02)


@dataclass(frozen=True)
class Subject:
    """One strip of a sheet: every head from every aim."""

    label: str
    heads: tuple[Latent, ...]
    aims: tuple[Aim, ...]


@dataclass(frozen=True)
class Sheet:
    """Everything on a sheet."""

    title: str
    subjects: tuple[Subject, ...]
    columns: int  # strips side by side
    truncation: float = 1.0  # of w


def random_sheet() -> Sheet:
    """Random heads from three sides."""
    latents = np.random.default_rng(RANDOM_SEED).standard_normal((RANDOM_HEADS, Z_DIM))
    aims = (FRONT, THREE_QUARTER, BACK)
    subjects = tuple(
        Subject(f"{index}", (z,), aims) for index, z in enumerate(latents.astype(np.float32), 1)
    )
    title = f"{RANDOM_HEADS} random heads, truncation {TRUNCATION}: front, three-quarter, back"
    return Sheet(title, subjects, columns=3, truncation=TRUNCATION)


def style_sheet() -> Sheet:
    """Every style at three strengths, on a plain man or a plain woman."""
    man = plain_head(gender=1.2, age=0.2, hair_style="short02", hair_color="dark brown")
    woman = plain_head(gender=-1.2, age=-0.2, hair_style="ponytail01", hair_color="brown")
    subjects = []
    for block, names in STYLES.items():
        base = man if block in ("material", "face_paint") else woman
        for name in names:
            heads = tuple(styled(base, block, name, strength) for strength in STRENGTHS)
            subjects.append(Subject(name, heads, (THREE_QUARTER,)))
    title = "Styles at a third, two thirds and all of their strength"
    return Sheet(title, tuple(subjects), columns=4)


def prompt_sheet(guide: Guide, prompts: Sequence[str] = DEMO_PROMPTS) -> Sheet:
    """What the guide proposes for some prompts, from all sides."""
    aims = (FRONT, THREE_QUARTER, SIDE, BACK)
    subjects = []
    for prompt in prompts:
        proposed = guide.propose(
            guide.embed(GuideTarget(prompt)), PROMPT_SEED, 1, PROMPT_TRUNCATION
        )
        subjects.append(Subject(f"“{prompt}”", (proposed[0].numpy(),), aims))
    return Sheet(f"Prompts, seed {PROMPT_SEED}", tuple(subjects), columns=2)


def plain_head(gender: float, age: float, hair_style: str, hair_color: str) -> Latent:
    """The average head with these four and brown eyes."""
    z = np.zeros(Z_DIM, np.float32)
    z[block_slices()["gender"]], z[block_slices()["age"]] = gender, age
    chosen = {"hair_style": hair_style, "hair_color": hair_color, "eye_color": "brown"}
    for block in LATENT_BLOCKS:
        if block.kind == "categorical":
            label = block.labels.index(chosen.get(block.name, block.labels[0]))
            z[block_slices()[block.name].start + label] = _DECIDED
    return z


def styled(base: Latent, block: str, name: str, strength: float) -> Latent:
    """The head with one style at a strength 0..1."""
    z = base.copy()
    z[block_slices()[block].start + STYLES[block].index(name)] = style_coordinate(strength)
    return z

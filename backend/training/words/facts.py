"""What words can say about a head: each fact with its phrasings and the degree to which it is true."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..kit.latent import HeadParameters
from ..kit.variety import CREATURES, FACE_PAINTS, MATERIALS
from .fact import Degree, Fact, between, ramp
from .facts_color import EYE_FACTS, HAIR_COLOR_FACTS, HAIR_STYLE_FACTS, SKIN_FACTS
from .facts_shape import SHAPE_FACTS, ShapeFact
from .facts_variety import VARIETY_FACTS


def _male(p: HeadParameters) -> float:
    return ramp(p.male, 0.40, 0.75)


def _female(p: HeadParameters) -> float:
    return ramp(p.male, 0.60, 0.25)


def _person(p: HeadParameters) -> float:
    return 1.0


_PERSON_FACTS = (
    Fact("man", "person", lambda p: _male(p) * ramp(p.age_years, 14, 19),
         ("man", "man", "man", "male", "guy", "gentleman", "adult man"),
         ("male", "masculine"), seen_from_behind=True, weight=2.5),
    Fact("woman", "person", lambda p: _female(p) * ramp(p.age_years, 13, 18),
         ("woman", "woman", "woman", "female", "lady", "adult woman"),
         ("female", "feminine"), seen_from_behind=True, weight=2.5),
    Fact("boy", "person", lambda p: _male(p) * ramp(p.age_years, 23, 15),
         ("boy", "boy", "little boy", "lad", "young boy", "small boy"), seen_from_behind=True, weight=1.5),
    Fact("girl", "person", lambda p: _female(p) * ramp(p.age_years, 32, 19),
         ("girl", "girl", "lass", "young girl"), seen_from_behind=True, weight=1.5),
    Fact("little girl", "person", lambda p: _female(p) * ramp(p.age_years, 15, 11),
         ("little girl", "small girl", "girl child"), seen_from_behind=True),
    Fact("child", "person", lambda p: ramp(p.age_years, 16, 12),
         ("child", "kid", "little child", "young child", "schoolchild"), ("childlike",)),
    Fact("teenager", "person", lambda p: between(p.age_years, 13, 19, 2.5),
         ("teenager", "teen", "adolescent", "youth"), ("teenage", "adolescent")),
    Fact("adult", "person", lambda p: between(p.age_years, 22, 60, 4), ("adult", "grown up"), ("adult",),
         weight=0.4),
    Fact("grandmother", "person", lambda p: _female(p) * ramp(p.age_years, 54, 64),
         ("grandmother", "granny", "grandma", "old lady"), seen_from_behind=True),
    Fact("grandfather", "person", lambda p: _male(p) * ramp(p.age_years, 54, 64),
         ("grandfather", "grandpa", "granddad", "old gentleman"), seen_from_behind=True),
    Fact("senior", "person", lambda p: ramp(p.age_years, 56, 66),
         ("senior", "pensioner", "elder", "old person", "senior citizen")),
    Fact("person", "person", _person,
         ("person", "human", "someone", "character", "human being", "individual", "figure"), weight=0.4),
)  # fmt: skip

_AGE_FACTS = (
    Fact("very young", "age", lambda p: ramp(p.age_years, 13, 9), adjectives=("very young", "small", "tiny")),
    Fact("young", "age", lambda p: ramp(p.age_years, 42, 32),
         adjectives=("young", "young", "youthful", "young looking"), features=("a young face",)),
    Fact("middle-aged", "age", lambda p: between(p.age_years, 40, 57, 5),
         adjectives=("middle-aged", "middle aged", "mature")),
    Fact("old", "age", lambda p: ramp(p.age_years, 54, 63),
         adjectives=("old", "old", "elderly", "aged", "senior", "ageing", "aging"),
         features=("an old face", "an aged face")),
    Fact("very old", "age", lambda p: ramp(p.age_years, 68, 76),
         adjectives=("very old", "ancient", "wrinkled", "wrinkly"), features=("wrinkles", "wrinkled skin")),
)  # fmt: skip

_ETHNICITY_FACTS = (
    Fact("african", "ethnicity", lambda p: ramp(p.african, 0.45, 0.68),
         adjectives=("african", "black", "african american", "sub-saharan"),
         features=("african features", "african looks")),
    Fact("asian", "ethnicity", lambda p: ramp(p.asian, 0.45, 0.68),
         adjectives=("asian", "asian", "east asian", "chinese", "japanese", "korean"),
         features=("asian features", "asian eyes", "asian looks")),
    Fact("european", "ethnicity", lambda p: ramp(p.caucasian, 0.45, 0.68),
         adjectives=("white", "caucasian", "european", "western"),
         features=("european features", "caucasian features", "european looks")),
    Fact("mixed", "ethnicity", lambda p: ramp(max(p.african, p.asian, p.caucasian), 0.68, 0.55),
         adjectives=("mixed race", "biracial", "mixed-race"), features=("mixed features",)),
)  # fmt: skip


_HEAVY = (
    "fat",
    "chubby",
    "heavy",
    "overweight",
    "plump",
    "stout",
    "obese",
    "very fat",
    "chunky",
    "big",
)
_THIN = ("thin", "slim", "skinny", "slender", "lean", "gaunt", "very thin", "bony")
_WEIGHT_FACTS = (
    Fact("heavy", "weight", lambda p: ramp(p.weight, 0.15, 0.45), adjectives=_HEAVY,
         features=("a fat face", "a chubby face", "a plump face", "a heavy face", "a full face")),
    Fact("thin", "weight", lambda p: ramp(p.weight, -0.15, -0.45), adjectives=_THIN,
         features=("a thin face", "a slim face", "a lean face", "a gaunt face", "a skinny face")),
)  # fmt: skip

_SMILES = ("smiling", "smiling", "happy", "cheerful", "grinning", "joyful", "friendly", "smiley")
_EXPRESSION_FACTS = (
    Fact("smiling", "mood", lambda p: ramp(p.smile, 0.15, 0.4), adjectives=_SMILES,
         features=("a smile", "a happy smile", "a grin", "a happy expression", "a smiling mouth")),
    Fact("sad", "mood", lambda p: ramp(p.smile, -0.15, -0.4),
         adjectives=("sad", "frowning", "unhappy", "gloomy", "grumpy", "sulky", "depressed"),
         features=("a frown", "a sad expression", "a sad face", "a sad mouth")),
    Fact("laughing", "mood", lambda p: ramp(p.smile, 0.1, 0.35) * ramp(p.jaw_open, 0.05, 0.2),
         adjectives=("laughing",), features=("a laugh", "a laughing mouth", "a big open smile")),
    Fact("angry", "mood", lambda p: ramp(p.brow_raise, -0.1, -0.4) * ramp(p.smile, 0.15, -0.1),
         adjectives=("angry", "furious", "scowling", "stern"),
         features=("an angry expression", "a scowl", "an angry face", "lowered brows")),
    Fact("surprised", "mood", lambda p: ramp(p.brow_raise, 0.05, 0.35) * ramp(p.eyes_wide, 0.0, 0.3),
         adjectives=("surprised", "astonished", "shocked", "amazed", "scared", "startled"),
         features=("a surprised expression", "a surprised look", "a shocked face")),
    Fact("serious", "mood", lambda p: ramp(abs(p.smile), 0.3, 0.15) * ramp(p.jaw_open, 0.15, 0.05),
         adjectives=("serious", "calm", "neutral", "expressionless"),
         features=("a serious expression", "a neutral expression", "a calm face", "a neutral face")),
    Fact("open mouth", "jaw", lambda p: ramp(p.jaw_open, 0.05, 0.22), adjectives=("screaming", "shouting", "yelling"),
         features=("an open mouth", "mouth open", "an open jaw", "mouth wide open", "open lips")),
    Fact("closed mouth", "jaw", lambda p: ramp(p.jaw_open, 0.1, 0.02), features=("a closed mouth", "mouth closed")),
    Fact("raised brows", "brow", lambda p: ramp(p.brow_raise, 0.1, 0.4),
         features=("raised eyebrows", "raised brows", "eyebrows raised")),
    Fact("wide open eyes", "lids", lambda p: ramp(p.eyes_wide, 0.1, 0.4),
         adjectives=("wide-eyed",), features=("wide open eyes", "wide eyes", "eyes wide open")),
    Fact("squinting", "lids", lambda p: ramp(p.eyes_wide, -0.1, -0.4),
         adjectives=("squinting",), features=("narrow eyes", "narrowed eyes", "squinting eyes", "half closed eyes")),
    Fact("thick brows", "brow_style", lambda p: {"eyebrow009": 1.0, "eyebrow012": 0.7}.get(p.brow_style, 0.0),
         features=("thick eyebrows", "thick brows", "bushy eyebrows", "bushy brows", "heavy brows")),
    Fact("thin brows", "brow_style", lambda p: {"eyebrow006": 1.0, "eyebrow010": 0.7}.get(p.brow_style, 0.0),
         features=("thin eyebrows", "thin brows", "arched eyebrows", "fine eyebrows", "plucked eyebrows")),
)  # fmt: skip


def _exact_age(years: int) -> Fact:
    nearness: Degree = lambda p: math.exp(-(((p.age_years - years) / 6.0) ** 2))  # noqa: E731
    adjectives = (f"{years} year old", f"{years}-year-old", f"{years} years old")
    return Fact(f"age {years}", "age", nearness, adjectives=adjectives, weight=0.12)


def _shape_fact(shape: ShapeFact) -> Fact:
    norm = math.sqrt(sum(w * w for w in shape.weights.values()))

    def degree(p: HeadParameters) -> float:
        score = sum(weight * p.shape[name] for name, weight in shape.weights.items()) / norm
        return ramp(score, 0.5, 1.1)

    return Fact(
        shape.name, shape.group, degree, adjectives=shape.adjectives, features=shape.features
    )


@cache
def all_facts() -> tuple[Fact, ...]:
    """Every fact, in a fixed order that the training's fact heads rely on."""
    return (
        *_PERSON_FACTS, *_AGE_FACTS, *_ETHNICITY_FACTS, *SKIN_FACTS, *EYE_FACTS, *_WEIGHT_FACTS,
        *_EXPRESSION_FACTS, *HAIR_COLOR_FACTS, *HAIR_STYLE_FACTS,
        *(_exact_age(years) for years in range(5, 91)),
        *(_shape_fact(shape) for shape in SHAPE_FACTS), *VARIETY_FACTS,
    )  # fmt: skip


def fact_degrees(parameters: list[HeadParameters]) -> NDArray[np.float32]:
    """Degrees [N, facts] of every fact for every head."""
    rows = [[fact.degree(p) * _seen(fact, p) for fact in all_facts()] for p in parameters]
    return np.asarray(rows, np.float32)


_COVERED = {
    "skin": (*MATERIALS, *CREATURES, *FACE_PAINTS),
    "eye_color": (*MATERIALS, *CREATURES),
    "hair_color": (*MATERIALS, "robot"),
    **dict.fromkeys(
        ("freckles", "wrinkles", "blush", "moles"), (*MATERIALS, "robot", *FACE_PAINTS)
    ),
    **dict.fromkeys(("lipstick", "eyeshadow", "makeup"), FACE_PAINTS),
}  # group -> the styles that hide it


def _seen(fact: Fact, p: HeadParameters) -> float:
    """0 where a style hides what the fact speaks about .. 1."""
    hidden = sum(p.styles[style] for style in _COVERED.get(fact.group, ()))
    return ramp(hidden, 0.7, 0.3)

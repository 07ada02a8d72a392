"""What words can say about a head: each fact with its phrasings and the degree to which it is true."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .facts_shape import SHAPE_FACTS, ShapeFact
from .latent import HeadParameters

Degree = Callable[[HeadParameters], float]


@dataclass(frozen=True)
class Fact:
    """One thing a caption may say.

    `degree` is 0 (false) .. 1 (true). Two facts of one group are never said of the same head at once.
    """

    name: str
    group: str
    degree: Degree
    nouns: tuple[str, ...] = ()  # in the place of "person"
    adjectives: tuple[str, ...] = ()  # before the noun
    features: tuple[str, ...] = ()  # after "with"
    seen_from_behind: bool = False


def ramp(value: float, zero: float, one: float) -> float:
    """0 at `zero`, 1 at `one`, linear between, clamped outside; `zero` may be the larger."""
    return min(1.0, max(0.0, (value - zero) / (one - zero)))


def _between(value: float, low: float, high: float, margin: float) -> float:
    return min(ramp(value, low - margin, low), ramp(value, high + margin, high))


def _male(p: HeadParameters) -> float:
    return ramp(p.male, 0.40, 0.75)


def _female(p: HeadParameters) -> float:
    return ramp(p.male, 0.60, 0.25)


def _person(p: HeadParameters) -> float:
    return 1.0


_PERSON_FACTS = (
    Fact("man", "person", lambda p: _male(p) * ramp(p.age_years, 14, 19),
         ("man", "man", "male", "guy", "gentleman", "adult man", "male person"),
         ("male", "masculine"), seen_from_behind=True),
    Fact("woman", "person", lambda p: _female(p) * ramp(p.age_years, 13, 18),
         ("woman", "woman", "female", "lady", "adult woman", "female person"),
         ("female", "feminine"), seen_from_behind=True),
    Fact("boy", "person", lambda p: _male(p) * ramp(p.age_years, 23, 15),
         ("boy", "boy", "little boy", "lad", "young boy", "small boy"), seen_from_behind=True),
    Fact("girl", "person", lambda p: _female(p) * ramp(p.age_years, 32, 19),
         ("girl", "girl", "lass", "young girl"), seen_from_behind=True),
    Fact("little girl", "person", lambda p: _female(p) * ramp(p.age_years, 15, 11),
         ("little girl", "small girl", "girl child"), seen_from_behind=True),
    Fact("child", "person", lambda p: ramp(p.age_years, 16, 12),
         ("child", "kid", "little child", "young child", "schoolchild"), ("childlike",)),
    Fact("teenager", "person", lambda p: _between(p.age_years, 13, 19, 2.5),
         ("teenager", "teen", "adolescent", "youth"), ("teenage", "adolescent")),
    Fact("adult", "person", lambda p: _between(p.age_years, 22, 60, 4), ("adult", "grown up"), ("adult",)),
    Fact("grandmother", "person", lambda p: _female(p) * ramp(p.age_years, 54, 64),
         ("grandmother", "granny", "grandma", "old lady"), seen_from_behind=True),
    Fact("grandfather", "person", lambda p: _male(p) * ramp(p.age_years, 54, 64),
         ("grandfather", "grandpa", "granddad", "old gentleman"), seen_from_behind=True),
    Fact("senior", "person", lambda p: ramp(p.age_years, 56, 66),
         ("senior", "pensioner", "elder", "old person", "senior citizen")),
    Fact("person", "person", _person,
         ("person", "human", "someone", "character", "human being", "individual", "figure")),
)  # fmt: skip

_AGE_FACTS = (
    Fact("very young", "age", lambda p: ramp(p.age_years, 13, 9), adjectives=("very young", "small", "tiny")),
    Fact("young", "age", lambda p: ramp(p.age_years, 42, 32),
         adjectives=("young", "young", "youthful", "young looking"), features=("a young face",)),
    Fact("middle-aged", "age", lambda p: _between(p.age_years, 40, 57, 5),
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
         adjectives=("asian", "asian", "east asian", "chinese", "japanese", "korean", "oriental"),
         features=("asian features", "asian eyes", "asian looks")),
    Fact("european", "ethnicity", lambda p: ramp(p.caucasian, 0.45, 0.68),
         adjectives=("white", "caucasian", "european", "western"),
         features=("european features", "caucasian features", "european looks")),
    Fact("mixed", "ethnicity", lambda p: ramp(max(p.african, p.asian, p.caucasian), 0.68, 0.55),
         adjectives=("mixed race", "biracial", "mixed-race"), features=("mixed features",)),
)  # fmt: skip


def _tone(word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Adjectives and features that say a skin is `word`."""
    adjectives = (f"{word}-skinned", f"{word} skinned")
    return adjectives, (f"{word} skin", f"{word} skin", f"a {word} complexion", f"{word} skin tone")


def _skin_fact(name: str, degree: Degree, words: tuple[str, ...]) -> Fact:
    adjectives = tuple(a for word in words for a in _tone(word)[0])
    features = tuple(f for word in words for f in _tone(word)[1])
    return Fact(name, "skin", degree, adjectives=adjectives, features=features, seen_from_behind=True)


_SKIN_FACTS = (
    _skin_fact("very pale", lambda p: ramp(p.skin_tone, 0.20, 0.13), ("pale", "very pale", "pallid", "very light")),
    _skin_fact("light", lambda p: ramp(p.skin_tone, 0.40, 0.32), ("light", "fair", "white")),
    _skin_fact("tan", lambda p: _between(p.skin_tone, 0.35, 0.55, 0.08), ("tan", "tanned", "olive", "bronzed")),
    _skin_fact("brown", lambda p: _between(p.skin_tone, 0.46, 0.70, 0.08), ("brown", "medium brown")),
    _skin_fact("dark", lambda p: ramp(p.skin_tone, 0.50, 0.60), ("dark", "dark brown", "deep brown")),
    _skin_fact("very dark", lambda p: ramp(p.skin_tone, 0.66, 0.74), ("very dark", "black", "ebony")),
)


def _eye_fact(words: tuple[str, ...], degrees: dict[str, float]) -> Fact:
    features = tuple(f for word in words for f in (f"{word} eyes", f"{word} eyes", f"{word} irises"))
    adjectives = tuple(f"{word}-eyed" for word in words)
    return Fact(
        f"{words[0]} eyes", "eye_color", lambda p: degrees.get(p.eye_color, 0.0),
        adjectives=adjectives, features=features,
    )  # fmt: skip


_EYE_FACTS = (
    _eye_fact(("brown",), {"brown": 1.0, "dark brown": 0.7, "hazel": 0.1}),
    _eye_fact(("dark brown", "dark", "black"), {"dark brown": 1.0, "brown": 0.2}),
    _eye_fact(("hazel", "amber", "light brown"), {"hazel": 1.0, "brown": 0.1}),
    _eye_fact(("green",), {"green": 1.0, "hazel": 0.1}),
    _eye_fact(("blue", "light blue"), {"blue": 1.0, "grey": 0.1}),
    _eye_fact(("grey", "gray"), {"grey": 1.0, "blue": 0.1}),
)

_HEAVY = ("fat", "chubby", "heavy", "overweight", "plump", "stout", "obese", "very fat", "chunky", "big")
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
         adjectives=("angry", "furious", "scowling", "stern", "mad", "evil"),
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
    Fact("thick brows", "brow_style", lambda p: {"eyebrow009": 1.0, "eyebrow002": 0.4}.get(p.brow_style, 0.0),
         features=("thick eyebrows", "thick brows", "bushy eyebrows", "bushy brows", "heavy brows")),
    Fact("thin brows", "brow_style", lambda p: {"eyebrow006": 1.0, "eyebrow004": 0.3}.get(p.brow_style, 0.0),
         features=("thin eyebrows", "thin brows", "arched eyebrows", "fine eyebrows", "plucked eyebrows")),
)  # fmt: skip


def _hair_color(words: tuple[str, ...], nouns: tuple[str, ...], degrees: dict[str, float]) -> Fact:
    """A hair colour; its `features` are bare colour words, which captions join to a style or to "hair"."""
    return Fact(
        f"{words[0]} hair", "hair_color",
        lambda p: degrees.get(p.hair_color, 0.0) if p.hair_style != "bald" else 0.0,
        nouns=nouns, features=words, seen_from_behind=True,
    )  # fmt: skip


_DARK = {"black": 1.0, "dark brown": 1.0, "brown": 0.3}
_HAIR_COLOR_FACTS = (
    _hair_color(("black", "jet black", "raven"), (), {"black": 1.0, "dark brown": 0.15}),
    _hair_color(("dark brown",), (), {"dark brown": 1.0, "brown": 0.3}),
    _hair_color(("brown", "brunette", "brunet"), ("brunette",), {"brown": 1.0, "dark brown": 0.5, "light brown": 0.4}),
    _hair_color(("light brown", "mousy"), (), {"light brown": 1.0, "brown": 0.2}),
    _hair_color(("blond", "blonde", "blonde", "golden", "yellow", "fair", "light"), ("blonde", "blond"), {"blond": 1.0}),
    _hair_color(("red", "ginger", "red", "orange", "copper"), ("redhead", "ginger"), {"red": 1.0, "auburn": 0.3}),
    _hair_color(("auburn", "dark red", "chestnut", "reddish brown"), (), {"auburn": 1.0, "red": 0.15}),
    _hair_color(("grey", "gray", "silver", "greying", "graying"), (), {"grey": 1.0, "white": 0.2}),
    _hair_color(("white", "snow white"), (), {"white": 1.0, "grey": 0.1}),
    _hair_color(("dark",), (), _DARK),
)  # fmt: skip


def _style(*styles: str, also: dict[str, float] | None = None) -> Degree:
    degrees = dict.fromkeys(styles, 1.0) | (also or {})
    return lambda p: degrees.get(p.hair_style, 0.0)


# In the features, "{}" is where the colour goes.
_HAIR_STYLE_FACTS = (
    Fact("bald", "hair_style", _style("bald"), adjectives=("bald", "bald", "bald-headed", "hairless", "balding"),
         features=("a bald head", "no hair", "a shaved head", "a shaven head", "a bald scalp"), seen_from_behind=True),
    Fact("short hair", "hair_style", _style("short01", "short02", "short03", "short04"),
         adjectives=("short-haired", "short haired"),
         features=("short {} hair", "short {} hair", "{} short hair", "cropped {} hair", "a short {} haircut"),
         seen_from_behind=True),
    Fact("bob", "hair_style", _style("bob01", "bob02"), adjectives=("bob-haired",),
         features=("{} bob hair", "a {} bob", "a bob of {} hair", "a {} bob haircut", "bobbed {} hair", "{} bob cut"),
         seen_from_behind=True),
    Fact("long hair", "hair_style", _style("long01", also={"ponytail01": 0.25, "braid01": 0.25}),
         adjectives=("long-haired", "long haired"),
         features=("long {} hair", "long {} hair", "{} long hair", "very long {} hair", "flowing {} hair",
                   "long straight {} hair"), seen_from_behind=True),
    Fact("braid", "hair_style", _style("braid01"),
         features=("a {} braid", "braided {} hair", "{} braids", "plaited {} hair", "a {} plait", "{} hair in a braid"),
         seen_from_behind=True),
    Fact("ponytail", "hair_style", _style("ponytail01"),
         features=("a {} ponytail", "{} hair in a ponytail", "{} hair tied back", "a {} pony tail", "{} ponytail hair"),
         seen_from_behind=True),
    Fact("afro", "hair_style", _style("afro01"),
         features=("a {} afro", "{} afro hair", "curly {} hair", "{} curly hair", "curly {} afro hair", "frizzy {} hair",
                   "a big {} afro", "{} curls", "kinky {} hair"), seen_from_behind=True),
)  # fmt: skip


def _exact_age(years: int) -> Fact:
    nearness: Degree = lambda p: math.exp(-(((p.age_years - years) / 6.0) ** 2))  # noqa: E731
    adjectives = (f"{years} year old", f"{years}-year-old", f"{years} years old")
    return Fact(f"age {years}", "age", nearness, adjectives=adjectives, features=())


def _shape_fact(shape: ShapeFact) -> Fact:
    norm = math.sqrt(sum(w * w for w in shape.weights.values()))

    def degree(p: HeadParameters) -> float:
        score = sum(weight * p.shape[name] for name, weight in shape.weights.items()) / norm
        return ramp(score, 0.5, 1.1)

    return Fact(shape.name, shape.group, degree, adjectives=shape.adjectives, features=shape.features)


@cache
def all_facts() -> tuple[Fact, ...]:
    """Every fact, in a fixed order that the training's fact heads rely on."""
    return (
        *_PERSON_FACTS, *_AGE_FACTS, *_ETHNICITY_FACTS, *_SKIN_FACTS, *_EYE_FACTS, *_WEIGHT_FACTS,
        *_EXPRESSION_FACTS, *_HAIR_COLOR_FACTS, *_HAIR_STYLE_FACTS,
        *(_exact_age(years) for years in range(5, 91)),
        *(_shape_fact(shape) for shape in SHAPE_FACTS),
    )  # fmt: skip


def fact_degrees(parameters: list[HeadParameters]) -> NDArray[np.float32]:
    """Degrees [N, facts] of every fact for every head."""
    rows = [[fact.degree(p) for fact in all_facts()] for p in parameters]
    return np.asarray(rows, np.float32)

"""Captions from known parameters: many natural phrasings of any subset of what is true of a head."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .fact import Fact
from .facts import all_facts

SURE = 0.6  # a caption says only what is at least this true
# How often a caption speaks of each group; the groups not named here are details.
_GROUP_ODDS = {
    "person": 0.85, "age": 0.5, "ethnicity": 0.35, "skin": 0.33, "eye_color": 0.25, "weight": 0.25,
    "mood": 0.3, "hair_style": 0.55, "hair_color": 0.55, "jaw": 0.15, "brow_style": 0.2, "beard": 0.6, "moustache": 0.6, "glasses": 0.75, "freckles": 0.5,
    "makeup": 0.3, "lipstick": 0.4, "eyeshadow": 0.3, "mouth": 0.4, "eyelids": 0.5, "material": 0.95,
    "creature": 0.95, "proportion": 0.95, "face_paint": 0.95,
}  # fmt: skip
_DETAIL_ODDS = 0.14
_TERSE_ODDS = 0.35  # captions that keep one or two facts only
LEADS = (
    "", "", "", "", "", "", "a portrait of", "portrait of", "a photo of", "photo of", "a picture of",
    "a head of", "the head of", "the face of", "a 3d head of", "a 3d model of", "a render of",
    "a close-up of", "a headshot of", "an image of", "3d render of", "close-up portrait of",
)  # fmt: skip
TAILS = (
    "",
    "",
    "",
    "",
    "",
    "",
    ", portrait",
    ", head",
    ", 3d",
    ", realistic",
    ", front view",
    ", side view",
)
BARE = (
    "a head",
    "a face",
    "a portrait",
    "portrait",
    "head",
    "a person",
    "someone",
    "a 3d head",
    "a human face",
)
_HAIR_GROUPS = ("hair_style", "hair_color")
_STYLE_GROUPS = ("material", "creature", "proportion", "face_paint")
SCULPTURES = ("statue", "bust", "sculpture", "figure", "head")
_SCULPTURE_ODDS = 0.35  # of the captions of a head of some material


@dataclass(frozen=True)
class Caption:
    """A text and the facts (indices into `all_facts()`) that it states."""

    text: str
    facts: tuple[int, ...]


def write_caption(
    degrees: NDArray[np.float32], rng: np.random.Generator, *, from_behind: bool = False
) -> Caption:
    """A random caption for the head whose facts have these degrees [facts].

    With `from_behind` it states only what the back of a head shows.
    """
    chosen = _choose(degrees, rng, from_behind)
    if not chosen:
        return Caption(str(rng.choice(BARE)), ())
    facts = [all_facts()[index] for index in chosen]
    material = next((f for f in facts if f.group == "material"), None)
    if material and rng.random() < _SCULPTURE_ODDS:
        text = _sculpture(material, [f for f in facts if f is not material], rng)
    else:
        text = _phrase(facts, rng)
    if rng.random() < 0.1:
        text = text.replace(", ", " ")
    return Caption(text, tuple(chosen))


def _phrase(facts: Sequence[Fact], rng: np.random.Generator) -> str:
    style = rng.random()
    if style < 0.22:
        return _telegram(facts, rng)
    if style < 0.34:
        return _hair_noun(facts, rng) or _sentence(facts, rng)
    return _sentence(facts, rng)


def _sculpture(material: Fact, rest: Sequence[Fact], rng: np.random.Generator) -> str:
    """ "a bronze bust of an old man" """
    phrase = f"{rng.choice(material.adjectives)} {rng.choice(SCULPTURES)}"
    whole = f"{_article(phrase)} {phrase}"
    if not rest:
        return whole
    person = next((f for f in rest if f.group == "person"), None)
    adjectives, features = _split(rest, rng)
    noun = str(rng.choice(person.nouns)) if person else "person"
    shown = _tidy(" ".join(adjectives) + " " + noun)
    text = f"{whole} of {_article(shown)} {shown}"
    return _tidy(text + (" with " + _list(features, rng) if features else ""))


def _choose(degrees: NDArray[np.float32], rng: np.random.Generator, from_behind: bool) -> list[int]:
    groups: dict[str, list[int]] = {}
    for index in np.flatnonzero(degrees >= SURE):
        fact = all_facts()[index]
        if fact.seen_from_behind or not from_behind:
            groups.setdefault(fact.group, []).append(int(index))
    chosen = []
    for group, members in groups.items():
        if rng.random() < _GROUP_ODDS.get(group, _DETAIL_ODDS):
            weights = np.array([all_facts()[m].weight for m in members])
            chosen.append(int(rng.choice(members, p=weights / weights.sum())))
    if rng.random() < _TERSE_ODDS and len(chosen) > 2:
        chosen = _keep(chosen, int(rng.integers(1, 3)), rng)
    if len(chosen) > 7:
        chosen = _keep(chosen, 7, rng)
    return sorted(chosen)


def _keep(chosen: list[int], count: int, rng: np.random.Generator) -> list[int]:
    """`count` of the chosen facts, styles first: nobody describes a zombie by its nose alone."""
    order = rng.permutation(len(chosen))
    ranked = sorted(order, key=lambda k: all_facts()[chosen[k]].group not in _STYLE_GROUPS)
    return [chosen[k] for k in ranked[:count]]


def _hair_phrase(facts: Sequence[Fact], rng: np.random.Generator) -> str | None:
    """Style and colour in one phrase, as people say it."""
    style = next((f for f in facts if f.group == "hair_style"), None)
    color = next((f for f in facts if f.group == "hair_color"), None)
    word = str(rng.choice(color.features)) if color else ""
    if style:
        return _tidy(str(rng.choice(style.features)).replace("{}", word))
    return f"{word} hair" if color else None


def _split(facts: Sequence[Fact], rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Each fact as an adjective or as a feature, both shuffled."""
    adjectives, features = [], []
    hair = [f for f in facts if f.group in _HAIR_GROUPS]
    phrase = _hair_phrase(hair, rng)
    if phrase and len(hair) == 1 and rng.random() < (0.7 if hair[0].name == "bald" else 0.3):
        fact = hair[0]
        if fact.group == "hair_color":
            adjectives.append(f"{rng.choice(fact.features)}-haired")
        elif fact.adjectives:
            adjectives.append(str(rng.choice(fact.adjectives)))
        else:
            features.append(phrase)
    elif phrase:
        features.append(phrase)
    for fact in facts:
        if fact.group in (*_HAIR_GROUPS, "person"):
            continue
        can_precede = bool(fact.adjectives) and (
            not fact.features or rng.random() < _adjective_odds(fact)
        )
        target, words = (adjectives, fact.adjectives) if can_precede else (features, fact.features)
        target.append(str(rng.choice(words)))
    rng.shuffle(adjectives)
    rng.shuffle(features)
    return adjectives, features


def _adjective_odds(fact: Fact) -> float:
    return 0.3 if fact.group in ("skin", "eye_color") else 0.75


def _sentence(facts: Sequence[Fact], rng: np.random.Generator) -> str:
    person = next((f for f in facts if f.group == "person"), None)
    noun = str(rng.choice(person.nouns)) if person else str(rng.choice(PLACEHOLDERS))
    adjectives, features = _split(facts, rng)
    if not person and not adjectives and features and rng.random() < 0.7:
        return (
            str(rng.choice(LEADS[:10])) + " " + _list(features, rng)
            if rng.random() < 0.3
            else _list(features, rng)
        )
    joint = ", " if rng.random() < 0.15 else " "
    phrase = _tidy(joint.join(adjectives) + " " + noun)
    article = "the" if rng.random() < 0.08 else _article(phrase)
    text = phrase if rng.random() < 0.3 else f"{article} {phrase}"
    lead = str(rng.choice(LEADS))
    if features:
        link = str(
            rng.choice(
                (" with ", " with ", " with ", " with ", " who has ", " has ", ", ", " having ")
            )
        )
        text += link + _list(features, rng)
    return _tidy(f"{lead} {text}{rng.choice(TAILS)}")


PLACEHOLDERS = ("person", "head", "face", "someone", "portrait", "human")


def _telegram(facts: Sequence[Fact], rng: np.random.Generator) -> str:
    person = next((f for f in facts if f.group == "person"), None)
    adjectives, features = _split(facts, rng)
    parts = [re.sub(r"^an? ", "", feature) for feature in features] + adjectives
    if person:
        noun = str(rng.choice(person.nouns))
        if adjectives and rng.random() < 0.6:
            parts.remove(adjectives[0])
            noun = f"{adjectives[0]} {noun}"
        parts.append(noun)
    rng.shuffle(parts)
    return _tidy((", " if rng.random() < 0.8 else " ").join(parts))


def _hair_noun(facts: Sequence[Fact], rng: np.random.Generator) -> str | None:
    """ "a young redhead" in the place of a woman with red hair."""
    color = next((f for f in facts if f.group == "hair_color" and f.nouns), None)
    if color is None:
        return None
    person = next((f for f in facts if f.group == "person"), None)
    rest = [f for f in facts if f is not color and f.group != "person"]
    adjectives, features = _split(rest, rng)
    noun = str(rng.choice(color.nouns))
    if person:
        noun = f"{noun} {rng.choice(person.nouns)}"
    phrase = _tidy(" ".join(adjectives) + " " + noun)
    text = f"{_article(phrase)} {phrase}"
    return _tidy(text + (" with " + _list(features, rng) if features else ""))


def _list(parts: Sequence[str], rng: np.random.Generator) -> str:
    if len(parts) == 1:
        return parts[0]
    if rng.random() < 0.25:
        return " and ".join(parts)
    last = " and " if rng.random() < 0.75 else ", "
    return ", ".join(parts[:-1]) + last + parts[-1]


def _article(phrase: str) -> str:
    sounds_open = phrase.startswith(("8", "11", "18"))
    is_vowel = phrase[0] in "aeiou" and not phrase.startswith("european")
    return "an" if is_vowel or sounds_open else "a"


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace(" ,", ",").strip(" ,")

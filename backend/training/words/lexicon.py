"""Every word that captions can hold, and what the colours among them belong to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..kit.variety import FRAME_COLORS
from .captions import BARE, LEADS, PLACEHOLDERS, SCULPTURES, TAILS
from .fact import Fact
from .facts import all_facts


@dataclass(frozen=True)
class Lexicon:
    """Every word that captions can hold, and which colours they give to which part of a head."""

    words: tuple[str, ...]
    colors: dict[str, tuple[str, ...]]  # part ("hair", "eyes", "skin", "person") -> colour words
    nouns: dict[str, tuple[str, ...]]  # part -> nouns that mean it


_OTHER_COLORS = {
    "glasses": tuple(FRAME_COLORS),
    "makeup": ("red", "dark", "bright", "scarlet", "plum"),
}
_COLOR_GROUPS = {"hair_color": "hair", "eye_color": "eyes", "skin": "skin", "ethnicity": "person"}
_NO_COLORS = frozenset(
    ("a", "face", "tone", "skin", "skinned", "complexion", "eyes", "eyed", "irises", "very", "hair")
)
_PART_NOUNS = {
    "hair": "hair haired bob ponytail pony afro curls haircut redhead beard bearded moustache mustache",
    "eyes": "eyes eye eyed irises",
    "skin": "skin skinned complexion",
    "glasses": "glasses eyeglasses eyeglass spectacles specs frames",
    "makeup": "lipstick eyeliner eyeshadow makeup",
    "other": "nose lips mouth chin jaw ears cheeks cheekbones forehead neck eyebrows brows smile",
}


def caption_lexicon() -> Lexicon:
    """The lexicon of the phrase tables themselves, so that no rare word depends on luck."""
    phrases = [
        *LEADS,
        *TAILS,
        *BARE,
        *PLACEHOLDERS,
        *SCULPTURES,
        "with who has having and a an the haired hair",
    ]
    colors: dict[str, set[str]] = {part: set() for part in (*_COLOR_GROUPS.values(), "other")}
    colors |= {part: set(words) for part, words in _OTHER_COLORS.items()}
    people: set[str] = set()
    for fact in all_facts():
        phrases += (*fact.nouns, *fact.adjectives, *fact.features)
        if fact.group in _COLOR_GROUPS:
            said = (
                fact.adjectives if fact.group == "ethnicity" else (*fact.features, *fact.adjectives)
            )
            colors[_COLOR_GROUPS[fact.group]].update(w for text in said for w in words_of(text))
        if fact.group == "person":
            people.update(words_of(text)[-1] for text in fact.nouns)
    # "a pale man", "a brown woman": what is said of a skin may be said of its owner, and "a blonde woman"
    # is how captions name her hair.
    colors["person"] |= colors["skin"] | {
        noun for fact in all_facts() for noun in _hair_nouns(fact)
    }
    words = sorted({word for phrase in phrases for word in words_of(phrase)})
    nouns = {part: tuple(text.split()) for part, text in _PART_NOUNS.items()}
    return Lexicon(
        tuple(words),
        {part: tuple(sorted(found - _NO_COLORS)) for part, found in colors.items()},
        {**nouns, "person": tuple(sorted(people | {"face", "head", "portrait"}))},
    )


def _hair_nouns(fact: Fact) -> tuple[str, ...]:
    return fact.nouns if fact.group == "hair_color" else ()


def words_of(text: str) -> list[str]:
    """The text's words in lower case; hyphens separate."""
    return re.findall(r"[a-z0-9]+", text.lower())

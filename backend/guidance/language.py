"""What a prompt says: typing errors put right, denials with their scope, contradictions, and what was not understood.

A prompt without any of these reaches the portrait CLIP exactly as before: all other words are its vocabulary's matter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from .contradictions import Contradiction, find_contradictions, find_denied_and_said
from .spelling import meant_word
from .vocabulary import Vocabulary

# Words and signs of punctuation; some words are said in two, and "w/o" is one.
_WORD = re.compile(
    r"""\bw/o(?:ut)?\b | \bwith\s+out\b(?!\s+of) | \b(?:free|devoid)\s+(?:of|from)\b | \banything\s+but\b
    | [^\W_]+(?:['’][^\W_]+)* | [,.;:!?]""",
    re.VERBOSE | re.IGNORECASE,
)
# What else says "without", and so reaches as far.
_LIKE_WITHOUT = frozenset(
    ["w/o", "w/out", "with out", "sans", "minus", "lacks", "lack", "lacking"]
    + [f"{first} {second}" for first in ("free", "devoid") for second in ("of", "from")]
)
_VERB_TEXT = "is are was were do does did has have had should must could would can ca wo might need"
_VERBS = _VERB_TEXT.split()
_SHORTENED = frozenset(verb + ending for verb in _VERBS for ending in ("n't", "nt"))  # "isn't"
_DENIALS = _SHORTENED | frozenset(
    ["no", "not", "non", "without", "never", "neither", "nor", "cannot", "anything but"]
)
# Between a denial and what it denies: "does not have any", "isn't very".
_FILLING_TEXT = """
    a an the any very really too so of at all have has having had got wear wears wearing wore worn look looks looking be
    being been is are to much his her their with
"""
_FILLING = frozenset(_FILLING_TEXT.split())
_AUXILIARIES = frozenset([*_VERBS, "but"])  # "who does not have"
# What ends a denial's scope. "without a hat and glasses" denies both, "no hat and glasses" the first.
_ENDS_TEXT = "with who whose that which but and in on has have having wearing is are"
_ENDS = frozenset(_ENDS_TEXT.split())
_ALTERNATIVES = frozenset(("or", "nor"))
_PUNCTUATION = frozenset(",.;:!?")
_READ = _LIKE_WITHOUT | _DENIALS | _FILLING | _AUXILIARIES | _ENDS | _ALTERNATIVES | {"free"}
# Features beside the nouns of parts that a head may be free of.
_FEATURES_TEXT = (
    "wrinkles wrinkle freckles stubble moles bags whiskers horns birthmarks lines marks"
)
_FEATURES = frozenset(_FEATURES_TEXT.split())


@dataclass(frozen=True)
class Denial:
    """A description that must not hold."""

    text: str  # in the portrait CLIP's words
    written: str  # by the user, with the word that denies


@dataclass(frozen=True)
class ReadWords:
    """A prompt, read."""

    text: str  # what is wanted, for the portrait CLIP; may be empty
    denials: tuple[Denial, ...] = ()
    notices: tuple[str, ...] = ()  # sentences for the user


@dataclass(frozen=True)
class _Piece:
    """A word or a sign of punctuation."""

    written: str
    word: str  # in lower case, as it is read
    place: int  # among all of the prompt


@dataclass(frozen=True)
class _Denied:
    """A phrase that is denied, before the vocabulary has read it."""

    phrase: tuple[_Piece, ...]
    written: str  # by the user, with the word that denies
    place: int  # of the word that denies


def read_words(prompt: str, vocabulary: Vocabulary | None) -> ReadWords:
    """Reads a prompt. Without a vocabulary every word is known, so none is put right or found contradictory."""
    found_words = _WORD.findall(prompt)
    pieces = [_Piece(found, _plain(found), place) for place, found in enumerate(found_words)]
    notices: list[str] = []
    if vocabulary is not None:
        pieces = _put_right(pieces, vocabulary, notices)
    kept, denied = _split_denials(pieces, vocabulary)
    if not denied and vocabulary is None:
        return ReadWords(prompt.strip())
    denials, unknown = _read_denials(denied, vocabulary)
    if vocabulary is None:
        return ReadWords(_join(kept), tuple(denial for denial, _ in denials))
    kept, denials, contradictions = _without_contradictions(kept, denials, vocabulary)
    read = vocabulary.read(_join(kept))
    text = read.text
    notices += [contradiction.sentence for contradiction in contradictions]
    unknown = (*read.unknown, *unknown, *_signs(prompt))
    if not text and not denials and prompt.strip():
        notices.append(
            "Nothing of the prompt was understood, so it does not shape the head; describe a head in English words, "
            "such as “an old man with a beard”."
        )
    if unknown:
        notices.append(f"Not understood: {', '.join(unknown)}.")
    return ReadWords(text, tuple(denial for denial, _ in denials), tuple(dict.fromkeys(notices)))


def _plain(word: str) -> str:
    """A word in the form in which it is looked up."""
    word = " ".join(word.lower().replace("’", "'").split())
    return "without" if word in _LIKE_WITHOUT else "no" if word == "zero" else word


def _join(pieces: Sequence[_Piece]) -> str:
    return " ".join(piece.written for piece in pieces)


def _signs(prompt: str) -> tuple[str, ...]:
    """Emoji and other symbols of a prompt, each once."""
    return tuple(dict.fromkeys(sign for sign in prompt if unicodedata.category(sign) == "So"))


def _put_right(pieces: list[_Piece], vocabulary: Vocabulary, notices: list[str]) -> list[_Piece]:
    """The pieces with words that are nearly known ones replaced by these, all told in one sentence."""
    result = []
    told: list[str] = []
    for piece in pieces:
        meant = _meant(piece.word, vocabulary)
        if meant is not None:
            told.append(f"“{piece.written}” {'' if told else 'was read '}as “{meant}”")
            piece = _Piece(meant, meant, piece.place)
        result.append(piece)
    if told:
        notices.append(f"{', '.join(dict.fromkeys(told))}.")
    return result


def _meant(word: str, vocabulary: Vocabulary) -> str | None:
    """The known word that an unknown one is meant for, if any."""
    if word in _READ or vocabulary.known_form(word) is not None or _base_of_less(word, vocabulary):
        return None
    return meant_word(word, vocabulary)


def _base_of_less(word: str, vocabulary: Vocabulary) -> str | None:
    """What a word ending in "less" says is missing, unless the word itself is known."""
    if not word.endswith("less") or vocabulary.known_form(word) is not None:
        return None
    return vocabulary.known_form(word.removesuffix("less")) or None


def _split_denials(
    pieces: list[_Piece], vocabulary: Vocabulary | None
) -> tuple[list[_Piece], list[_Denied]]:
    """What is said, and what is denied."""
    kept: list[_Piece] = []
    denied: list[_Denied] = []
    index = 0
    while index < len(pieces):
        piece = pieces[index]
        base = None if vocabulary is None else _base_of_less(piece.word, vocabulary)
        if base is not None:
            phrase = _Piece(base, base, piece.place)
            denied.append(_Denied((phrase,), piece.written, piece.place))
        elif kept and _is_free(pieces, index, vocabulary):
            feature = kept.pop()
            denied.append(_Denied((feature,), f"{feature.written}-{piece.written}", feature.place))
        elif piece.word not in _DENIALS:
            kept.append(piece)
        elif _is_taught(pieces, index):
            kept.append(_Piece(piece.word, piece.word, piece.place))
        else:
            while kept and kept[-1].word in _AUXILIARIES:
                kept.pop()
            index = _read_scope(pieces, index, vocabulary, kept, denied)
            continue
        index += 1
    return kept, denied


def _is_free(pieces: list[_Piece], index: int, vocabulary: Vocabulary | None) -> bool:
    """Whether "free" denies the feature before it, as in "wrinkle-free", but not in "hair free flowing"."""
    if index == 0 or pieces[index].word != "free":
        return False
    feature, features = pieces[index - 1].word, _FEATURES
    if vocabulary is not None:
        feature = vocabulary.known_form(feature) or feature
        parts = (nouns for part, nouns in vocabulary.nouns.items() if part != "person")
        features = _FEATURES.union(*parts)
    follows = pieces[index + 1].word if index + 1 < len(pieces) else ""
    return feature in features and not follows.endswith("ing")


def _is_taught(pieces: list[_Piece], index: int) -> bool:
    """ "no hair" and "without hair" are words for bald heads that the portrait CLIP knows."""
    after = index + 1
    while after < len(pieces) and pieces[after].word in ("a", "an", "the", "any", "very"):
        after += 1
    is_hair = after < len(pieces) and pieces[after].word == "hair"
    return is_hair and pieces[index].word in ("no", "without", "never")


def _read_scope(
    pieces: list[_Piece],
    start: int,
    vocabulary: Vocabulary | None,
    kept: list[_Piece],
    denied: list[_Denied],
) -> int:
    """Reads the phrases that the denial at `start` denies; returns the index behind them."""
    index, goes_on = start + 1, True
    while goes_on:
        while index < len(pieces) and pieces[index].word in _FILLING:
            index += 1
        phrase: list[_Piece] = []
        while index < len(pieces) and not _ends_scope(pieces[index].word):
            phrase.append(pieces[index])
            index += 1
        phrase, person = _without_person(phrase, vocabulary)
        kept += person
        if phrase:
            written = " ".join(piece.written for piece in (pieces[start], *phrase))
            denied.append(_Denied(tuple(phrase), written, pieces[start].place))
        goes_on = bool(phrase) and index < len(pieces) and _goes_on(pieces, start, index)
        index += goes_on
    return index


def _ends_scope(word: str) -> bool:
    return word in _ENDS or word in _ALTERNATIVES or word in _PUNCTUATION or word in _DENIALS


def _goes_on(pieces: list[_Piece], start: int, index: int) -> bool:
    """Whether the word that ended a denied phrase joins another denied one to it."""
    joins = pieces[index].word in _ALTERNATIVES
    if pieces[index].word == "and" and pieces[start].word == "without":
        follows = pieces[index + 1].word if index + 1 < len(pieces) else "with"
        joins = follows not in _ENDS
    return joins


def _without_person(
    phrase: list[_Piece], vocabulary: Vocabulary | None
) -> tuple[list[_Piece], list[_Piece]]:
    """ "not an old man" denies the age of a man: the phrase, and the person that is said all the same."""
    persons = frozenset() if vocabulary is None else vocabulary.nouns.get("person", frozenset())
    for index, piece in enumerate(phrase):
        if index > 0 and piece.word in persons:
            return phrase[:index], phrase[index:]
    return phrase, []


def _read_denials(
    denied: list[_Denied], vocabulary: Vocabulary | None
) -> tuple[list[tuple[Denial, int]], tuple[str, ...]]:
    """The denials that mean something here with their places, and what the user wrote for the others."""
    denials, unknown = [], []
    for phrase in denied:
        text = _join(phrase.phrase)
        if vocabulary is not None:
            read = vocabulary.read(text)
            text = "" if read.unknown else read.text
        if text:
            denials.append((Denial(text, phrase.written), phrase.place))
        else:
            unknown.append(phrase.written)
    return denials, tuple(unknown)


def _without_contradictions(
    kept: list[_Piece], denials: list[tuple[Denial, int]], vocabulary: Vocabulary
) -> tuple[list[_Piece], list[tuple[Denial, int]], list[Contradiction]]:
    """What is said and denied without what the prompt contradicts later on, and these contradictions."""
    found = find_contradictions([piece.word for piece in kept], vocabulary)
    gone = {index for contradiction in found for index in contradiction.dropped}
    kept = [piece for index, piece in enumerate(kept) if index not in gone]
    remaining = []
    for denial, place in denials:
        words = [piece.word for piece in kept]
        later = next((i for i, piece in enumerate(kept) if piece.place > place), len(kept))
        contradiction = find_denied_and_said(denial.text, denial.written, words, later, vocabulary)
        if contradiction is None or contradiction.second == denial.written:
            remaining.append((denial, place))
        if contradiction is not None:
            found.append(contradiction)
            kept = [p for i, p in enumerate(kept) if i not in contradiction.dropped]
    return kept, remaining, found

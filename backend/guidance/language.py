"""What a prompt says: typing errors put right, denials with their scope, contradictions, and what was not understood.

A prompt without any of these reaches the portrait CLIP exactly as before: all other words are its vocabulary's matter.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

from .contradictions import Contradiction, find_contradictions
from .vocabulary import STOP_WORDS, Vocabulary

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,.;:!?]")
_DENIALS = frozenset(
    [
        "no",
        "not",
        "non",
        "without",
        "never",
        "nor",
        "isn't",
        "aren't",
        "wasn't",
        "doesn't",
        "don't",
        "didn't",
        "hasn't",
        "haven't",
        "lacks",
        "lacking",
        "minus",
    ]
)
# Between a denial and what it denies: "does not have any", "isn't very".
_FILLING = frozenset(
    [
        "a",
        "an",
        "the",
        "any",
        "very",
        "really",
        "too",
        "so",
        "at",
        "all",
        "have",
        "has",
        "having",
        "had",
        "wear",
        "wears",
        "wearing",
        "look",
        "looks",
        "looking",
        "be",
        "being",
        "is",
        "are",
        "to",
        "much",
        "his",
        "her",
        "their",
        "with",
    ]
)
_AUXILIARIES = frozenset(
    ["do", "does", "did", "is", "are", "was", "has", "have", "but"]
)  # "who does not have"
# What ends a denial's scope. "without a hat and glasses" denies both, "no hat and glasses" the first.
_ENDS = frozenset(
    [
        "with",
        "who",
        "whose",
        "that",
        "which",
        "but",
        "and",
        "in",
        "on",
        "has",
        "have",
        "having",
        "wearing",
        "is",
        "are",
    ]
)
_ALTERNATIVES = frozenset(("or", "nor"))
_PUNCTUATION = frozenset(",.;:!?")
_ALIKE = 0.85  # share of equal letters of a word and the one that it is taken for
_SHORTEST_TYPO = 5  # letters: shorter words are too easily words of their own


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


def read_words(prompt: str, vocabulary: Vocabulary | None) -> ReadWords:
    """Reads a prompt. Without a vocabulary every word is known, so none is put right or found contradictory."""
    pieces = [_Piece(found, _plain(found)) for found in _WORD.findall(prompt)]
    notices: list[str] = []
    if vocabulary is not None:
        pieces = _put_right(pieces, vocabulary, notices)
    kept, denied = _split_denials(pieces, vocabulary)
    if not denied and not notices and vocabulary is None:
        return ReadWords(prompt.strip())
    denials, unknown = _read_denials(denied, vocabulary)
    if vocabulary is None:
        return ReadWords(_join(kept), denials)
    found = find_contradictions([piece.word for piece in kept], vocabulary)
    found += _denied_and_said(kept, denials, found)
    gone = {index for contradiction in found for index in contradiction.dropped}
    kept = [piece for index, piece in enumerate(kept) if index not in gone]
    read = vocabulary.read(_join(kept))
    text = read.text
    notices += [contradiction.sentence for contradiction in found]
    unknown = (*read.unknown, *unknown, *_signs(prompt))
    if not text and not denials and prompt.strip():
        notices.append(
            "Nothing of the prompt was understood, so it does not shape the head; describe a head in English words, "
            "such as “an old man with a beard”."
        )
    if unknown:
        notices.append(f"Not understood: {', '.join(unknown)}.")
    return ReadWords(text, denials, tuple(notices))


def _plain(word: str) -> str:
    return word.lower().replace("’", "'")


def _join(pieces: list[_Piece]) -> str:
    return " ".join(piece.written for piece in pieces)


def _signs(prompt: str) -> tuple[str, ...]:
    """Emoji and other symbols of a prompt, each once."""
    return tuple(dict.fromkeys(sign for sign in prompt if unicodedata.category(sign) == "So"))


def _put_right(pieces: list[_Piece], vocabulary: Vocabulary, notices: list[str]) -> list[_Piece]:
    """The pieces with words that are nearly known ones replaced by these, each told once."""
    result = []
    for piece in pieces:
        meant = _meant(piece.word, vocabulary)
        if meant is not None:
            sentence = f"“{piece.written}” was read as “{meant}”."
            notices.extend([sentence] if sentence not in notices else [])
            piece = _Piece(meant, meant)
        result.append(piece)
    return result


def _meant(word: str, vocabulary: Vocabulary) -> str | None:
    """The known word that an unknown one is probably meant for."""
    if len(word) < _SHORTEST_TYPO or not word.isalpha() or word in _DENIALS:
        return None
    if vocabulary.known_form(word) is not None or _base_of_less(word, vocabulary):
        return None
    # The same first letter: it is rarely the wrong one, and "crown" is not "brown".
    known = sorted(w for w in vocabulary.words - STOP_WORDS if w[0] == word[0] and len(w) >= 5)
    scored = [(1.0 if _is_swapped(word, w) else _alike(word, w), w) for w in known]
    best = max((score for score, _ in scored), default=0.0)
    if best < _ALIKE:
        return None
    near = [w for score, w in scored if score >= best - 0.02]
    # Words are seldom wrong at their start: "beared" means "beard" rather than "bared".
    return min(near, key=lambda w: (-_shared_start(word, w), len(w)))


def _shared_start(first: str, second: str) -> int:
    """How many letters two words share from their start."""
    differ = (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(differ, min(len(first), len(second)))


def _alike(first: str, second: str) -> float:
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _is_swapped(word: str, known: str) -> bool:
    """Whether two neighbouring letters changed places."""
    swapped = (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1))
    return len(word) == len(known) and known in swapped


def _base_of_less(word: str, vocabulary: Vocabulary) -> str | None:
    """What a word ending in "less" says is missing, unless the word itself is known."""
    if not word.endswith("less") or vocabulary.known_form(word) is not None:
        return None
    return vocabulary.known_form(word.removesuffix("less")) or None


def _split_denials(
    pieces: list[_Piece], vocabulary: Vocabulary | None
) -> tuple[list[_Piece], list[tuple[list[_Piece], str]]]:
    """What is said, and the phrases that are denied with what the user wrote for each."""
    kept: list[_Piece] = []
    denied: list[tuple[list[_Piece], str]] = []
    index = 0
    while index < len(pieces):
        piece = pieces[index]
        base = None if vocabulary is None else _base_of_less(piece.word, vocabulary)
        if base is not None:
            denied.append(([_Piece(base, base)], piece.written))
        elif piece.word == "free" and kept:  # "wrinkle-free"
            denied.append(([kept[-1]], f"{kept.pop().written}-{piece.written}"))
        elif piece.word not in _DENIALS or _is_taught(pieces, index):
            kept.append(piece)
        else:
            while kept and kept[-1].word in _AUXILIARIES:
                kept.pop()
            index = _read_scope(pieces, index, vocabulary, kept, denied)
            continue
        index += 1
    return kept, denied


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
    denied: list[tuple[list[_Piece], str]],
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
            denied.append((phrase, written))
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
    denied: list[tuple[list[_Piece], str]], vocabulary: Vocabulary | None
) -> tuple[tuple[Denial, ...], tuple[str, ...]]:
    """The denials that mean something here, and what the user wrote for the others."""
    denials, unknown = [], []
    for phrase, written in denied:
        text = _join(phrase)
        if vocabulary is not None:
            read = vocabulary.read(text)
            text = "" if read.unknown else read.text
        if text:
            denials.append(Denial(text, written))
        else:
            unknown.append(written)
    return tuple(denials), tuple(unknown)


def _denied_and_said(
    kept: list[_Piece], denials: tuple[Denial, ...], found: list[Contradiction]
) -> list[Contradiction]:
    """Words that say what a denial of one word denies: "a bearded man with no beard"."""
    dropped = {index for contradiction in found for index in contradiction.dropped}
    more = []
    for denial in denials:
        root = denial.text[: max(3, len(denial.text) - 2)]
        for index, piece in enumerate(kept):
            if " " not in denial.text and index not in dropped and piece.word.startswith(root):
                more.append(Contradiction((index,), piece.written, denial.written))
    return more

"""Words of one prompt that cannot both be true of a head."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from .vocabulary import Vocabulary

_LOOK_AHEAD = 3  # words between an adjective and its noun
_HAIR = frozenset(("hair", "haired", "haircut"))
_HAIR_STYLES = frozenset(["afro", "bob", "bobbed", "curls", "curly", "frizzy", "ponytail"])
_BALD = frozenset(("bald", "hairless"))
# Of a whole person or of one part; opposite only where both speak of the same.
_OPPOSITES = (
    ("old elderly aged ancient senior", "young youthful teenage"),
    ("fat chubby heavy overweight plump obese stout", "thin slim skinny slender lean gaunt bony"),
    ("long", "short cropped"),
    ("big large huge", "small little tiny"),
    ("wide broad", "narrow"),
    ("thick full bushy", "thin fine"),
    ("curly frizzy kinky", "straight"),
    ("open", "closed shut"),
    ("pale fair pallid", "dark ebony"),
    ("smiling happy cheerful laughing grinning joyful", "sad unhappy gloomy depressed frowning"),
)  # fmt: skip
_MALE = "man boy male guy gentleman lad grandfather grandpa granddad"
_FEMALE = "woman girl female lady lass grandmother grandma granny"
_PAIRS = tuple((frozenset(a.split()), frozenset(b.split())) for a, b in _OPPOSITES)
_PERSONS = (frozenset(_MALE.split()), frozenset(_FEMALE.split()))


@dataclass(frozen=True)
class Contradiction:
    """Two statements, of which the second was taken."""

    dropped: tuple[int, ...]  # indices of the words that are left out
    first: str
    second: str

    @property
    def sentence(self) -> str:
        return (
            f"“{self.first}” and “{self.second}” contradict each other; “{self.second}” was taken."
        )


@dataclass(frozen=True)
class _Said:
    index: int
    word: str  # its known form
    noun: str  # what it speaks of: a part's noun, or "" for the person
    shown: str


def find_contradictions(words: list[str], vocabulary: Vocabulary) -> list[Contradiction]:
    """Contradictions among words in lower case, punctuation among them; of two words the later one is taken."""
    said = _statements(words, vocabulary)
    found: list[Contradiction] = []
    for later_index, later in enumerate(said):
        for earlier in said[:later_index]:
            gone = {index for contradiction in found for index in contradiction.dropped}
            if earlier.index not in gone and _is_opposite(earlier, later):
                # Without its noun an adjective would speak of somebody else.
                dropped = [s.index for s in said if s.noun == "hair" and s.index < earlier.index]
                dropped = dropped if earlier.word == "hair" else []
                found.append(Contradiction((*dropped, earlier.index), earlier.shown, later.shown))
    return found


def _statements(words: list[str], vocabulary: Vocabulary) -> list[_Said]:
    known = [vocabulary.known_form(word) or word for word in words]
    parts = frozenset[str]().union(
        *(nouns for part, nouns in vocabulary.nouns.items() if part != "person")
    )
    said = []
    for index, word in enumerate(known):
        before = known[index - 1] if index else ""
        if before in ("year", "years") or word.isdigit():
            continue  # "70 years old" says no more than the number
        if word in _HAIR:
            if _has_hair(known, index):
                said.append(_Said(index, "hair", "hair", _phrase(words, index)))
            continue
        noun = _noun_of(known, index, parts)
        shown = words[index] if not noun else f"{words[index]} {noun}"
        said.append(_Said(index, word, "hair" if noun in _HAIR else noun, shown))
    return said


def _has_hair(known: list[str], index: int) -> bool:
    """Whether "hair" means that the head has some."""
    before = known[max(0, index - 2) : index]
    return not {"no", "without", "facial", "receding", "thinning"}.intersection(before)


def _phrase(words: list[str], index: int) -> str:
    has_adjective = index > 0 and words[index - 1] not in ("with", "and", "has", "a", ",")
    return " ".join(words[index - 1 : index + 1]) if has_adjective else words[index]


def _noun_of(known: list[str], index: int, parts: frozenset[str]) -> str:
    """The part that the word at `index` describes, or "" where it is the person."""
    for word in known[index + 1 : index + 2 + _LOOK_AHEAD]:
        if word in parts:
            return word
        if word in _PERSONS[0] | _PERSONS[1] | {"person", "child"}:
            return ""
        if word in (",", "with", "who", "has"):
            break
    # "mouth wide open"
    before = takewhile(lambda word: word != ",", reversed(known[max(0, index - 2) : index]))
    return next((word for word in before if word in parts), "")


def _is_opposite(first: _Said, second: _Said) -> bool:
    pair = (first, second)
    for one, other in (pair, pair[::-1]):
        is_haired = other.word == "hair" or other.word in _HAIR_STYLES
        if one.word in _BALD and is_haired and other.noun in ("", "hair"):
            return True
        if one.word in _PERSONS[0] and other.word in _PERSONS[1]:
            return True
        if first.noun == second.noun and any(
            one.word in left and other.word in right for left, right in _PAIRS
        ):
            return True
    return False

"""Words of one prompt that cannot both be true of a head."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from .vocabulary import STOP_WORDS, Vocabulary

_LOOK_AHEAD = 3  # words between an adjective and its noun
_HAIR = frozenset(("hair", "haired", "haircut"))
_HAIR_STYLES = frozenset(["afro", "bob", "bobbed", "curls", "curly", "frizzy", "ponytail"])
_BALD = frozenset(("bald", "hairless"))
_SHAVEN = "clean-shaven"
_BEARDED = "beard bearded moustache moustached mustache mustachioed whiskers stubble stubbly unshaven unshaved"
_BEARDS = frozenset(_BEARDED.split())
_WORD_ENDINGS = ("ed", "en", "ing", "ly", "es", "ey", "s", "y", "e")
_SHORTEST_ROOT = 3
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
    ("smiling happy cheerful laughing joyful friendly", "angry furious grumpy scowling snarling"),
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
                if earlier.word == _SHAVEN or earlier.word in _BEARDS:
                    dropped = list(_with_adjectives(words, earlier.index, vocabulary)[:-1])
                found.append(Contradiction((*dropped, earlier.index), earlier.shown, later.shown))
    return found


def find_denied_and_said(
    denied: str, written: str, words: list[str], later: int, vocabulary: Vocabulary
) -> Contradiction | None:
    """The contradiction of a denial with words that say what it denies: "a bearded man with no beard".

    Args:
        denied: the phrase, as the vocabulary reads it.
        written: the phrase with the word that denies, as the user wrote it.
        words: what is said, in lower case.
        later: the index of the first of them behind the denial. If one there says it, the denial is what is dropped.
    """
    roots = [_root(word) for word in denied.split() if word not in STOP_WORDS]
    known = [_root(vocabulary.known_form(word) or word) for word in words]
    count = max(1, len(roots))
    places = [i for i in range(len(words)) if known[i : i + count] == roots]
    places = [i for i in places if i == 0 or words[i - 1] not in ("year", "years")]
    if not places:
        return None
    last = places[-1]
    start = last if count > 1 else _with_adjectives(words, last, vocabulary)[0]
    shown = " ".join(words[start : last + count])
    if last >= later:
        return Contradiction((), written, shown)
    if count > 1:  # "no grey hair" leaves the hair
        ends_with_noun = words[places[0] + count - 1] in _part_nouns(vocabulary)
        dropped = [i + n for i in places for n in range(count - ends_with_noun)]
    else:
        dropped = [i for place in places for i in _with_adjectives(words, place, vocabulary)]
    return Contradiction(tuple(dropped), shown, written)


def _root(word: str) -> str:
    """What "smile" and "smiling", "wrinkles" and "wrinkled" have in common."""
    for ending in _WORD_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_ROOT:
            return word.removesuffix(ending)
    return word


def _part_nouns(vocabulary: Vocabulary) -> frozenset[str]:
    parts = (nouns for part, nouns in vocabulary.nouns.items() if part != "person")
    return frozenset[str]().union(*parts)


def _with_adjectives(words: list[str], index: int, vocabulary: Vocabulary) -> tuple[int, ...]:
    """The indices of a word and of those that describe it alone: of "full" and "beard", "clean" and "shaven"."""
    is_noun = words[index] in _part_nouns(vocabulary) and not words[index].endswith("ed")
    start = index
    if index > 0 and words[index - 1] == "clean":
        start -= 1
    while is_noun and start > 0 and _is_adjective(words[start - 1], vocabulary):
        start -= 1
    return tuple(range(start, index + 1))


def _is_adjective(word: str, vocabulary: Vocabulary) -> bool:
    known = vocabulary.known_form(word)
    nouns = frozenset[str]().union(*vocabulary.nouns.values())
    return bool(known) and word.isalpha() and word not in STOP_WORDS and known not in nouns


def _statements(words: list[str], vocabulary: Vocabulary) -> list[_Said]:
    known = [vocabulary.known_form(word) or word for word in words]
    parts = _part_nouns(vocabulary)
    said = []
    for index, word in enumerate(known):
        before = known[index - 1] if index else ""
        if before in ("year", "years") or word.isdigit():
            continue  # "70 years old" says no more than the number
        if word in _HAIR:
            if _has_hair(known, index):
                said.append(_Said(index, "hair", "hair", _phrase(words, index)))
            continue
        if _is_clean_shaven(known, index):
            said.append(_Said(index, _SHAVEN, "", _SHAVEN))
            continue
        if word in _BEARDS:
            described = _with_adjectives(words, index, vocabulary)
            said.append(_Said(index, word, word, " ".join(words[i] for i in described)))
            continue
        noun = _noun_of(known, index, parts)
        shown = words[index] if not noun else f"{words[index]} {noun}"
        said.append(_Said(index, word, "hair" if noun in _HAIR else noun, shown))
    return said


def _is_clean_shaven(known: list[str], index: int) -> bool:
    """Whether the word says that no beard is there; a head may be shaven as well."""
    is_shaven = index > 0 and known[index - 1] == "clean" and known[index] in ("shaven", "shaved")
    return is_shaven and known[index + 1 : index + 2] not in (["head"], ["scalp"])


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
        if one.word == _SHAVEN and other.word in _BEARDS:
            return True
        if one.word in _PERSONS[0] and other.word in _PERSONS[1]:
            return True
        if first.noun == second.noun and any(
            one.word in left and other.word in right for left, right in _PAIRS
        ):
            return True
    return False

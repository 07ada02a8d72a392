"""Typing errors: the known word that an unknown one is meant for.

The distance is that of Damerau and Levenshtein: a letter left out, put in or taken for another counts one, and so do two
neighbours that changed places.
"""

from __future__ import annotations

from dataclasses import dataclass

from .vocabulary import STOP_WORDS, Vocabulary

_SHORTEST = 3  # letters of a word that may be a typing error
_SHORT = 4  # letters up to which only the words of most prompts are proposed
_LONG = 9  # letters from which a word may hold two errors
# What most prompts are made of: among words as near as each other these are meant.
_USUAL_TEXT = """
    man men woman women boy girl person lady guy child old young bald beard bearded moustache hair haired eye eyes
    eyebrows nose mouth lips ears cheeks chin jaw face skin glasses makeup lipstick freckles wrinkles stubble black
    brown blond blonde red grey gray white blue green dark pale tanned long short curly straight big small large
    thin thick fat slim wide narrow round smiling smile happy sad angry with without
"""
# English words that are one error away from a word of heads and mean something else.
_OTHER_TEXT = """
    aback ace add agazed age align amaze annular ant any ape arc archer ark arm art ate awing bad baked baldy
    balk ball balm band bangs barbed bard based bat bated bay bead bear bearing bears beating beg bet bid bin
    bland blank blend blind block blood blown blur board body bog bold bond boo bored bow box bread bring broke
    brood brush brushing brushy bug bun burton busby buy cardoon carton carve carver caste chain champ cheap
    checked cheery cheesy chic chili chill chip chunk clear click cloak coast coin cooper coper copier creeks
    crocked cropper cupper curry curved curvy daemon dare dart dedicate devon dread droop dropping earl earn
    eider eleven elvan elves eve ewe eyelashes fab fact fade faded fairy fake fame fan farther fast fate feat
    feather finnish fit flair flashed flashy flesh fleshed float fog fox fro fur gary gay gilder glassy gloom
    gloss grab grading grain grating gravy grazing greed greek greet greg grew grind groan groin growl gum gun
    gut hail harry hatred heady heated heir hen hid hip hired hit hooded hornet horny hum inflamed jam jan jar
    javanese jay korea largo lasso lay lazy learn lids lie liking linen linked links lived lives log lone lough
    loving lung mac mad main mane mango mania mant manure map maple martial martin mat maternal max may mean
    medal mend mental menu mined mixer month moth mouse muddle neural node noise none norse nostril nosy note
    odd orang ore pace page pained pains pal palm pane parson peony persona phony pile plumb point pointer pole
    polisher posting print printed purse raise ratting read rid rod rotund sacred salver sam sand sap sat saw
    say scale scaled scaly scamp scare scout seared see sender senor sensor shaded shaken shave shaver sheer
    shin shirt shoot shooting shore shot shoving shy silky sin ski skill skim skip slam slander sleep sleeting
    slid slime slimy slip slit slum smell smooch snort sort sparkling speck spender spin sport spout squire
    stack stall starling startle state stature status steer steering stick stinking stock stocking string strung
    strut stubby stumble sugary surprise swim tee tenth than then thing think thinking tick tie tiled timer tin
    tinned toddle tom ton tooth top toy trail trick tried trimmer tuned turner twin two unread unsaved unshaken
    wade war wax way while whine why wicking width wife wincing winding wine winning wipe wire wise wish wit
    witch withe wits woolen woven write yes
"""
_USUAL = frozenset(_USUAL_TEXT.split())
_OTHER_WORDS = frozenset(_OTHER_TEXT.split())


@dataclass(frozen=True, order=True)
class _Nearness:
    """How well a known word fits a typed one; the smallest fits best."""

    errors: int
    is_no_swap: bool
    is_unusual: bool
    is_no_noun: bool


def meant_word(word: str, vocabulary: Vocabulary) -> str | None:
    """The known word that an unknown one in lower case is meant for, or None where that is not plain."""
    if len(word) < _SHORTEST or not word.isalpha() or word in _OTHER_WORDS:
        return None
    nouns = frozenset[str]().union(*vocabulary.nouns.values())
    most = 2 if len(word) >= _LONG else 1
    scored: list[tuple[_Nearness, str]] = []
    for candidate in _candidates(len(word), vocabulary):
        errors = _errors(word, candidate) if _may_be(word, candidate, most) else most + 1
        if errors <= most:
            is_no_swap = sorted(word) != sorted(candidate)
            unusual = candidate not in _USUAL | STOP_WORDS
            no_noun = candidate not in nouns
            scored.append((_Nearness(errors, is_no_swap, unusual, no_noun), candidate))
    if not scored:
        return None
    best = min(nearness for nearness, _ in scored)
    near = [candidate for nearness, candidate in scored if nearness == best]
    if len(word) <= _SHORT and len({vocabulary.known_form(candidate) for candidate in near}) > 1:
        return None
    # Words are seldom wrong at their start.
    return min(near, key=lambda found: (-_shared_start(word, found), len(found), found))


def _candidates(letters: int, vocabulary: Vocabulary) -> frozenset[str]:
    """What a word of so many letters may be meant for: the shorter it is, the more usual words alone."""
    usual = _USUAL & (vocabulary.spellings | STOP_WORDS)
    if letters == _SHORTEST:
        return usual | STOP_WORDS
    return usual if letters <= _SHORT else usual | (vocabulary.spellings - STOP_WORDS)


def _may_be(word: str, candidate: str, most: int) -> bool:
    """Whether the distance is worth the reckoning. The first letter is rarely wrong: "crown" is not "brown"."""
    is_first = word[0] == candidate[0] or word[:2] == candidate[1::-1]
    return is_first and len(candidate) >= _SHORTEST and abs(len(word) - len(candidate)) <= most


def _errors(first: str, second: str) -> int:
    """The distance of two words, none of whose letters is changed twice."""
    before: list[int] = []
    last = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        row = [i]
        for j, other in enumerate(second, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and (letter, first[i - 2]) == (second[j - 2], other):
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _shared_start(first: str, second: str) -> int:
    """How many letters two words share from their start."""
    differ = (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(differ, min(len(first), len(second)))

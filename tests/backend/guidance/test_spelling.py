"""Typing errors are read as what they are meant for, and words of their own are left alone."""

import pytest

from backend.guidance.language import read_words
from backend.guidance.spelling import meant_word
from backend.guidance.vocabulary import STOP_WORDS, Vocabulary
from backend.training.words.portrait_clip import clip_config

TYPOS = {
    "baerd": "beard", "blak": "black", "browm": "brown", "odl": "old", "hiar": "hair", "womn": "woman",
    "wommen": "women", "eyse": "eyes", "yuong": "young", "youg": "young", "gery": "grey", "bule": "blue",
    "gren": "green", "shrot": "short", "logn": "long", "culry": "curly", "striaght": "straight", "bown": "brown",
    "gril": "girl", "mna": "man", "nsoe": "nose", "mouht": "mouth", "lipps": "lips", "eers": "ears",
    "chekes": "cheeks", "forhead": "forehead", "eyebrwos": "eyebrows", "mustahce": "mustache", "stuble": "stubble",
    "frekles": "freckles", "wrinkels": "wrinkles", "glassses": "glasses", "lipstik": "lipstick", "smilng": "smiling",
    "hapy": "happy", "angyr": "angry", "blad": "bald", "asain": "asian", "eldery": "elderly", "grandmohter": "grandmother",
}  # fmt: skip
UNKNOWN = """
    zorblax viking countess wizards hat helmet crown witch blind bread hooded cyborg purple knight king queen pirate hero
    monk nun soldier doctor nurse teacher farmer baker samurai ninja cowboy astronaut dragon orc dwarf fairy angel ghost
    mummy werewolf clown bold ball bear mad map fit shirt scarf cap earrings necklace tattoo mohawk jam pink violet
    frabjous zorp quux blorf sultan duchess mermaid
""".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    found = clip_config().vocabulary
    assert found is not None
    return found


@pytest.mark.parametrize(
    "typed", ["baerd", "blak", "browm", "odl", "hiar", "womn", "wommen", "eyse"]
)
def test_a_short_word_with_one_error_is_read_and_told(vocabulary: Vocabulary, typed: str) -> None:
    read = read_words(typed, vocabulary)
    assert read.text == vocabulary.read(TYPOS[typed]).text
    assert read.notices == (f"“{typed}” was read as “{TYPOS[typed]}”.",)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("teh", "the"), ("wiht", "with"), ("fac", "face"), ("persn", "person"), ("thi", None)],
)
def test_connecting_words_are_meant_as_well(
    vocabulary: Vocabulary, typed: str, meant: str | None
) -> None:
    assert meant_word(typed, vocabulary) == meant


def test_nearly_all_typing_errors_are_read_as_what_was_meant(vocabulary: Vocabulary) -> None:
    right = [typed for typed, meant in TYPOS.items() if meant_word(typed, vocabulary) == meant]
    assert len(TYPOS) == 40
    assert len(right) >= 38, set(TYPOS) - set(right)


def test_words_of_their_own_stay_unknown(vocabulary: Vocabulary) -> None:
    unknown = [word for word in UNKNOWN if vocabulary.known_form(word) is None]
    assert len(unknown) >= 60
    assert {
        word: meant_word(word, vocabulary) for word in unknown if meant_word(word, vocabulary)
    } == {}


def test_no_word_that_is_known_or_common_is_changed(vocabulary: Vocabulary) -> None:
    denials = "no not never neither nor sans zero minus isnt dont doesnt arent wasnt hasnt havent did any all but"
    for word in (*vocabulary.words, *STOP_WORDS, *denials.split()):
        assert "was read as" not in " ".join(read_words(f"{word} man", vocabulary).notices), word

"""Denials with their scope, typing errors, contradictions, and prompts of which nothing is understood."""

import pytest

from backend.guidance.language import read_words
from backend.guidance.vocabulary import Vocabulary
from backend.training.words.portrait_clip import clip_config


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    found = clip_config().vocabulary
    assert found is not None
    return found


@pytest.mark.parametrize(
    "prompt",
    [
        "an old man with grey hair",
        "a young woman with long red hair",
        "a bald man with a beard and glasses",
        "a 70 years old woman, thin, with thick eyebrows",
        "man, eyes closed, mouth open",
        "a fat man with thin lips and long hair, a short beard",
        "clean-shaven man with no hair",
        "a hairless man without hair",
        "a bald man with facial hair",
    ],
)
def test_a_plain_prompt_is_read_by_the_vocabulary_alone(
    vocabulary: Vocabulary, prompt: str
) -> None:
    read = read_words(prompt, vocabulary)
    assert read.text == vocabulary.read(prompt).text
    assert read.denials == () and read.notices == ()


@pytest.mark.parametrize(
    ("prompt", "wanted", "denied"),
    [
        ("a man with no beard", "a man", ["beard"]),
        ("a man, not old", "a man", ["old"]),
        ("a woman without makeup", "a woman", ["makeup"]),
        ("a woman without any makeup and with long hair", "a woman with long hair", ["makeup"]),
        ("a man without glasses and beard", "a man", ["glasses", "beard"]),
        ("a man without a beard or a moustache", "a man", ["beard", "moustache"]),
        ("no glasses and a beard", "a beard", ["glasses"]),
        ("not an old man", "man", ["old"]),
        ("a woman who isn't smiling", "a woman", ["smiling"]),
        ("a woman who isn’t smiling, with red hair", "a woman, with red hair", ["smiling"]),
        ("a man who does not have a big nose", "a man", ["big nose"]),
        ("a beardless man", "a man", ["beard"]),
        ("a wrinkle-free woman", "a woman", ["wrinkles"]),
        ("never smiling", "", ["smiling"]),
        ("not a woman", "", ["woman"]),
        ("a man free of wrinkles", "a man", ["wrinkles"]),
        ("a woman free of makeup", "a woman", ["makeup"]),
        ("a woman free from makeup and freckles", "a woman", ["makeup", "freckles"]),
        ("an old man, free of a beard", "an old man", ["beard"]),
        ("a makeup free woman", "a woman", ["makeup"]),
        ("she isnt old", "", ["old"]),
        ("a man, dont smile", "a man", ["smile"]),
        ("a man who doesnt smile", "a man", ["smile"]),
        ("a man whose lips arent thick", "a man lips", ["thick"]),
        ("a man who wasnt old", "a man", ["old"]),
        ("a man who hasnt a beard", "a man", ["beard"]),
        ("people who havent any wrinkles", "", ["wrinkles"]),
        ("a man who should not be old", "a man", ["old"]),
        ("a man, neither old nor bearded", "a man", ["old", "bearded"]),
        ("neither old nor bearded", "", ["old", "bearded"]),
        ("a woman sans makeup", "a woman", ["makeup"]),
        ("a woman with zero wrinkles", "a woman", ["wrinkles"]),
        ("a man w/o beard", "a man", ["beard"]),
        ("a man w/o beard and glasses", "a man", ["beard", "glasses"]),
        ("a man with out a beard", "a man", ["beard"]),
        ("a man, anything but a beard", "a man", ["beard"]),
        ("a woman who never smiles", "a woman", ["smile"]),
        ("a man lacking a beard", "a man", ["beard"]),
        ("a man with a moustache minus glasses", "a man with a moustache", ["glasses"]),
        ("a man lacking hair", "a man without hair", []),
        ("a beaming man with no beard", "a beaming man", ["beard"]),
        ("a 70 years old man, not old", "a 70 years old man", ["old"]),
    ],
)
def test_a_denial_reaches_as_far_as_its_phrase(
    vocabulary: Vocabulary, prompt: str, wanted: str, denied: list[str]
) -> None:
    read = read_words(prompt, vocabulary)
    assert [denial.text for denial in read.denials] == denied
    assert read.text.replace(" ,", ",") == wanted
    assert read.notices == ()


@pytest.mark.parametrize(
    "prompt", ["a woman with free flowing hair", "a woman with hair free flowing"]
)
def test_free_denies_only_a_feature_before_it(vocabulary: Vocabulary, prompt: str) -> None:
    read = read_words(prompt, vocabulary)
    assert read.denials == () and read.notices == ("Not understood: free.",)


def test_a_denial_of_something_unknown_is_told(vocabulary: Vocabulary) -> None:
    read = read_words("a man with no hat", vocabulary)
    assert read.denials == () and read.text == "a man"
    assert read.notices == ("Not understood: no hat.",)


def test_denials_are_read_without_a_vocabulary() -> None:
    read = read_words("a man with no beard", None)
    assert read.text == "a man with" and [denial.text for denial in read.denials] == ["beard"]
    assert read_words("A man: 50!", None).text == "A man: 50!"


@pytest.mark.parametrize("prompt", ["🧔", "🧔🏽‍♂️", "老人", "старик", "zorp frabjous", "no", "?!"])
def test_a_prompt_of_which_nothing_is_understood_is_told(
    vocabulary: Vocabulary, prompt: str
) -> None:
    read = read_words(prompt, vocabulary)
    assert read.text == ""
    assert read.notices[0].startswith("Nothing of the prompt was understood")


def test_an_empty_prompt_is_no_reason_for_a_notice(vocabulary: Vocabulary) -> None:
    assert read_words("  ", vocabulary).notices == ()


def test_a_sign_among_words_is_told(vocabulary: Vocabulary) -> None:
    read = read_words("a man 🧔", vocabulary)
    assert read.text == "a man" and read.notices == ("Not understood: 🧔.",)


@pytest.mark.parametrize(
    ("prompt", "wanted", "first", "second"),
    [
        ("a bald man with long hair", "a man with long hair", "bald", "long hair"),
        ("a man with long hair, bald", "a man, bald", "long hair", "bald"),
        ("a young old woman", "a old woman", "young", "old"),
        ("a woman with long short hair", "a woman with short hair", "long hair", "short hair"),
        ("a bearded man with no beard", "a man", "bearded", "no beard"),
        ("a man with a big small nose", "a man with a small nose", "big nose", "small nose"),
        ("beardless bearded man", "bearded man", "beardless", "bearded"),
        ("man, no beard, with beard", "man, with beard", "no beard", "beard"),
        ("a man with a full beard, no beard", "a man", "full beard", "no beard"),
        ("blue eyes and without blue eyes", "eyes", "blue eyes", "without blue eyes"),
        ("man, no blue eyes, blue eyes", "man, blue eyes", "no blue eyes", "blue eyes"),
        (
            "clean-shaven man with a full beard",
            "man with a full beard",
            "clean-shaven",
            "full beard",
        ),
        ("an old bearded man, clean-shaven", "an old man, clean shaven", "bearded", "clean-shaven"),
        ("angry happy", "happy", "angry", "happy"),
    ],
)
def test_a_contradiction_names_both_and_what_was_taken(
    vocabulary: Vocabulary, prompt: str, wanted: str, first: str, second: str
) -> None:
    read = read_words(prompt, vocabulary)
    assert read.text.replace(" ,", ",") == wanted
    sentence = f"“{first}” and “{second}” contradict each other; “{second}” was taken."
    assert read.notices == (sentence,)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("beared", "beard"),
        ("glases", "glasses"),
        ("freckels", "freckles"),
        ("smilling", "smiling"),
        ("womna", "woman"),
        ("wrinkels", "wrinkles"),
        ("moustahce", "moustache"),
    ],
)
def test_a_typing_error_is_read_as_the_nearest_word_and_told(
    vocabulary: Vocabulary, typed: str, meant: str
) -> None:
    read = read_words(f"a person, {typed}", vocabulary)
    assert meant in read.text
    assert read.notices == (f"“{typed}” was read as “{meant}”.",)


@pytest.mark.parametrize(
    "word", ["crown", "witch", "blind", "bread", "hooded", "viking", "cyborg", "purple", "knight"]
)
def test_words_of_their_own_are_no_typing_errors(vocabulary: Vocabulary, word: str) -> None:
    read = read_words(f"a man, {word}", vocabulary)
    assert read.notices == (f"Not understood: {word}.",)


def test_several_typing_errors_are_told_in_one_notice(vocabulary: Vocabulary) -> None:
    read = read_words("an odl man witout a baerd, blak hiar", vocabulary)
    assert read.text == "an old man, black hair"
    assert [denial.text for denial in read.denials] == ["beard"]
    assert read.notices == (
        "“odl” was read as “old”, “witout” as “without”, “baerd” as “beard”, “blak” as “black”, “hiar” as “hair”.",
    )

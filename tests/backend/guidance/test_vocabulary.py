"""Which words of a prompt count as understood."""

import json

import pytest

from backend.guidance.vocabulary import Vocabulary
from backend.training.words.portrait_clip import clip_config
from backend.wire.json_coding import from_json, to_json


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
        "a bald man with dark skin",
        "an Asian girl with black bob hair",
        "Portrait: no hair, dark skin, SMILING!",
        "make me a photo of her, please: blue-eyed, curly black afro",
        "green-eyed blonde woman",
        "a redhead, a ginger man",
        "70-year-old grandmothers with wrinkles",
        "",
        "...",
    ],
)
def test_a_prompt_of_taught_words_has_nothing_unknown(vocabulary: Vocabulary, prompt: str) -> None:
    assert vocabulary.read(prompt).unknown == ()


def test_words_never_taught_are_reported_in_order_and_spelling(vocabulary: Vocabulary) -> None:
    read = vocabulary.read("a Cyborg with purple hair, a hat and a cyborg arm")
    assert read.unknown == ("Cyborg", "purple", "hat", "cyborg", "arm")
    assert read.text == "with hair"


@pytest.mark.parametrize(
    ("spoken", "taught"),
    [
        ("oldest", "old"),
        ("reddish", "reddish"),
        ("longer", "long"),
        ("bigger", "big"),
        ("women", "woman"),
        ("big-nosed", "big nose"),
        ("long-eared", "long ears"),
        ("full-lipped", "full lips"),
        ("greenish", "green"),
        ("girl's", "girl"),
    ],
)
def test_inflections_become_the_taught_form(
    vocabulary: Vocabulary, spoken: str, taught: str
) -> None:
    assert vocabulary.read(spoken).text == taught


@pytest.mark.parametrize(
    ("prompt", "unknown"),
    [
        ("a man with green hair", ("green hair",)),
        ("green eyes and red hair", ()),
        ("red eyes and green hair", ("red eyes", "green hair")),
        ("a woman with blue skin", ("blue skin",)),
        ("her hair is green", ("green hair",)),
        ("red lips", ("red lips",)),
        ("a green man", ("green man",)),
        ("black and very long hair", ()),
        ("a pale man with a dark face", ()),
    ],
)
def test_a_color_is_understood_only_where_it_was_taught(
    vocabulary: Vocabulary, prompt: str, unknown: tuple[str, ...]
) -> None:
    assert vocabulary.read(prompt).unknown == unknown


def test_the_words_survive_json(vocabulary: Vocabulary) -> None:
    assert from_json(Vocabulary, json.loads(json.dumps(to_json(vocabulary)))) == vocabulary

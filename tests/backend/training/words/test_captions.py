"""Captions state only what is true, in words that the lexicon knows."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.training.kit.latent import Z_DIM, HeadParameters, parameters_from_latent
from backend.training.words.captions import SURE, Caption, write_caption
from backend.training.words.facts import all_facts, fact_degrees
from backend.training.words.lexicon import caption_lexicon, words_of


def heads(count: int, seed: int = 0) -> list[HeadParameters]:
    rng = np.random.default_rng(seed)
    return [
        parameters_from_latent(rng.standard_normal(Z_DIM).astype(np.float32)) for _ in range(count)
    ]


@pytest.fixture(scope="module")
def written() -> list[tuple[Caption, NDArray[np.float32]]]:
    rng = np.random.default_rng(1)
    degrees = fact_degrees(heads(40))
    return [(write_caption(row, rng), row) for row in degrees for _ in range(20)]


def test_every_stated_fact_is_true(written: list[tuple[Caption, NDArray[np.float32]]]) -> None:
    assert all((degrees[list(caption.facts)] >= SURE).all() for caption, degrees in written)


def test_no_caption_states_two_facts_of_one_group(
    written: list[tuple[Caption, NDArray[np.float32]]],
) -> None:
    for caption, _ in written:
        groups = [all_facts()[index].group for index in caption.facts]
        assert len(set(groups)) == len(groups)


def test_every_word_is_in_the_lexicon(written: list[tuple[Caption, NDArray[np.float32]]]) -> None:
    known = set(caption_lexicon().words)
    assert {word for caption, _ in written for word in words_of(caption.text)} <= known


def test_every_stated_fact_is_said(written: list[tuple[Caption, NDArray[np.float32]]]) -> None:
    for caption, _ in written:
        said = set(words_of(caption.text))
        for index in caption.facts:
            fact = all_facts()[index]
            if fact.group in ("hair_style", "hair_color"):
                continue  # these two share a phrase
            phrases = (*fact.nouns, *fact.adjectives, *fact.features)
            is_noun_of_hair = fact.group == "person" and {"blonde", "redhead"} & said
            wanted = [set(words_of(phrase)) - {"a", "an"} for phrase in phrases]
            assert is_noun_of_hair or any(words <= said for words in wanted), caption.text


def test_from_behind_nothing_is_said_of_the_face() -> None:
    rng = np.random.default_rng(2)
    for row in fact_degrees(heads(60)):
        caption = write_caption(row, rng, from_behind=True)
        assert all(all_facts()[index].seen_from_behind for index in caption.facts)


def test_captions_vary_and_repeat_with_the_seed() -> None:
    (row,) = fact_degrees(heads(1))
    first = [write_caption(row, np.random.default_rng(3)).text for _ in range(2)]
    assert first[0] == first[1]
    rng = np.random.default_rng(3)
    assert len({write_caption(row, rng).text for _ in range(50)}) > 40


def test_degrees_lie_between_false_and_true() -> None:
    degrees = fact_degrees(heads(100))
    assert degrees.shape == (100, len(all_facts()))
    assert degrees.min() >= 0 and degrees.max() <= 1
    # A fact that is never or always true teaches nothing ("person" is meant to be always true).
    rare = [
        fact.name
        for fact, column in zip(all_facts(), fact_degrees(heads(800, 1)).T, strict=True)
        if (column > 0.5).mean() in (0.0, 1.0)
        and fact.name != "person"
        and not fact.name.startswith("age ")
    ]
    assert rare == []


def test_an_articles_form_follows_its_word() -> None:
    rng = np.random.default_rng(4)
    texts = " | ".join(write_caption(row, rng).text for row in fact_degrees(heads(200)))
    assert " a old " not in texts and " an young " not in texts and " an european" not in texts

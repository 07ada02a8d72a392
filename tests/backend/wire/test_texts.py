"""Texts for people are one line of Unicode, wherever they come from."""

import json

import pytest
from hypothesis import given, strategies as st

from backend import wire
from backend.wire.requests import JobRequest, RequestError
from backend.wire.texts import MAX_LINE_LETTERS, has_lone_surrogates, one_line

BAD = "No\ud800 face;\r\n\x00try\u2028again.\x1b "
GOOD = "No? face; try again."


@given(st.text(st.characters()))
def test_any_text_becomes_one_line_that_can_be_written(text: str) -> None:
    line = one_line(text)
    line.encode()
    assert line == one_line(line)
    assert len(line.splitlines()) <= 1
    assert not has_lone_surrogates(line)


def test_letters_of_all_scripts_and_joined_pictures_stay_and_long_texts_are_cut() -> None:
    assert one_line("Ein Bär 熊 👩\u200d🚀") == "Ein Bär 熊 👩\u200d🚀"
    assert one_line(BAD) == GOOD
    cut = one_line("a" * 5_000_000)
    assert len(cut) == MAX_LINE_LETTERS
    assert cut.endswith("a...")


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ({"type": "notice", "job": "a", "text": BAD}, "text"),
        ({"type": "progress", "job": "a", "stage": "bake", "fraction": 0, "eta_s": 0, "text": BAD}, "text"),
        ({"type": "failure", "job": "a", "code": "weights", "user_text": BAD}, "user_text"),
        ({"type": "hello", "protocol": wire.PROTOCOL_VERSION, "notice": BAD}, "notice"),
        ({"type": "hello", "protocol": wire.PROTOCOL_VERSION, "python": BAD}, "python"),
    ],
)  # fmt: skip
def test_what_a_backend_says_to_people_is_cleaned(message: dict[str, object], name: str) -> None:
    assert getattr(wire.decode(json.dumps(message).encode()), name) == GOOD


def test_sentences_of_a_result_are_cleaned_and_its_paths_are_not() -> None:
    data = {"request": {"style_image": "/a/\udcff.png"}, "notices": [BAD], "failures": [BAD, "No."]}
    result = wire.from_json(wire.JobResult, data)
    assert (result.notices, result.failures) == ((GOOD,), (GOOD, "No."))
    assert result.request.style_image == "/a/\udcff.png"


def test_a_prompt_with_half_a_character_is_refused_in_one_sentence() -> None:
    JobRequest(prompt="a man 👩\u200d🚀", photo="/a/\udcff.png").check()
    with pytest.raises(RequestError, match="half of a character") as caught:
        JobRequest(prompt="a man \ud83d").check()
    assert len(caught.value.user_text.splitlines()) == 1

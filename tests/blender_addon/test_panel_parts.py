"""What the panels share: wrapped texts and times."""

from typing import Any

import bpy
import pytest

from ..in_blender import part
from .fake_layout import Layout, draw


def test_long_messages_are_wrapped_and_stay_whole(session: Any) -> None:
    text = "a rather long sentence that no sidebar can show on one line of its own " * 3
    session.note("ERROR", text)
    words = draw("messages").words
    assert " ".join(text.split()) in " ".join(words)
    assert max(map(len, words)) < 60


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0 s"),
        (4.4, "4 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 00 min"),
        (19200, "5 h 20 min"),
        (360000, "100 h 00 min"),
    ],
)
def test_times_are_said_shortly(session: Any, seconds: float, words: str) -> None:
    assert part("panel_parts").duration(seconds) == words


def wrapped(text: str, buttons: int = 0) -> list[str]:
    layout = Layout()
    part("panel_parts").draw_wrapped(bpy.context, layout, text, "INFO", buttons)
    return layout.words


def test_a_text_without_words_still_has_its_line(session: Any) -> None:
    assert wrapped("") == [""]


def test_buttons_beside_a_text_take_their_room_from_it(session: Any) -> None:
    """Where there is no sidebar, it counts as 300 pixels wide: 42 letters, less six for the icon."""
    assert [max(map(len, wrapped("x " * 200, buttons))) for buttons in (0, 1, 2)] == [35, 33, 29]
    assert max(map(len, wrapped("x " * 200, 100))) == 19  # never less than twenty


def test_a_word_that_is_longer_than_the_sidebar_is_cut_and_stays_whole(session: Any) -> None:
    lines = wrapped("x" * 100)
    assert "".join(lines) == "x" * 100
    assert max(map(len, lines)) == 36

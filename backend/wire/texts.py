"""Texts that are shown to people: one line of Unicode, of bounded length."""

from __future__ import annotations

import unicodedata

MAX_LINE_LETTERS = 1000
IS_LINE = {"line": True}  # metadata of a field whose texts are cleaned when they are read


def one_line(text: str) -> str:
    """The text without line breaks, control characters and lone surrogates, which Blender cannot draw."""
    if len(text) > MAX_LINE_LETTERS:
        text = text[: MAX_LINE_LETTERS - 3] + "..."
    return " ".join("".join(_shown(letter) for letter in text).split())


def _shown(letter: str) -> str:
    category = unicodedata.category(letter)
    return "?" if category == "Cs" else " " if category == "Cc" else letter


def has_lone_surrogates(text: str) -> bool:
    """Whether it is no Unicode that could be written anywhere."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)

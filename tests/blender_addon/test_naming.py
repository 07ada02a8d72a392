"""Names: whatever a user writes becomes a whole name that Blender keeps."""

from types import ModuleType
from typing import Any

import bpy
import pytest

from ..in_blender import part, wire


def test_a_suffix_survives_a_long_name(extension: ModuleType) -> None:
    name = part("naming").blender_name("ein alter Mann mit grünen Augen " * 8, " rig")
    assert name.endswith(" rig")
    assert len(name.encode()) <= 59


@pytest.mark.parametrize(
    "text",
    [
        "an old man",
        "x" * 200,
        "Käse " * 40,
        "头" * 50,
        "👩‍🦳" * 30,
        "e\u0301" * 60,
        "  two\n lines ",
        "tab\tand\u00a0space\u2028line",
        "",
        " \n ",
    ],
)
def test_names_fit_into_blender_with_a_number(extension: ModuleType, text: str) -> None:
    name = part("naming").blender_name(text)
    assert 0 < len(name.encode()) <= 59
    assert name == " ".join(name.split())


def test_jobs_are_called_by_their_words_or_their_picture(extension: ModuleType) -> None:
    title = part("naming").job_title
    assert title(" an  old man ", "a.png") == "an old man"
    assert title("", "", "folder/portrait.jpg") == "portrait"
    assert len(title("word " * 50)) <= 60
    assert title("", mesh="folder/My%2F;Head.001.npz") == "My/Head.001"


@pytest.mark.parametrize(
    ("names", "shared"),
    [
        (("Rex_Head", "Rex_Eye.L"), "Rex"),
        (("EyeLeft", "EyeRight"), ""),
        (("Head",), "Head"),
        (("old man head", "old man hair"), "old man"),
        (("Rex.Head", "Rex-Eye"), "Rex"),  # joined in different ways
        (("Rex_", "Rex"), "Rex"),
        (("Head.001", "Head.002"), "Head"),
        (("_a", "_b"), ""),
        (("头_左", "头_右"), "头"),
        ((), ""),
    ],
)
def test_names_share_whole_words(
    extension: ModuleType, names: tuple[str, ...], shared: str
) -> None:
    assert part("naming").common_words(names) == shared


@pytest.mark.parametrize(
    "text", ["x" * 200, "头" * 50, "👴" * 30, "ü" * 59, "a" + "é" * 40, ".", "%2F"]
)
def test_blender_keeps_every_name_as_it_is_and_a_second_one_with_its_number(
    session: Any, text: str
) -> None:
    name = part("naming").blender_name(text)
    first, second = (bpy.data.objects.new(name, None) for _ in range(2))
    assert first.name == name
    assert second.name == f"{name}.001"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "Head"),
        (" \t\n", "Head"),
        ("a" * 59, "a" * 59),
        ("a" * 60, "a" * 59),
        ("word " * 11 + "tail", "word " * 11 + "tail"),  # 59 letters
        ("word " * 11 + "tails", ("word " * 11).strip()),  # 60: not cut within the word
        ("a " + "b" * 80, "a " + "b" * 57),  # else nearly nothing would stay
        ("ü" * 40, "ü" * 29),  # two bytes each, none of them halved
    ],
)
def test_a_name_is_cut_between_words_and_letters(
    extension: ModuleType, text: str, name: str
) -> None:
    assert part("naming").blender_name(text) == name


def test_a_suffix_takes_its_bytes_from_the_words(extension: ModuleType) -> None:
    name = part("naming").blender_name("b" * 70, " Köpfe")
    assert name == "b" * 52 + " Köpfe"
    assert len(name.encode()) == 59


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        (("", "", ""), "Head"),
        (("\n ", ""), "Head"),
        (("", "a/first.png", "b/second.png"), "first"),
        (("", "C:/odd name.v2.jpeg"), "odd name.v2"),
        (("x" * 60,), "x" * 60),
        (("x" * 61,), "x" * 59 + "…"),
        (("x" * 58 + " yz",), "x" * 58 + "…"),  # no space before the dots
    ],
)
def test_titles_are_one_short_line(
    extension: ModuleType, arguments: tuple[str, ...], title: str
) -> None:
    assert part("naming").job_title(*arguments) == title


@pytest.mark.parametrize("name", ["a/b: c?", "Öl 50%", "..", "My Head.001", "con", '"<|>"'])
def test_a_meshs_name_comes_back_from_its_file_as_the_title(
    extension: ModuleType, name: str
) -> None:
    mesh = f"/some/folder/{wire().file_stem(name)}.npz"
    assert part("naming").job_title("", mesh=mesh) == name

"""Batch: a file of prompts becomes a row of heads, whatever single lines do."""

from pathlib import Path
from typing import Any

import bpy
import pytest

from ..in_blender import texts


def heads() -> list[Any]:
    return [item for item in bpy.data.objects if "headsmith_latent" in item]


def test_one_failure_does_not_stop_the_rest(session: Any, tmp_path: Path) -> None:
    path = tmp_path / "people.txt"
    path.write_text("a man\nbad weights\n\na woman\ndie always\na child\n")
    bpy.context.scene.headsmith.batch_file = str(path)
    assert bpy.ops.headsmith.batch(wait=True) == {"FINISHED"}
    states = [job.state.value for job in session.dispatcher.jobs]
    assert states == ["done", "failed", "done", "parked", "done"]
    assert sorted(item["headsmith_prompt"] for item in heads()) == ["a child", "a man", "a woman"]
    (collection,) = {item.users_collection[0] for item in heads()}
    assert collection.name == "Headsmith: people.txt"
    places = sorted(item.location.x for item in heads())
    assert places[0] < places[1] < places[2]
    assert any("damaged" in text for text in texts(session))


def test_bad_lines_of_a_csv_file_are_told_and_the_others_made(session: Any, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("prompt,seed,count\na man,5,2\na woman,many,1\na child,6,\n")
    bpy.ops.headsmith.batch(filepath=str(path))
    requests = [job.request for job in session.dispatcher.jobs]
    assert [(r.prompt, r.seed, r.count) for r in requests] == [("a man", 5, 2), ("a child", 6, 1)]
    assert any(text.startswith("Line 3") for text in texts(session))


def test_many_bad_lines_are_one_message(session: Any, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("prompt,seed\n" + "a man,soon\n" * 20 + "a child,6\n")
    bpy.ops.headsmith.batch(filepath=str(path))
    (told,) = (text for text in texts(session) if "people.csv" in text)
    assert told == (
        "20 lines of people.csv cannot be used (2, 3, 4 and 17 more). Line 2: seed must be a whole number,"
        " not 'soon'."
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "Cannot read"),
        (b"", "must name columns"),
        (b"\xff\xfe\x00bad", "not UTF-8"),
        (b"prompt,seed\na man,x\n", "No line of people.csv can be used"),
    ],
)
def test_a_file_of_no_use_is_refused(
    content: bytes | None, says: str, session: Any, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RuntimeError, match=says):
        bpy.ops.headsmith.batch(filepath=str(path))
    assert session.dispatcher.jobs == []


def test_no_file_is_refused(session: Any) -> None:
    with pytest.raises(RuntimeError, match="choose a text or CSV file"):
        bpy.ops.headsmith.batch()

"""A file of prompts, and the question before many heads are begun."""

from pathlib import Path
from typing import Any

import bpy
import pytest

from ..in_blender import part, wire


def test_many_heads_are_asked_about_with_their_number_and_time(
    session: Any, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("prompt,count\n" + "a man,16\n" * 100 + "a man,none\n")
    prompt_file, defaults = part("prompt_file"), wire().JobRequest()
    _, batch = prompt_file.read_prompts(str(path), defaults)
    text = prompt_file.question(batch)
    assert text == "1600 heads. 1 lines cannot be used. Make one first to see how long one takes."
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.ops.headsmith.generate(wait=True)  # the toy takes 0.1 s
    assert "1600 heads, about 2 min 40 s." in prompt_file.question(batch)


def test_a_few_heads_are_begun_at_once(session: Any, tmp_path: Path) -> None:
    path = tmp_path / "people.txt"
    path.write_text("a man\n" * 20)
    prompt_file = part("prompt_file")
    _, batch = prompt_file.read_prompts(str(path), wire().JobRequest())
    assert prompt_file.question(batch) == ""


def test_a_file_beside_the_scene_is_found(session: Any, tmp_path: Path) -> None:
    (tmp_path / "people.txt").write_text("a man\n\na woman\n")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    defaults = wire().JobRequest(seed=5, quality="high")
    path, batch = part("prompt_file").read_prompts(" //people.txt ", defaults)
    assert path == tmp_path / "people.txt"
    assert [request.prompt for request in batch.requests] == ["a man", "a woman"]
    assert {request.quality for request in batch.requests} == {"high"}


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ("", "choose a text or CSV file"),
        ("  ", "choose a text or CSV file"),
        ("no.txt", "Cannot read"),
    ],
)
def test_a_file_that_is_none_is_refused(session: Any, chosen: str, says: str) -> None:
    with pytest.raises(wire().RequestError, match=says):
        part("prompt_file").read_prompts(chosen, wire().JobRequest())


def test_the_question_counts_heads_and_not_lines(session: Any) -> None:
    request = wire().JobRequest(prompt="a man", count=7)
    batch = wire().PromptBatch((request,) * 3, ())
    assert part("prompt_file").question(batch).startswith("21 heads.")

"""Names fit for objects, and paths relative to the job's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.delivery.head_files import MAX_NAME_LENGTH, HeadFiles, head_name
from backend.wire.requests import (
    JobRequest,
)


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("an old man with grey hair", "Old man with grey hair"),
        ("  The   queen,\tcrowned! ", "Queen crowned"),
        ("анна/ivan: élf", "Анна ivan élf"),
        ("a", "Head"),
        ("../../etc", "Etc"),
        ("!?", "Head"),
        ("x" * 100, "X" + "x" * (MAX_NAME_LENGTH - 1)),
        ("young woman " * 20, "Young woman young woman young woman young woman"),
    ],
)
def test_a_head_is_named_from_its_prompt(prompt: str, name: str) -> None:
    assert head_name(JobRequest(prompt=prompt)) == name
    assert len(name) <= MAX_NAME_LENGTH


def test_without_words_a_head_is_named_from_its_picture() -> None:
    assert head_name(JobRequest(style_image="/pictures/my_statue-2.png")) == "My statue-2"
    assert head_name(JobRequest()) == "Head"


def test_files_are_named_relative_to_the_job(tmp_path: Path) -> None:
    files = HeadFiles(tmp_path, 3)
    assert files.relative(files.glb) == "head_03/head.glb"
    assert files.glb.parent.is_dir()

"""PromptBatch files: every good row becomes a job, every bad row a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.wire.batches import MAX_ROWS, read_batch
from backend.wire.requests import (
    JobRequest,
    RequestError,
)


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_a_text_file_gives_a_job_for_each_prompt_with_seeds_in_a_row(tmp_path: Path) -> None:
    path = write(tmp_path / "heads.txt", "an old man, bald\r\n\n# a remark\n  a girl \n")
    batch = read_batch(path, JobRequest(seed=7, quality="draft"))
    assert [(job.prompt, job.seed, job.quality) for job in batch.requests] == [
        ("an old man, bald", 7, "draft"),
        ("a girl", 8, "draft"),
    ]
    assert batch.bad_rows == ()


def test_a_csv_row_overrides_what_it_names_and_pictures_lie_beside_the_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "heads.csv",
        "\ufeffPrompt,Seed,style,photo,count,quality\n"
        '"an old man, bald",3,looks/a.png,,2,High\n'
        "a girl,,,/photos/b.jpg,,\n",
    )
    first, second = read_batch(path, JobRequest(seed=9)).requests
    assert first == JobRequest(
        prompt="an old man, bald",
        seed=3,
        style_image=str(tmp_path / "looks/a.png"),
        count=2,
        quality="high",
    )
    assert second == JobRequest(prompt="a girl", seed=9, photo="/photos/b.jpg")


def test_a_csv_file_may_use_semicolons_and_any_order_of_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "heads.CSV", "seed;prompt\n4;a man, old\n")
    assert read_batch(path).requests == (JobRequest(prompt="a man, old", seed=4),)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a man,-1,1,", "Seed is -1"),
        ("a man,soon,1,", "seed must be a whole number"),
        ("a man,1,99,", "Count is 99"),
        ("a man,1,1,best", "quality must be draft"),
        (",1,1,", "Nothing to make"),
        ("a man, old,1,1,draft", "quotes"),
        ('"a man,1,1,draft', "quotes"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_does_not_stop_the_rest(
    row: str, says: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "b.csv", f"prompt,seed,count,quality\na girl,1,1,\n{row}\na boy,2,1,\n")
    batch = read_batch(path)
    assert [job.prompt for job in batch.requests] == ["a girl", "a boy"]
    (bad,) = batch.bad_rows
    assert bad.line == 3
    assert bad.user_text.startswith("Line 3: ")
    assert says in bad.user_text


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "must name columns"),
        ("a.csv", b"prompt,mood\na,b\n", "must name columns"),
        ("a.csv", b"seed\n1\n", "must name columns"),
        ("a.csv", b"prompt\n", "holds no prompts"),
        ("a.txt", b"\n# nothing\n", "holds no prompts"),
        ("a.txt", b"\xff\xfe\x00\xd8", "UTF-8"),
        ("a.txt", b"a" * (5 << 20), "4 MiB"),
    ],
)
def test_a_file_of_no_use_is_refused(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RequestError, match=says):
        read_batch(tmp_path / name)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="Cannot read"):
        read_batch(tmp_path / "missing.txt")


def test_rows_beyond_the_limit_are_reported(tmp_path: Path) -> None:
    batch = read_batch(write(tmp_path / "a.txt", "a man\n" * (MAX_ROWS + 5)))
    assert len(batch.requests) == MAX_ROWS
    assert batch.bad_rows[0].line == MAX_ROWS + 1

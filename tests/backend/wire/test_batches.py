"""PromptBatch files: every good row becomes a job, every bad row a sentence."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings, strategies as st

from backend.wire.batches import MAX_ROWS, BadRow, PromptBatch, read_batch
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
        ('"a man,1,1,draft', "a quote is not closed"),
        ('"a" man,1,1,draft', "letters follow a closing quote"),
        ("a man,1,1,draft,2", "more cells than the first row"),
        ("a" * 140_000 + ",1,1,", "The prompt has 140000 characters"),
        (f'"{"a" * 140_000}",1,1,', "The prompt has 140000 characters"),
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


def test_blanks_around_quotes_do_not_count(tmp_path: Path) -> None:
    text = ' "prompt" ,\t"seed"\t, "quality"\n "a man, ""old""" , "3" ,draft \n'
    (request,) = read_batch(write(tmp_path / "b.csv", text)).requests
    assert (request.prompt, request.seed, request.quality) == ('a man, "old"', 3, "draft")


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="a name that no file can have"):
        read_batch(Path("prompts\0.txt"))
    path = write(tmp_path / "b.csv", "prompt,photo\na man,a\0.png\na girl,\n")
    batch = read_batch(path)
    assert [row.line for row in batch.bad_rows] == [2]
    assert "a name that no file can have" in batch.bad_rows[0].user_text


def test_bad_rows_are_told_in_one_sentence_and_the_limit_in_another() -> None:
    rows = [BadRow(line, f"Line {line}: no.") for line in (4, 6, 7, 9)]
    limit = BadRow(1001, "Only the first 1000 rows are read; split the file.", is_limit=True)
    told = "4 lines of a.csv cannot be used (4, 6, 7 and 1 more). Line 4: no."
    assert PromptBatch((), (*rows, limit)).told_rows("a.csv") == (told, limit.user_text)
    assert PromptBatch((), (rows[0], limit)).told_rows("a.csv") == ("Line 4: no.", limit.user_text)
    assert PromptBatch(()).told_rows("a.csv") == ()


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


def test_a_cell_with_a_line_break_is_one_prompt_and_lines_are_counted_on(tmp_path: Path) -> None:
    path = write(
        tmp_path / "b.csv",
        'prompt,seed\r\n"an old man\r\nwith a ""beard""",5\r\n\r\na girl,x\r\na boy,7\r\n',
    )
    batch = read_batch(path)
    assert [(job.prompt, job.seed) for job in batch.requests] == [
        ('an old man with a "beard"', 5),
        ("a boy", 7),
    ]
    assert [row.line for row in batch.bad_rows] == [5]


def test_a_header_in_quotes_is_read_and_empty_columns_at_its_end_are_left_out(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "b.csv", '\n"prompt", "Seed",,\n"a man, old", 3,,\n')
    assert read_batch(path).requests == (JobRequest(prompt="a man, old", seed=3),)


def test_an_open_quote_spoils_its_own_line_even_before_other_quotes(tmp_path: Path) -> None:
    path = write(tmp_path / "b.csv", 'prompt,seed\n"a man,1\na girl,2\n"a boy, bald",3\n')
    batch = read_batch(path)
    assert [job.prompt for job in batch.requests] == ["a girl", "a boy, bald"]
    assert [row.line for row in batch.bad_rows] == [2]


def test_many_open_quotes_are_read_in_no_time(tmp_path: Path) -> None:
    path = write(tmp_path / "b.csv", "prompt,seed\n" + 'a","b\n' * 500_000)
    assert len(read_batch(path).bad_rows) == MAX_ROWS + 1


def test_a_column_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="names prompt 2 times"):
        read_batch(write(tmp_path / "b.csv", "prompt,seed,Prompt\na man,1,a girl\n"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "b.csv")
    with pytest.raises(RequestError, match="is no file"):
        read_batch(tmp_path / "b.csv")


def test_a_picture_of_an_unknown_user_spoils_its_own_line(tmp_path: Path) -> None:
    path = write(tmp_path / "b.csv", "prompt,style\na man,~nobody-here/a.png\na girl,\n")
    batch = read_batch(path)
    assert [job.prompt for job in batch.requests] == ["a girl"]
    assert "known user's folder" in batch.bad_rows[0].user_text


PROMPTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(
    lambda text: text.strip() != ""
)

# Quoting and line end. With fewest quotes, Python 3.11 leaves a line break bare that is not in the line end.
WRITERS = [(csv.QUOTE_MINIMAL, "\r\n")] + [
    (quoting, end)
    for quoting in (csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
    for end in ("\n", "\r\n", "\r")
]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(PROMPTS, st.integers(0, 1000)), min_size=1, max_size=12),
    st.sampled_from(WRITERS),
    st.sampled_from([",", ";"]),
)
def test_whatever_a_csv_writer_writes_comes_back(
    rows: list[tuple[str, int]], writer: tuple[Literal[0, 1, 2], str], delimiter: str
) -> None:
    quoting, end = writer
    sheet = io.StringIO(newline="")
    sheet_writer = csv.writer(sheet, delimiter=delimiter, lineterminator=end, quoting=quoting)
    sheet_writer.writerow(["prompt", "seed"])
    sheet_writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        batch = read_batch(write(Path(folder) / "b.csv", sheet.getvalue()))
    assert batch.bad_rows == ()
    assert [(job.prompt, job.seed) for job in batch.requests] == [
        (" ".join(prompt.split()), seed) for prompt, seed in rows
    ]


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.text('prmt,;"\n\r a1~\0', max_size=120).map(str.encode)),
    st.sampled_from(["", "prompt\n", "prompt,seed,style,count,quality\n"]),
    st.sampled_from([".csv", ".txt"]),
)
def test_any_file_gives_requests_or_one_sentence(content: bytes, header: str, ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"b{ending}"
        path.write_bytes(header.encode() + content)
        try:
            batch = read_batch(path)
        except RequestError as error:
            assert "\n" not in error.user_text
            assert len(error.user_text) < 400 + len(str(path))
            return
    count = 1 + len((header.encode() + content).decode().replace("\r\n", "\n").split("\n"))
    assert batch.requests or batch.bad_rows
    assert all(1 <= row.line <= count + content.count(b"\r") for row in batch.bad_rows)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["a man,1", '"a\nb",2', "", "x,bad", '"a\r\n\r\nb",bad']), max_size=20)
)
def test_line_numbers_are_those_of_an_editor(rows: list[str]) -> None:
    text = "prompt,seed\n" + "\n".join(["a girl,0", *rows]) + "\n"
    line, expected = 3, []
    for row in rows:
        expected += [line] if row.endswith("bad") else []
        line += 1 + row.count("\n")
    with tempfile.TemporaryDirectory() as folder:
        batch = read_batch(write(Path(folder) / "b.csv", text))
    assert [row.line for row in batch.bad_rows] == expected


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="Cannot read"):
        read_batch(tmp_path / "missing.txt")


def test_rows_beyond_the_limit_are_reported(tmp_path: Path) -> None:
    batch = read_batch(write(tmp_path / "a.txt", "a man\n" * (MAX_ROWS + 5)))
    assert len(batch.requests) == MAX_ROWS
    assert batch.bad_rows[0].line == MAX_ROWS + 1

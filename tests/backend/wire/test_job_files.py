"""The door to a job's files: what is no plain file of bounded size inside the folder stays outside."""

from __future__ import annotations

import dataclasses
import json
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend import wire
from backend.errors import HeadsmithError
from backend.process import client
from backend.wire import job_files
from backend.wire.requests import ErrorCode, JobKind, JobRequest, RequestError

from .test_messages import HEAD

RESULT = wire.JobResult(JobRequest(prompt="a man"), (HEAD,))
Read = Callable[[Path, str, JobKind], wire.JobResult]


def write(folder: Path, result: wire.JobResult) -> None:
    (folder / "result.json").write_text(json.dumps(wire.to_json(result)))


def png(width: int, height: int, bits: int = 8) -> bytes:
    """A picture of which only the header is there."""
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0) + b"crc"  # fmt: skip


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_link(path: Path) -> None:
    (path.parent / "other").write_bytes(b"{}")
    path.symlink_to(path.parent / "other")


MAKERS = [make_pipe, make_endless, make_link, Path.mkdir]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
@pytest.mark.parametrize("make", MAKERS)
def test_what_is_no_plain_file_is_refused_at_once(
    make: Callable[[Path], Any], tmp_path: Path
) -> None:
    path = tmp_path / "result.json"
    make(path)
    with pytest.raises(ValueError, match="not a file"):
        job_files.open_file(path, 100)
    with pytest.raises(RequestError) as caught:
        job_files.read_result(tmp_path, path.name, "generate")
    assert caught.value.code is ErrorCode.PROTOCOL
    with pytest.raises(HeadsmithError) as failed:
        client.read_result(tmp_path, path.name, "generate")
    assert failed.value.code is ErrorCode.PROTOCOL


@pytest.mark.skipif(os.name == "nt", reason="making links takes rights there")
def test_a_folder_that_is_a_link_leads_nowhere(tmp_path: Path) -> None:
    (outside := tmp_path / "outside").mkdir()
    (outside / "mesh.npz").write_bytes(b"secret")
    (folder := tmp_path / "job").mkdir()
    (folder / "head_00").symlink_to(outside)
    with pytest.raises(RequestError, match="through a link"):
        job_files.file_of_job(folder, "head_00/mesh.npz")


@pytest.mark.skipif(os.name == "nt", reason="making links takes rights there")
@pytest.mark.skipif(os.name == "nt", reason="Windows takes other names")
@pytest.mark.parametrize("name", ["a" * 300 + ".png", "a/" * 4000 + "b.png"])
def test_a_path_that_no_file_can_have_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="names no file") as caught:
        job_files.file_of_job(tmp_path, name)
    assert caught.value.code is ErrorCode.PROTOCOL


def test_the_way_to_the_jobs_folder_may_be_a_link(tmp_path: Path) -> None:
    (real := tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(real)
    assert job_files.file_of_job(tmp_path / "link", "a/b.png") == tmp_path / "link" / "a" / "b.png"


def test_no_more_bytes_than_the_limit_are_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    assert job_files.read_bytes(path, 100) == b"x" * 100
    with pytest.raises(ValueError, match="larger than 99 bytes"):
        job_files.read_bytes(path, 99)


@pytest.mark.parametrize("read", [job_files.read_result, client.read_result])
@pytest.mark.parametrize("start", [b"", b'{"request": {}, "seconds": '])
def test_a_result_of_200000_levels_is_a_failure(read: Read, start: bytes, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(start + b"[" * 200_000 + b"]" * 200_000)
    with pytest.raises((RequestError, HeadsmithError), match="cannot be read"):
        read(tmp_path, "result.json", "generate")


def test_a_value_too_deep_to_be_told_is_a_wrong_field() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(RequestError):
        wire.from_json(wire.JobResult, {"request": {}, "seconds": value})


def test_a_good_result_comes_back_equal(tmp_path: Path) -> None:
    write(tmp_path, RESULT)
    assert job_files.read_result(tmp_path, "result.json", "generate") == RESULT


@pytest.mark.parametrize(
    ("kind", "says"),
    [("generate", "without a head"), ("wrap", "without a head"), ("explore", "came back empty")],
)
def test_a_result_with_nothing_in_it_is_said(kind: JobKind, says: str, tmp_path: Path) -> None:
    write(tmp_path, wire.JobResult(JobRequest(prompt="a man")))
    with pytest.raises(RequestError, match=says):
        job_files.read_result(tmp_path, "result.json", kind)


def test_a_result_without_heads_gives_the_reason_that_the_backend_gave(tmp_path: Path) -> None:
    write(tmp_path, wire.JobResult(JobRequest(prompt="a man"), failures=("No face; try again.",)))
    with pytest.raises(RequestError, match=r"No face; try again\."):
        job_files.read_result(tmp_path, "result.json", "generate")


@pytest.mark.parametrize("seed", [2**31, -1, 10**400])
def test_a_seed_that_blender_cannot_hold_is_refused(seed: int, tmp_path: Path) -> None:
    write(tmp_path, dataclasses.replace(RESULT, heads=(dataclasses.replace(HEAD, seed=seed),)))
    with pytest.raises(RequestError, match="seed outside"):
        job_files.read_result(tmp_path, "result.json", "generate")


def test_a_lone_surrogate_in_a_name_is_refused(tmp_path: Path) -> None:
    write(tmp_path, dataclasses.replace(RESULT, heads=(dataclasses.replace(HEAD, name="\ud800"),)))
    with pytest.raises(RequestError, match="no Unicode"):
        job_files.read_result(tmp_path, "result.json", "generate")


def test_a_picture_in_a_file_with_undecodable_letters_is_no_hindrance(tmp_path: Path) -> None:
    request = JobRequest(style_image="/pictures/\udcff.png")  # how Python tells such a file name
    write(tmp_path, dataclasses.replace(RESULT, request=request))
    assert job_files.read_result(tmp_path, "result.json", "generate").request == request


def test_a_result_with_more_of_anything_than_a_job_can_make_is_refused(tmp_path: Path) -> None:
    good = wire.to_json(RESULT)
    head = good["heads"][0]
    mask = {"part": "skin", "path": "skin.png"}
    too_long = {
        "heads": {"heads": [head] * (wire.MAX_COUNT + 1)},
        "z": {"heads": [{**head, "z": [0] * 100_000}]},
        "masks": {"heads": [{**head, "sculpt": {**head["sculpt"], "masks": [mask] * 300}}]},
        "candidates": {"candidates": [{"path": "a.png", "z": []}] * 100},
        "failures": {"failures": ["No face; try again."] * 2000},
    }
    for name, change in too_long.items():
        (tmp_path / "result.json").write_text(json.dumps({**good, **change}))
        with pytest.raises(RequestError, match=f"{name} has .* items; expected are at most"):
            job_files.read_result(tmp_path, "result.json", "generate")


def test_a_result_of_empty_lists_is_refused_before_it_takes_memory_or_time(tmp_path: Path) -> None:
    text = json.dumps(wire.to_json(RESULT))
    (tmp_path / "result.json").write_text(text[:-1] + ', "more": [' + "[]," * 5_000_000 + "0]}")
    started = time.perf_counter()
    with pytest.raises(RequestError, match="larger than 4194304 bytes"):
        job_files.read_result(tmp_path, "result.json", "generate")
    assert time.perf_counter() - started < 1.0


def test_a_picture_is_judged_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "albedo.png"
    path.write_bytes(png(8192, 8192))
    job_files.check_picture(path, 8192)
    for content in (png(20_000, 20_000), png(8193, 1), png(0, 8), png(8, 8, bits=16), png(8, 8)[:20], b"GIF89a" * 9, b""):  # fmt: skip
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"pixels|no PNG"):
            job_files.check_picture(path, 8192)

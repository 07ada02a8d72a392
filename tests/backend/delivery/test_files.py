"""Files appear whole or not at all, and trouble with folders is told as such."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from backend.delivery.files import (
    check_job_folder,
    make_folder,
    write_atomically,
    write_bytes,
    write_json,
)
from backend.errors import HeadsmithError
from backend.wire.requests import (
    ErrorCode,
)


def test_a_file_is_replaced_at_once_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_bytes(path, b"old")

    def look_then_write(temporary: Path) -> None:
        temporary.write_bytes(b"half")
        assert path.read_bytes() == b"old"
        assert temporary.suffix == ".json"

    write_atomically(path, look_then_write)
    assert path.read_bytes() == b"half"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_disk_that_is_full_is_a_folder_error_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_bytes(path, b"old")

    def run_out(temporary: Path) -> None:
        temporary.write_bytes(b"ha")
        raise OSError(28, "No space left on device")

    with pytest.raises(
        HeadsmithError, match=r"No space left on device.; free some disk space"
    ) as caught:
        write_atomically(path, run_out)
    assert caught.value.code is ErrorCode.JOB_FOLDER
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_numbers_that_json_lacks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"seconds": float("inf")})


def test_a_good_job_folder_is_left_empty(tmp_path: Path) -> None:
    check_job_folder(tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["missing", "file"])
def test_what_is_no_folder_is_a_folder_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HeadsmithError) as caught:
        check_job_folder(tmp_path / name)
    assert caught.value.code is ErrorCode.JOB_FOLDER


def test_a_folder_under_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HeadsmithError) as caught:
        make_folder(tmp_path / "file" / "folder")
    assert caught.value.code is ErrorCode.JOB_FOLDER


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="uses /proc as a folder nobody can write to")
def test_a_folder_without_permission_is_a_folder_error() -> None:
    with pytest.raises(HeadsmithError) as caught:
        check_job_folder(Path("/proc"))
    assert caught.value.code is ErrorCode.JOB_FOLDER


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EDQUOT, "free some disk space"),
        (errno.EROFS, "choose a folder that you may write to"),
        (errno.EACCES, "choose a folder that you may write to"),
        (errno.ENAMETOOLONG, "choose a folder with a shorter path"),
        (errno.EIO, "choose another folder"),
    ],
)
def test_the_remedy_fits_what_keeps_us_from_writing(
    number: int, remedy: str, tmp_path: Path
) -> None:
    def fail(temporary: Path) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.raises(HeadsmithError, match=remedy) as caught:
        write_atomically(tmp_path / "a.bin", fail)
    assert ("disk space" in caught.value.user_text) == (number == errno.EDQUOT)

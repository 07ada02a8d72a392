"""Files of a job: written under a temporary name, flushed to the disk, then renamed."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

from ..errors import HeadsmithError
from ..wire.folders import folder_remedy
from ..wire.json_coding import (
    to_json,
)
from ..wire.requests import (
    ErrorCode,
)
from ..wire.results import (
    JobResult,
)

RESULT_NAME = "result.json"
_SHOWN_PATH = 300  # characters


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it: nobody sees half a file.

    The temporary name keeps the suffix, which some writers choose their format by.
    """
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        write(temporary)
        _flush_to_disk(temporary)
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path.parent, error) from error
        raise


def write_bytes(path: Path, content: bytes) -> None:
    write_atomically(path, lambda temporary: _write(temporary, content))


def write_json(path: Path, value: object) -> None:
    """`value` (plain JSON types) as an indented file."""
    write_bytes(path, json.dumps(value, indent=1, allow_nan=False).encode() + b"\n")


def write_result(folder: Path, result: JobResult) -> str:
    """Write result.json, the last file of a job; returns its path relative to `folder`."""
    write_json(folder / RESULT_NAME, to_json(result))
    return RESULT_NAME


def check_job_folder(folder: Path) -> None:
    """Raise JOB_FOLDER unless `folder` is absolute, exists, and lets files be made in it."""
    if not folder.is_absolute():
        raise HeadsmithError(
            ErrorCode.JOB_FOLDER,
            f"The job's folder {_shown(folder)!r} is not an absolute path; give its full path.",
        )
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: no path at all
        is_folder = False
    except OSError as error:
        raise _unwritable(folder, error) from error
    if not is_folder:
        raise HeadsmithError(
            ErrorCode.JOB_FOLDER,
            f"The job's folder {_shown(folder)} does not exist; make it or choose another.",
        )
    write_bytes(folder / ".writable", b"")
    with contextlib.suppress(OSError):
        (folder / ".writable").unlink()


def make_folder(folder: Path) -> Path:
    """`folder`, made with its parents; JOB_FOLDER when that is impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return folder


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _flush_to_disk(path: Path) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def _unwritable(folder: Path, error: OSError) -> HeadsmithError:
    reason = error.strerror or type(error).__name__
    return HeadsmithError(
        ErrorCode.JOB_FOLDER,
        f"Cannot write to the folder {_shown(folder)} ({reason}); {folder_remedy(error)}.",
        detail=str(error),
    )


def _shown(folder: Path) -> str:
    """A path as a sentence can hold it."""
    text = str(folder)
    return text if len(text) <= _SHOWN_PATH else f"{text[:_SHOWN_PATH]}..."

"""The one door through which both sides open the files of a job: regular files inside its folder, of bounded size."""

from __future__ import annotations

import json
import os
import stat
import struct
from pathlib import Path
from typing import BinaryIO

from .json_coding import to_json
from .messages import from_json, job_path
from .requests import MAX_SEED, ErrorCode, JobKind, RequestError
from .results import JobResult

MAX_RESULT_BYTES = 4 << 20
MAX_PICTURE_BYTES = 512 << 20
_PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_PNG_SIZE = struct.Struct(">IIB")  # width, height, bits of a channel


def file_of_job(folder: Path, relative: str) -> Path:
    """The file `relative` of a job's folder. Raises RequestError (PROTOCOL) if it lies elsewhere, through a link too."""
    path = Path(job_path(folder.as_posix(), relative))
    below = [path, *path.parents][: len(path.parts) - len(folder.parts)]
    try:
        is_linked = any(item.is_symlink() for item in below)
    except OSError as error:  # a name that is too long, a folder that may not be searched
        raise RequestError(
            f"The path {relative[:80]!r} names no file; generate the head again.",
            ErrorCode.PROTOCOL,
        ) from error
    if is_linked:
        raise RequestError(
            f"The path {relative!r} leads through a link; generate the head again.",
            ErrorCode.PROTOCOL,
        )
    return path


def open_file(path: Path, max_bytes: int) -> BinaryIO:
    """A regular file, open for reading. Raises OSError, or ValueError if it is something else or too large.

    Opening a pipe would wait for its other end, and a device may never end.
    """
    _check_status(os.lstat(path), max_bytes)
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):  # what this system has of them
        flags |= getattr(os, name, 0)
    file = os.fdopen(os.open(path, flags), "rb")
    try:
        _check_status(os.fstat(file.fileno()), max_bytes)
    except ValueError:
        file.close()
        raise
    return file


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """The content of a regular file; raises as `open_file`, also for a file that grows meanwhile."""
    with open_file(path, max_bytes) as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ValueError(f"it is larger than {max_bytes} bytes")
    return content


def check_picture(path: Path, max_px: int) -> None:
    """Raise OSError or ValueError unless the file is a PNG of at most `max_px` a side and 8 bits a channel.

    Only the header is read, so that a picture too large is refused before anything decodes it.
    """
    with open_file(path, MAX_PICTURE_BYTES) as file:
        header = file.read(len(_PNG_START) + _PNG_SIZE.size)
    if len(header) < len(_PNG_START) + _PNG_SIZE.size or not header.startswith(_PNG_START):
        raise ValueError("it is no PNG picture")
    width, height, bits = _PNG_SIZE.unpack_from(header, len(_PNG_START))
    if not (0 < width <= max_px and 0 < height <= max_px) or bits > 8:
        raise ValueError(
            f"it has {width} x {height} pixels of {bits} bits, expected are at most {max_px} a side of 8"
        )


def read_result(folder: Path, relative: str, kind: JobKind) -> JobResult:
    """The result.json of a job of this kind, checked. Raises RequestError (PROTOCOL) with one sentence."""
    path = file_of_job(folder, relative)
    try:
        data = json.loads(read_bytes(path, MAX_RESULT_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise RequestError(
            f"The result {path.name} cannot be read ({error}); generate the head again.",
            ErrorCode.PROTOCOL,
        ) from error
    result = from_json(JobResult, data)
    _check_result(result, kind)
    return result


def _check_result(result: JobResult, kind: JobKind) -> None:
    if kind == "explore" and not result.candidates:
        raise RequestError("The gallery came back empty; explore again.", ErrorCode.PROTOCOL)
    if kind != "explore" and not result.heads:
        reason = next(iter(result.failures), "The job came back without a head; generate it again.")
        raise RequestError(reason, ErrorCode.PROTOCOL)
    seeds = [seed for head in result.heads for seed in (head.seed, head.provenance.seed)]
    if any(not 0 <= seed <= MAX_SEED for seed in seeds):
        raise RequestError(
            f"A head of the result has a seed outside 0 to {MAX_SEED}; generate it again.",
            ErrorCode.PROTOCOL,
        )
    try:
        json.dumps(to_json(result.heads), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise RequestError(
            "A head of the result has a name or text that is no Unicode; generate it again with other words.",
            ErrorCode.PROTOCOL,
        ) from error


def _check_status(status: os.stat_result, max_bytes: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is a link, pipe, device or folder, not a file")
    if status.st_size > max_bytes:
        raise ValueError(f"it is larger than {max_bytes} bytes")

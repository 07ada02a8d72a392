"""Batches: a text file with a prompt on each line, or a CSV file with a row for each job.

Both sides read the same files.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .messages import (
    from_json,
)
from .requests import (
    JobRequest,
    Quality,
    RequestError,
)

COLUMNS = ("prompt", "seed", "style", "photo", "count", "quality")
MAX_ROWS = 1000
MAX_FILE_BYTES = 4 << 20
_SURPLUS = ""  # the column of a row that cannot be split into the header's cells


@dataclass(frozen=True)
class BadRow:
    """A row that no job can be made from."""

    line: int  # as an editor counts, from 1
    user_text: str


@dataclass(frozen=True)
class PromptBatch:
    requests: tuple[JobRequest, ...]
    bad_rows: tuple[BadRow, ...] = ()


def read_batch(path: Path, defaults: JobRequest | None = None) -> PromptBatch:
    """The jobs of a file; what a row leaves open comes from `defaults`.

    A text file holds one prompt a line; empty lines and lines that begin with # are skipped, and every
    prompt gets the next seed. A .csv file begins with a header row that names some of prompt, seed, style,
    photo, count and quality; relative pictures are looked up beside the file. A bad row does not stop the
    rest, it is returned in `bad_rows`. Raises RequestError if the whole file is of no use.
    """
    defaults = defaults or JobRequest()
    text = _read_text(path)
    rows = _csv_rows(text) if path.suffix.lower() == ".csv" else _text_rows(text, defaults.seed)
    requests: list[JobRequest] = []
    bad_rows: list[BadRow] = []
    for line, row in rows:
        if len(requests) + len(bad_rows) == MAX_ROWS:
            bad_rows.append(
                BadRow(line, f"Only the first {MAX_ROWS} rows are read; split the file.")
            )
            break
        try:
            requests.append(_request_of(row, defaults, path.parent))
        except RequestError as error:
            bad_rows.append(BadRow(line, f"Line {line}: {error.user_text}"))
    if not requests and not bad_rows:
        raise RequestError(f"The batch file {path} holds no prompts; write one on each line.")
    return PromptBatch(tuple(requests), tuple(bad_rows))


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise RequestError(f"The batch file {path} is larger than 4 MiB; split it.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RequestError(
            f"Cannot read the batch file {path} ({error.strerror}); choose another file."
        ) from error
    except UnicodeDecodeError as error:
        raise RequestError(f"The batch file {path} is not UTF-8 text; save it as UTF-8.") from error


def _text_rows(text: str, first_seed: int) -> Iterator[tuple[int, dict[str, str]]]:
    seed = first_seed
    for line, prompt in enumerate(text.splitlines(), start=1):
        if prompt.strip() and not prompt.lstrip().startswith("#"):
            yield line, {"prompt": prompt.strip(), "seed": str(seed)}
            seed += 1


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    lines = text.splitlines()
    first = lines[0] if lines else ""
    delimiter = ";" if first.count(";") > first.count(",") else ","
    header = [name.strip().lower() for name in first.split(delimiter)] if first else []
    _check_header(header)
    for number, line in enumerate(lines[1:], start=2):
        try:
            cells = _cells(line, delimiter)
        except csv.Error:
            yield number, {_SURPLUS: line}
            continue
        if any(cells):
            row = dict(zip(header, cells, strict=False))
            yield number, {**row, _SURPLUS: line} if len(cells) > len(header) else row


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line; every line is a row, so that an open quote spoils no other row."""
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, strict=True), [])]


def _check_header(header: Iterable[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or "prompt" not in header:
        raise RequestError(
            f"The first row of a CSV batch must name columns among {', '.join(COLUMNS)}, with prompt "
            f"among them; it has {', '.join(header) or 'nothing'}."
        )


def _request_of(row: dict[str, str], defaults: JobRequest, folder: Path) -> JobRequest:
    if _SURPLUS in row:
        raise RequestError(
            "more cells than the first row, or an open quote; put prompts with commas in quotes."
        )
    request = dataclasses.replace(
        defaults,
        kind="generate",
        prompt=row.get("prompt") or defaults.prompt,
        seed=_whole_number("seed", row, defaults.seed),
        count=_whole_number("count", row, defaults.count),
        quality=_quality(row, defaults.quality),
        style_image=_picture(row.get("style", ""), folder) or defaults.style_image,
        photo=_picture(row.get("photo", ""), folder) or defaults.photo,
    )
    request.check()
    return request


def _whole_number(name: str, row: dict[str, str], default: int) -> int:
    text = row.get(name, "")
    try:
        return int(text) if text else default
    except ValueError:
        raise RequestError(f"{name} must be a whole number, not {text!r}.") from None


def _quality(row: dict[str, str], default: Quality) -> Quality:
    text = row.get("quality", "").lower()
    if not text:
        return default
    try:
        return from_json(JobRequest, {"quality": text}).quality
    except RequestError:
        raise RequestError(f"quality must be draft, standard or high, not {text!r}.") from None


def _picture(name: str, folder: Path) -> str:
    if not name:
        return ""
    path = Path(name).expanduser()
    return str(path if path.is_absolute() else (folder / path).absolute())

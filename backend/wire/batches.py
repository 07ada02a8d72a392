"""Batches: a text file with a prompt on each line, or a CSV file with a row for each job.

Both sides read the same files.
"""

from __future__ import annotations

import dataclasses
import io
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .messages import from_json
from .requests import JobRequest, Quality, RequestError

COLUMNS = ("prompt", "seed", "style", "photo", "count", "quality")
MAX_ROWS = 1000
MAX_FILE_BYTES = 4 << 20
MAX_ROW_LINES = (
    100  # of one row with quoted cells; a quote that goes on for longer was never closed
)
MAX_DIGITS = 20
NAMED_ROWS = 3  # bad ones, of a file
MAX_QUOTED_LETTERS = 80  # of the file, in a sentence about it
_FAULT = ""  # the column of a row that cannot be split into the header's cells: why
_TOO_MANY = "more cells than the first row; put prompts with commas in quotes."
_OPEN_QUOTE = "a quote is not closed; close it, or put two quotes where the text has one."
_AFTER_QUOTE = "letters follow a closing quote; put the whole cell in quotes, and two quotes where the text has one."
_QUOTED_CELL = re.compile(r'[ \t]*+"((?:[^"]++|"")*+)"[ \t]*+')
_PLAIN_CELL = {sign: re.compile(rf"[^{sign}\r\n]*+") for sign in ",;"}


@dataclass(frozen=True)
class BadRow:
    """A row that no job can be made from."""

    line: int  # as an editor counts, from 1
    user_text: str
    is_limit: bool = False  # the first row that is not read any more


@dataclass(frozen=True)
class PromptBatch:
    requests: tuple[JobRequest, ...]
    bad_rows: tuple[BadRow, ...] = ()

    def told_rows(self, name: str) -> tuple[str, ...]:
        """What the user is told of the bad rows of a file: one sentence for all, and one for the limit."""
        limits = tuple(row.user_text for row in self.bad_rows if row.is_limit)
        bad = [row for row in self.bad_rows if not row.is_limit]
        if len(bad) < 2:
            return tuple(row.user_text for row in bad) + limits
        lines = ", ".join(str(row.line) for row in bad[:NAMED_ROWS])
        more = f" and {len(bad) - NAMED_ROWS} more" if len(bad) > NAMED_ROWS else ""
        sentence = f"{len(bad)} lines of {name} cannot be used ({lines}{more}). {bad[0].user_text}"
        return (sentence, *limits)


@dataclass(frozen=True)
class _Row:
    """A row of a CSV file, or what is wrong with it."""

    line: int
    cells: tuple[str, ...]
    fault: str = ""


def read_batch(path: Path, defaults: JobRequest | None = None) -> PromptBatch:
    """The jobs of a file; what a row leaves open comes from `defaults`.

    A text file holds one prompt a line; empty lines and lines that begin with # are skipped, and every
    prompt gets the next seed. A .csv file begins with a header row that names some of prompt, seed, style,
    photo, count and quality, each once; cells in quotes may hold line breaks, which are spaces in a prompt;
    relative pictures are looked up beside the file. A bad row does not stop the
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
                BadRow(
                    line, f"Only the first {MAX_ROWS} rows are read; split the file.", is_limit=True
                )
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
    """The text of a file as it stands there, line ends included."""
    if "\0" in str(path):
        raise RequestError(
            f"The batch file {str(path)!r} has a name that no file can have; choose another."
        )
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise RequestError(f"The batch file {path} is no file; choose a text or CSV file.")
        if status.st_size > MAX_FILE_BYTES:
            raise RequestError(f"The batch file {path} is larger than 4 MiB; split it.")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise RequestError(
            f"Cannot read the batch file {path} ({error.strerror}); choose another file."
        ) from error
    except UnicodeDecodeError as error:
        raise RequestError(f"The batch file {path} is not UTF-8 text; save it as UTF-8.") from error


def _lines(text: str) -> list[str]:
    """With their ends, as an editor and the csv module count them; str.splitlines knows eight more ends."""
    return list(io.StringIO(text, newline=""))


def _text_rows(text: str, first_seed: int) -> Iterator[tuple[int, dict[str, str]]]:
    seed = first_seed
    for line, prompt in enumerate(_lines(text), start=1):
        if prompt.strip() and not prompt.lstrip().startswith("#"):
            yield line, {"prompt": prompt, "seed": str(seed)}
            seed += 1


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    lines = _lines(text)
    first = next((line for line in lines if line.strip()), "")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    rows = (row for row in _csv_cells(lines, delimiter) if row.cells or row.fault)
    top = next(rows, _Row(1, ()))
    if top.fault:
        raise RequestError(f"The first row of the CSV batch cannot be read: {top.fault}")
    header = [name.lower() for name in top.cells or (_shortened(first),)]
    _check_header(header)
    for row in rows:
        is_long = len(row.cells) > len(header)
        fault = row.fault or (_TOO_MANY if is_long else "")
        yield row.line, {_FAULT: fault} if fault else dict(zip(header, row.cells, strict=False))


def _csv_cells(lines: list[str], delimiter: str) -> Iterator[_Row]:
    """The rows of a file without empty cells at their ends.

    A quoted cell may go over several lines. A quote that never ends spoils the line where it begins and not
    those that follow.
    """
    start = 0
    while start < len(lines):
        cells, length, fault = _first_row("".join(lines[start : start + MAX_ROW_LINES]), delimiter)
        while cells and not cells[-1]:
            cells.pop()
        yield _Row(start + 1, () if fault else tuple(cells), fault)
        start += 1 if fault else length


def _first_row(text: str, delimiter: str) -> tuple[list[str], int, str]:
    """The cells of a text's first row, how many lines they take, and what is wrong with it.

    As RFC 4180 has it, but that blanks around quotes do not count, for people write them.
    """
    cells, place = [], 0
    plain = _PLAIN_CELL[delimiter]
    while True:
        quoted = _QUOTED_CELL.match(text, place)
        cell = quoted or plain.match(text, place)
        assert cell is not None  # a plain cell may be empty
        if quoted is None and cell[0].lstrip().startswith('"'):
            return [], 1, _OPEN_QUOTE
        cells.append((quoted[1].replace('""', '"') if quoted else cell[0]).strip())
        place = cell.end()
        following = text[place : place + 1]
        if following == delimiter:
            place += 1
        elif following in ("", "\r", "\n"):
            return cells, len(_lines(text[: place + 1])), ""
        else:
            return [], 1, _AFTER_QUOTE


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or "prompt" not in header:
        raise RequestError(
            f"The first row of a CSV batch must name columns among {', '.join(COLUMNS)}, with prompt "
            f"among them; it has {_shortened(', '.join(header)) or 'nothing'}."
        )
    twice = [name for name in COLUMNS if header.count(name) > 1]
    if twice:
        raise RequestError(
            f"The first row of the CSV batch names {twice[0]} {header.count(twice[0])} times; keep one"
            " such column."
        )


def _shortened(text: str) -> str:
    """What a file holds, on one line of a sentence."""
    text = " ".join(text.split())
    return text if len(text) <= MAX_QUOTED_LETTERS else f"{text[:MAX_QUOTED_LETTERS]}..."


def _request_of(row: dict[str, str], defaults: JobRequest, folder: Path) -> JobRequest:
    if _FAULT in row:
        raise RequestError(row[_FAULT])
    request = dataclasses.replace(
        defaults,
        kind="generate",
        prompt=" ".join(row.get("prompt", "").split()) or defaults.prompt,
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
        if len(text) > MAX_DIGITS:
            raise ValueError
        return int(text) if text else default
    except ValueError:
        raise RequestError(f"{name} must be a whole number, not {_shortened(text)!r}.") from None


def _quality(row: dict[str, str], default: Quality) -> Quality:
    text = row.get("quality", "").lower()
    if not text:
        return default
    try:
        return from_json(JobRequest, {"quality": text}).quality
    except RequestError:
        raise RequestError(
            f"quality must be draft, standard or high, not {_shortened(text)!r}."
        ) from None


def _picture(name: str, folder: Path) -> str:
    if not name:
        return ""
    if "\0" in name:
        raise RequestError(f"the picture {_shortened(name)!r} has a name that no file can have.")
    try:
        path = Path(name).expanduser()
    except RuntimeError as error:  # "~somebody", whom this machine does not know
        raise RequestError(
            f"the picture {_shortened(name)} lies in no known user's folder; give its whole path."
        ) from error
    return str(path if path.is_absolute() else (folder / path).absolute())

"""The messages between Blender and the backend, and their coding.

One message is one JSON object on one line; arrays and pictures travel as files in the job's folder and are named
by paths relative to it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal, cast, get_args

from . import json_coding
from .json_coding import Record, to_json
from .requests import MAX_LATENT, ErrorCode, JobRequest, RequestError
from .results import PRODUCT_VERSION
from .texts import IS_LINE

PROTOCOL_VERSION = 2
MAX_LINE_BYTES = 1 << 20
MAX_JOB_ID_LENGTH = 100
Stage = Literal[
    "queued", "load", "guide", "planes", "extract", "unwrap", "bake", "fit", "rig", "write"
]


@dataclass(frozen=True)
class Hello:
    """First line in both directions."""

    protocol: int = PROTOCOL_VERSION
    version: str = field(default=PRODUCT_VERSION, metadata=IS_LINE)
    parent_pid: int = 0  # from Blender: the backend ends itself when this process is gone
    # From Blender: "auto", "cpu" or "cuda"; from the backend: what is used.
    device: str = field(default="", metadata=IS_LINE)
    models_folder: str = ""  # from Blender: folder with the user's own checkpoints, or empty
    python: str = field(default="", metadata=IS_LINE)  # from the backend: its Python version
    torch: str = field(
        default="", metadata=IS_LINE
    )  # from the backend: the version in its environment, empty if there is none
    # From the backend: what the user should know of their set-up.
    notice: str = field(default="", metadata=IS_LINE)


@dataclass(frozen=True)
class Submit:
    job: str  # id chosen by the client: letters, digits, '-' and '_'
    folder: str  # absolute path of the job's own folder, made by the client
    request: JobRequest = field(default_factory=JobRequest)


@dataclass(frozen=True)
class Cancel:
    job: str


@dataclass(frozen=True)
class Ping:
    token: int = 0


@dataclass(frozen=True)
class Shutdown:
    pass


@dataclass(frozen=True)
class Accepted:
    job: str
    position: int = 0  # jobs ahead of it


@dataclass(frozen=True)
class Progress:
    job: str
    stage: Stage
    fraction: float  # 0..1 of the whole job
    eta_s: float  # seconds left, negative when not known yet
    # A short line for the user, e.g. "Head 2 of 4: baking the texture".
    text: str = field(default="", metadata=IS_LINE)


@dataclass(frozen=True)
class Preview:
    """A picture of the head while it is being steered (PNG, relative path)."""

    job: str
    path: str
    head: int = 0  # which of `count`


@dataclass(frozen=True)
class Notice:
    """Something the user should know that is no failure, e.g. words that were not understood."""

    job: str
    text: str = field(metadata=IS_LINE)


@dataclass(frozen=True)
class Candidate:
    """One picture of the gallery of an `explore` job."""

    job: str
    index: int
    path: str  # PNG, relative to the job's folder
    z: tuple[float, ...] = field(metadata={"most": MAX_LATENT})


@dataclass(frozen=True)
class Result:
    """The job is done; `path` names result.json (a JobResult) in the job's folder."""

    job: str
    path: str = "result.json"


@dataclass(frozen=True)
class Failure:
    """The job, or with an empty id the whole backend, failed."""

    job: str
    code: ErrorCode
    user_text: str = field(metadata=IS_LINE)  # one sentence: what is wrong and what to do
    detail: str = ""  # for the log
    retryable: bool = False


@dataclass(frozen=True)
class Cancelled:
    job: str


@dataclass(frozen=True)
class Pong:
    token: int = 0


Message = (
    Hello | Submit | Cancel | Ping | Shutdown | Accepted | Progress | Preview | Notice | Candidate
    | Result | Failure | Cancelled | Pong
)  # fmt: skip
_MESSAGE_TYPES: dict[str, type] = {kind.__name__.lower(): kind for kind in get_args(Message)}


def encode(message: Message) -> bytes:
    """One line of JSON with its newline."""
    line = json.dumps({"type": type(message).__name__.lower(), **to_json(message)}, allow_nan=False)
    return line.encode() + b"\n"


def decode(line: bytes) -> Message:
    """The message of one line; unknown fields are ignored.

    Raises RequestError: VERSION for the hello of another protocol, whatever else it holds, PROTOCOL
    for anything that is no message; it knows the job of a submission.
    """
    if len(line) > MAX_LINE_BYTES:
        raise RequestError(f"A message is longer than {MAX_LINE_BYTES} bytes.", ErrorCode.PROTOCOL)
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"Not a message: {line[:80]!r}.", ErrorCode.PROTOCOL) from error
    kind = _MESSAGE_TYPES.get(str(data.get("type"))) if isinstance(data, dict) else None
    if kind is None:
        raise RequestError(f"Not a known message: {line[:80]!r}.", ErrorCode.PROTOCOL)
    if kind is Hello and data.get("protocol") != PROTOCOL_VERSION:
        raise RequestError(
            f"Headsmith's add-on and its backend do not fit: this side speaks protocol "
            f"{PROTOCOL_VERSION}, the other {str(data.get('protocol'))[:20]}. "
            "Install the same version of both.",
            ErrorCode.VERSION,
        )
    try:
        return cast(Message, from_json(kind, data))
    except RequestError as error:
        error.job = echoed_job(data.get("job")) if kind is Submit else ""
        raise


def echoed_job(job: object) -> str:
    """The id by which a refused job is answered; empty if it is nothing that a client would know again."""
    return job if isinstance(job, str) and len(job) <= MAX_JOB_ID_LENGTH else ""


def from_json(kind: type[Record], data: Any) -> Record:
    """The dataclass `kind` from plain JSON types; RequestError (PROTOCOL) names a wrong field."""
    try:
        return json_coding.from_json(kind, data)
    except json_coding.CodingError as error:
        raise RequestError(str(error), ErrorCode.PROTOCOL) from error


def job_path(folder: str, relative: str) -> str:
    """`relative` inside `folder`, as a path; RequestError when it would leave the folder."""
    parts = PurePosixPath(relative).parts
    is_strange = any(sign in relative for sign in ("\\", ":", "\0"))
    if not parts or is_strange or ".." in parts or relative.startswith("/"):
        raise RequestError(f"The path {relative!r} leaves the job's folder.", ErrorCode.PROTOCOL)
    return "/".join([folder.rstrip("/\\"), *parts])

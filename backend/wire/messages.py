"""What Blender and the backend say to each other: requests, messages, results, and their checks.

Both sides import this module, so it needs nothing but the standard library and runs on Python 3.11
and later. One message is one JSON object on one line; arrays and pictures travel as files in the
job's folder and are named by paths relative to it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from pathlib import PurePosixPath
from typing import Any, Literal, TypeVar, cast, get_args

from . import json_coding
from .json_coding import to_json as to_json  # part of this module's interface
from .rig_results import LANDMARKS, RigResult

PROTOCOL_VERSION = 1
PRODUCT_VERSION = "0.1.0"
MAX_LINE_BYTES = 1 << 20
MAX_SEED = 2**31 - 1
MAX_COUNT = 16
MAX_PROMPT_LENGTH = 2000
GALLERY_SIZE = 8

Quality = Literal["draft", "standard", "high"]
JobKind = Literal["generate", "explore", "wrap"]
Output = Literal["sculpt", "rig", "both"]
LatentUse = Literal["finish", "vary", "rewrite"]
Stage = Literal[
    "queued", "load", "guide", "planes", "extract", "unwrap", "bake", "fit", "rig", "write"
]


class ErrorCode(str, Enum):
    """Every way in which a job or the backend can fail; the add-on chooses the remedy by it."""

    NOTHING_TO_MAKE = "nothing_to_make"
    NO_HEAD = "no_head"
    BAD_REQUEST = "bad_request"
    BAD_PICTURE = "bad_picture"
    JOB_FOLDER = "job_folder"
    WEIGHTS = "weights"
    OUT_OF_MEMORY = "out_of_memory"
    EMPTY_SURFACE = "empty_surface"
    VERSION = "version"
    PROTOCOL = "protocol"
    BACKEND_START = "backend_start"
    BACKEND_DIED = "backend_died"
    BACKEND_HANGS = "backend_hangs"
    INTERNAL = "internal"


class RequestError(ValueError):
    """A request or message that breaks the rules; the text is one sentence for the user."""

    def __init__(self, user_text: str, code: ErrorCode = ErrorCode.BAD_REQUEST) -> None:
        super().__init__(user_text)
        self.user_text = user_text
        self.code = code


@dataclass(frozen=True)
class LatentBase:
    """An existing head to start from.

    `finish` makes exactly this latent, `vary` makes heads like it, `rewrite` keeps its look and
    changes only what the new words speak about.
    """

    z: tuple[float, ...]
    use: LatentUse = "finish"
    amount: float = 0.35  # 0..1, how far `vary` goes


@dataclass(frozen=True)
class JobRequest:
    """One press of a button: everything the backend needs to make heads."""

    kind: JobKind = "generate"
    prompt: str = ""
    style_image: str = ""  # absolute path of a picture, or empty
    photo: str = ""  # absolute path; for now read as a second style picture
    image_weight: float = 0.5  # 0 words only .. 1 pictures only, when both are given
    seed: int = 0
    count: int = 1
    quality: Quality = "standard"
    faces: int = 20000  # triangles after decimation
    texture_px: int = 1024
    truncation: float = 0.8  # 0 the average head .. 1 the full variety
    base: LatentBase | None = None
    output: Output = "sculpt"  # the extracted surface, the template wrapped onto it, or both
    # For `wrap`: absolute path of a .npz with vertices [V,3] float32 (metres, y up, the face somewhere),
    # faces [F,3] int32 and, if the mesh is textured, corner_uvs [F,3,2] float32.
    mesh: str = ""
    mesh_texture: str = ""  # absolute path of its colour picture, or empty
    # Points (metres, of the same frame) at LANDMARKS that the user clicked, all or none.
    landmarks: tuple[tuple[float, ...], ...] = ()
    symmetric: bool = False  # make the rig-ready head the same on both sides
    neutral: bool = True  # let a generated rig-ready head rest without an expression

    def check(self) -> None:
        """Raise RequestError with one sentence if a value is out of its range."""
        if self.kind == "wrap":
            self._check_wrap()
            return
        has_picture = bool(self.style_image or self.photo)
        if not self.prompt.strip() and not has_picture and self.base is None:
            raise RequestError(
                "Nothing to make: write a prompt or choose a picture.", ErrorCode.NOTHING_TO_MAKE
            )
        if len(self.prompt) > MAX_PROMPT_LENGTH:
            raise RequestError(
                f"The prompt has {len(self.prompt)} characters; shorten it to {MAX_PROMPT_LENGTH}."
            )
        _in_range("Seed", self.seed, 0, MAX_SEED)
        _in_range("Count", self.count, 1, MAX_COUNT)
        _in_range("Faces", self.faces, 500, 100_000)
        _in_range("Texture size", self.texture_px, 128, 8192)
        _in_range("Picture weight", self.image_weight, 0.0, 1.0)
        _in_range("Truncation", self.truncation, 0.0, 1.5)
        if self.base is not None:
            _in_range("Variation", self.base.amount, 0.0, 1.0)

    def _check_wrap(self) -> None:
        if not self.mesh:
            raise RequestError("No head to make rig-ready: select a mesh.")
        if len(self.landmarks) not in (0, len(LANDMARKS)) or any(
            len(point) != 3 for point in self.landmarks
        ):
            raise RequestError(f"Point at all of these or at none: {', '.join(LANDMARKS)}.")
        _in_range("Texture size", self.texture_px, 128, 8192)


def _in_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise RequestError(f"{name} is {value}, but must lie between {low} and {high}.")


# ---- messages from Blender to the backend ----


@dataclass(frozen=True)
class Hello:
    """First line in both directions."""

    protocol: int = PROTOCOL_VERSION
    version: str = PRODUCT_VERSION
    parent_pid: int = 0  # from Blender: the backend ends itself when this process is gone
    device: str = ""  # from Blender: "auto", "cpu" or "cuda"; from the backend: what is used
    models_folder: str = ""  # from Blender: folder with the user's own checkpoints, or empty
    python: str = ""  # from the backend: its Python version
    torch: str = ""  # from the backend: the version in its environment, empty if there is none


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


# ---- messages from the backend to Blender ----


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
    text: str = ""  # a short line for the user, e.g. "Head 2 of 4: baking the texture"


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
    text: str


@dataclass(frozen=True)
class Candidate:
    """One picture of the gallery of an `explore` job."""

    job: str
    index: int
    path: str  # PNG, relative to the job's folder
    z: tuple[float, ...]


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
    user_text: str  # one sentence: what is wrong and what to do
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
Record = TypeVar("Record")
_MESSAGE_TYPES: dict[str, type] = {kind.__name__.lower(): kind for kind in get_args(Message)}


# ---- what a finished job leaves in its folder ----


@dataclass(frozen=True)
class Provenance:
    """Where a head comes from; stored on the Blender object and in glTF extras."""

    prompt: str
    seed: int
    model: str
    model_sha256: str
    licence: str
    headsmith: str = PRODUCT_VERSION


@dataclass(frozen=True)
class MeshFigures:
    vertices: int
    faces: int
    watertight: bool
    components: int
    genus: int
    height_m: float


@dataclass(frozen=True)
class UvFigures:
    coverage: float  # share of the texture that charts cover
    texture_px: int


@dataclass(frozen=True)
class StageFigure:
    stage: str
    seconds: float
    peak_mib: float  # largest resident size of the backend while the stage ran


@dataclass(frozen=True)
class MaskFile:
    """Where a part of the head is in its texture."""

    part: str  # skin, brow, eye, lips, mouth, teeth, ear, neck, hair, beard or glasses
    path: str  # PNG, grey: 0 elsewhere .. 255 this part only


@dataclass(frozen=True)
class HeadResult:
    """One finished head; paths are relative to the job's folder, those of a sculpt empty where none was asked for."""

    name: str  # from the prompt, fit for an object name
    # .npz: vertices [V,3] float32 metres (y up, face +z), faces [F,3] int32,
    # corner_uvs [F,3,2] float32, normals [V,3] float32
    mesh: str
    albedo: str  # PNG, sRGB, unlit
    glb: str
    preview: str  # PNG
    z: tuple[float, ...]
    seed: int
    text_similarity: float  # cosine in the portrait CLIP; 0 without words and pictures
    figures: MeshFigures
    uv: UvFigures
    stages: tuple[StageFigure, ...]
    provenance: Provenance
    # Further maps on the same texels; empty from a backend that bakes none.
    normal: str = ""  # PNG, tangent space of MikkTSpace, +Y (OpenGL)
    roughness: str = ""  # PNG, grey, linear
    masks: tuple[MaskFile, ...] = ()  # none from a model that knows no parts
    rig: RigResult | None = None  # of outputs "rig" and "both"


@dataclass(frozen=True)
class CandidateResult:
    path: str
    z: tuple[float, ...]


@dataclass(frozen=True)
class JobResult:
    """The content of result.json, which is written last, under a temporary name, and renamed."""

    request: JobRequest
    heads: tuple[HeadResult, ...] = ()
    candidates: tuple[CandidateResult, ...] = ()
    notices: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()  # heads of a batch that failed, one sentence each
    seconds: float = 0.0


# ---- coding ----


def encode(message: Message) -> bytes:
    """One line of JSON with its newline."""
    line = json.dumps({"type": type(message).__name__.lower(), **to_json(message)}, allow_nan=False)
    return line.encode() + b"\n"


def decode(line: bytes) -> Message:
    """The message of one line; unknown fields are ignored.

    Raises RequestError: VERSION for the hello of another protocol, whatever else it holds, PROTOCOL
    for anything that is no message.
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
    return cast(Message, from_json(kind, data))


def from_json(kind: type[Record], data: Any) -> Record:
    """The dataclass `kind` from plain JSON types; RequestError (PROTOCOL) names a wrong field."""
    try:
        return cast(Record, json_coding.from_json(kind, data))
    except json_coding.CodingError as error:
        raise RequestError(str(error), ErrorCode.PROTOCOL) from error


def job_path(folder: str, relative: str) -> str:
    """`relative` inside `folder`, as a path; RequestError when it would leave the folder."""
    parts = PurePosixPath(relative).parts
    is_strange = any(sign in relative for sign in ("\\", ":", "\0"))
    if not parts or is_strange or ".." in parts or relative.startswith("/"):
        raise RequestError(f"The path {relative!r} leaves the job's folder.", ErrorCode.PROTOCOL)
    return "/".join([folder.rstrip("/\\"), *parts])

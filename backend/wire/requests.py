"""What a press of a button asks for, and the ways in which that can fail.

Standard library only, like the whole package.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from .rig_names import LANDMARKS
from .texts import has_lone_surrogates

MAX_SEED = 2**31 - 1
MAX_COUNT = 16
MAX_LATENT = 4096  # numbers of z; as wide as a layer of a generator may be
MAX_PROMPT_LENGTH = 2000
MAX_TEXTURE_PX = 8192
GALLERY_SIZE = 8
Quality = Literal["draft", "standard", "high"]
JobKind = Literal["generate", "explore", "wrap"]
Output = Literal["sculpt", "rig", "both"]
LatentUse = Literal["finish", "vary", "rewrite"]


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

    def __init__(
        self, user_text: str, code: ErrorCode = ErrorCode.BAD_REQUEST, job: str = ""
    ) -> None:
        """`job`: the job that a message submits, if so much of it could be read."""
        super().__init__(user_text)
        self.user_text = user_text
        self.code = code
        self.job = job


@dataclass(frozen=True)
class LatentBase:
    """An existing head to start from.

    `finish` makes exactly this latent, `vary` makes heads like it, `rewrite` keeps its look and
    changes only what the new words speak about.
    """

    z: tuple[float, ...] = field(metadata={"most": MAX_LATENT})
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
    output: Output = "sculpt"  # the extracted surface, the topology wrapped onto it, or both
    # For `wrap`: absolute path of a .npz with vertices [V,3] float32 (metres, y up, the face somewhere),
    # faces [F,3] int32 and, if the mesh is textured, corner_uvs [F,3,2] float32; if it has colours of its own,
    # corner_colors [F,3,4] uint8 (sRGB; where alpha is 0 the texture counts).
    mesh: str = ""
    mesh_texture: str = ""  # absolute path of its colour picture, or empty
    # Points (metres, of the same frame) at LANDMARKS that the user clicked, all or none.
    landmarks: tuple[tuple[float, ...], ...] = field(default=(), metadata={"most": 64})
    symmetric: bool = False  # make the rig-ready head the same on both sides
    neutral: bool = True  # let a generated rig-ready head rest without an expression
    masks: bool = False  # write a mask of every part of a sculpt beside its maps

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
        if has_lone_surrogates(self.prompt):
            raise RequestError(
                "The prompt holds half of a character that is stored as two; delete it and type it again."
            )
        _in_range("Seed", self.seed, 0, MAX_SEED)
        _in_range("Count", self.count, 1, MAX_COUNT)
        _in_range("Faces", self.faces, 500, 100_000)
        _in_range("Texture size", self.texture_px, 128, MAX_TEXTURE_PX)
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
        _in_range("Texture size", self.texture_px, 128, MAX_TEXTURE_PX)


def _in_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise RequestError(f"{name} is {value}, but must lie between {low} and {high}.")

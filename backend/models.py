"""The models of a job: generator, portrait CLIP and prior, bundled or from the user's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .errors import HeadsmithError
from .generator.checkpoints import CheckpointError, hash_file, load_generator
from .generator.model import Generator
from .guidance.encoder import load_portrait_clip
from .guidance.guide import Guide
from .guidance.prior import load_prior
from .wire.requests import (
    ErrorCode,
)

ASSETS = Path(__file__).resolve().parent / "assets"
GENERATOR_FILE = "starter.safetensors"
CLIP_CONFIG_FILE = "clip.json"
CLIP_FILE = "clip.safetensors"
PRIOR_FILE = "prior.safetensors"


@dataclass(frozen=True)
class Models:
    """Everything that a job computes with."""

    generator: Generator
    guide: Guide
    sha256: str  # of the generator's file

    @property
    def name(self) -> str:
        return self.generator.config.name

    @property
    def licence(self) -> str:
        return self.generator.config.licence


def load_models(models_folder: str) -> Models:
    """Load the bundled models, or those of `models_folder` (may be empty) where it holds some.

    Raises HeadsmithError (WEIGHTS) for a file that is missing, damaged, or does not fit the others.
    """
    folder = _checked_folder(models_folder)
    path = find_generator(folder)
    try:
        generator = load_generator(path)
        sha256 = hash_file(path)
    except CheckpointError as error:
        raise HeadsmithError(ErrorCode.WEIGHTS, str(error)) from error
    # A CLIP's configuration and its weights come from the same folder.
    clip_folder = folder if folder and (folder / CLIP_CONFIG_FILE).exists() else ASSETS
    clip = load_portrait_clip(clip_folder / CLIP_CONFIG_FILE, clip_folder / CLIP_FILE)
    prior_folder = folder if folder and (folder / PRIOR_FILE).exists() else ASSETS
    return Models(generator, Guide(generator, clip, load_prior(prior_folder / PRIOR_FILE)), sha256)


def find_generator(folder: Path | None) -> Path:
    """The one generator of the folder, whatever its name is, or else the bundled one."""
    own = {CLIP_FILE, PRIOR_FILE}
    found = (
        sorted(path for path in folder.glob("*.safetensors") if path.name not in own)
        if folder
        else []
    )
    if len(found) > 1:
        names = ", ".join(path.name for path in found[:4])
        raise HeadsmithError(
            ErrorCode.WEIGHTS,
            f"The models folder {folder} holds {len(found)} generators ({names}); keep one in it.",
        )
    return found[0] if found else ASSETS / GENERATOR_FILE


def _checked_folder(models_folder: str) -> Path | None:
    if not models_folder:
        return None
    folder = Path(models_folder)
    if not folder.is_dir():
        raise HeadsmithError(
            ErrorCode.WEIGHTS,
            f"The models folder {folder} does not exist; choose another in the preferences, or none.",
        )
    return folder

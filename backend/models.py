"""The models of a job: generator, portrait CLIP and prior, bundled or from the user's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .errors import HeadsmithError
from .generator.checkpoints import CheckpointError, check_is_file, hash_file, load_generator
from .generator.model import Generator
from .guidance.encoder import PortraitClip, load_portrait_clip
from .guidance.guide import Guide
from .guidance.prior import Prior, load_prior
from .process.models_folder import unread_weights
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
    notices: tuple[str, ...] = ()  # what the user should know of the models folder

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
    # A CLIP's configuration and its weights come from the same folder.
    clip_folder = folder if folder and (folder / CLIP_CONFIG_FILE).exists() else ASSETS
    prior_folder = folder if folder and (folder / PRIOR_FILE).exists() else ASSETS
    try:
        for other in (
            clip_folder / CLIP_CONFIG_FILE,
            clip_folder / CLIP_FILE,
            prior_folder / PRIOR_FILE,
        ):
            check_is_file(other)
        generator = load_generator(path)
        sha256 = hash_file(path)
    except CheckpointError as error:
        raise HeadsmithError(ErrorCode.WEIGHTS, str(error)) from error
    clip = load_portrait_clip(clip_folder / CLIP_CONFIG_FILE, clip_folder / CLIP_FILE)
    prior = load_prior(prior_folder / PRIOR_FILE)
    _check_clip(prior, prior_folder / PRIOR_FILE, clip, clip_folder / CLIP_FILE)
    notice = unread_weights(models_folder)
    return Models(generator, Guide(generator, clip, prior), sha256, (notice,) if notice else ())


def _check_clip(prior: Prior, prior_path: Path, clip: PortraitClip, clip_path: Path) -> None:
    """Raise WEIGHTS for a prior that was trained with another CLIP, whose embeddings mean something else."""
    if prior.config.clip_sha256 == clip.sha256:
        return
    raise HeadsmithError(
        ErrorCode.WEIGHTS,
        f"{prior_path} turns the words of another text model into heads than {clip_path} "
        f"(SHA-256 {prior.config.clip_sha256[:12] or 'unknown'}, not {clip.sha256[:12]}); put the {CLIP_FILE} "
        f"and {CLIP_CONFIG_FILE} that it was trained with beside it, or take {PRIOR_FILE} away.",
    )


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

"""The guide: prompts and pictures to latents, by the learned prior and a short optimisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import HeadsmithError
from ..generator.model import Generator
from ..wire.requests import (
    ErrorCode,
)
from .absence import Absence, find_absence, join_absences
from .encoder import PortraitClip
from .faceless import why_faceless
from .language import Denial, read_words
from .picture_files import PictureError
from .pictures import read_picture, square_crops
from .prior import LatentDistribution, Prior, blend_embeddings
from .refine import Refinement, RefineStep, refine_latent
from .sampling import rewrite_latent, sample_latents, vary_latent
from .views import VIEW_WEIGHTS, render_views, view_labels

__all__ = ["Guide", "GuideTarget", "RefineStep", "TargetEmbedding"]

_KEPT_PICTURES = 16


@dataclass(frozen=True)
class GuideTarget:
    """What the user asks for."""

    prompt: str = ""
    image_paths: tuple[Path, ...] = ()  # pictures whose look counts; they may show no face
    photo: Path | None = None  # a picture of a face
    image_weight: float = 0.5  # 0 words only .. 1 pictures only, when both are given


@dataclass(frozen=True)
class TargetEmbedding:
    """A target in the portrait CLIP's space, read once a job."""

    embedding: Tensor  # [D], length 1, or zero when nothing is said
    image_share: float  # 0 words .. 1 pictures
    absence: Absence | None = None  # what the words deny
    notices: tuple[str, ...] = ()  # sentences for the user about how the target was read

    @property
    def is_empty(self) -> bool:
        """Whether nothing is wanted; something may be denied all the same."""
        return not bool(self.embedding.any())


@dataclass(frozen=True)
class _SeenPicture:
    embedding: Tensor  # [D], length 1
    faceless: str  # why it cannot show a face; empty if it may


class Guide:
    """Steers one generator. Every method gives the same result for the same arguments."""

    def __init__(self, generator: Generator, portrait_clip: PortraitClip, prior: Prior) -> None:
        blocks = generator.config.mapping.latent_blocks
        # A generator may have grown blocks at its end since the prior was trained; they rest at zero.
        if not blocks or prior.config.blocks != blocks[: len(prior.config.blocks)]:
            raise HeadsmithError(
                ErrorCode.WEIGHTS,
                f"The generator {generator.config.name} and the prior {prior.config.name} do not belong "
                "together; choose the bundled model or install the extension again.",
            )
        self.generator = generator
        self.clip = portrait_clip
        self.prior = prior
        self._pictures: dict[tuple[Path, int, int], _SeenPicture] = {}

    def embed(self, target: GuideTarget) -> TargetEmbedding:
        """The target as the other methods take it. Raises PictureError for a picture that cannot be used."""
        words = read_words(target.prompt, self.clip.config.vocabulary)
        text = self._embed_text(words.text)
        image, faceless = self._embed_pictures(target)
        absence, notices = self._find_absence(words.denials)
        notices = (*words.notices, *notices, *faceless)
        if text is None and image is None:
            nothing = torch.zeros(self.clip.config.embed_dim)
            return TargetEmbedding(nothing, 0.0, absence, notices)
        if text is None or image is None:
            only = text if image is None else image
            assert only is not None
            return TargetEmbedding(only, 0.0 if image is None else 1.0, absence, notices)
        share = min(1.0, max(0.0, target.image_weight))
        blend = blend_embeddings(text[None], image[None], torch.tensor([share]))[0]
        return TargetEmbedding(blend, share, absence, notices)

    def propose(
        self, target: TargetEmbedding, seed: int, count: int, truncation: float = 0.8
    ) -> Tensor:
        """Latents [count,Z] of different heads that fit; the first ones do not depend on `count`."""
        distribution = self._distribution(target)
        known = sample_latents(distribution, seed, count, truncation)
        if target.absence is not None:
            known = target.absence.hold(known, distribution)
        return F.pad(known, (0, self.generator.config.z_dim - known.shape[1]))

    def refine(
        self,
        z: Tensor,
        target: TargetEmbedding,
        steps: int,
        on_step: Callable[[RefineStep], None],
    ) -> Tensor:
        """z [Z] brought nearer to the target through rendered views; z itself for no steps or no target.

        `on_step` is called after every step; what it raises ends the refinement.
        """
        if steps <= 0 or target.is_empty:
            return z
        neutral = self.clip.encode_text(["a person"])[0]
        known, tail = self._split(z)
        held = torch.zeros(len(known), dtype=torch.bool)
        setting = Refinement(
            self.generator,
            self.clip,
            self._distribution(target),
            self.prior.unconditional(),
            target.embedding,
            neutral,
            held if target.absence is None else target.absence.held,
            tail,
        )
        return torch.cat([refine_latent(setting, known, steps, on_step), tail])

    def similarity(self, planes: Tensor, target: TargetEmbedding) -> float:
        """Cosine between the target and views of a head with planes [1,3,C,H,W]; 0 when nothing is asked."""
        if target.is_empty:
            return 0.0
        labels = view_labels(self.generator.config).to(planes)
        with torch.no_grad():
            views = render_views(self.generator, planes, labels, self.clip.config.image_size)
            cosines = self.clip.encode_images(views.float().clamp(0, 1)) @ target.embedding
        return float((cosines * torch.tensor(VIEW_WEIGHTS)).sum())

    def vary(self, z: Tensor, amount: float, seed: int, count: int) -> Tensor:
        """Heads like z [Z]: latents [count,Z]; `amount` 0 the same .. 1 hardly related."""
        known, tail = self._split(z)
        varied = vary_latent(known, self.prior.unconditional(), amount, seed, count)
        return torch.cat([varied, tail.expand(count, -1)], dim=1)

    def rewrite(self, z_locked: Tensor, target: TargetEmbedding, seed: int) -> Tensor:
        """z_locked [Z] with only those parts changed about which the target speaks."""
        known, tail = self._split(z_locked)
        distribution = self._distribution(target)
        if not target.is_empty:
            known = rewrite_latent(known, distribution, self.prior.unconditional(), seed)
        if target.absence is not None:
            known = target.absence.hold(known[None], distribution)[0]
        return torch.cat([known, tail])

    def _split(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """The numbers of z [Z] that the prior knows, and those of the generator's newer blocks."""
        count = self.prior.config.z_dim
        return z[:count], z[count:]

    def _distribution(self, target: TargetEmbedding) -> LatentDistribution:
        said = self.prior(target.embedding[None], torch.tensor([target.image_share]))
        return said if target.absence is None else target.absence.restrict(said)

    def _find_absence(self, denials: tuple[Denial, ...]) -> tuple[Absence | None, tuple[str, ...]]:
        """What heads have to lack, and a sentence for every denial that says nothing about heads."""
        unsaid = self.prior.unconditional()
        found, notices = [], []
        for denial in denials:
            told = self.prior(self.clip.encode_text([denial.text]), torch.zeros(1))
            absence = find_absence(told, unsaid)
            if absence.is_empty:
                notices.append(
                    f"“{denial.written}” changes nothing: the model does not know what a head without it looks "
                    "like; say what the head has instead."
                )
            else:
                found.append(absence)
        return join_absences(found, unsaid.blocks) if found else None, tuple(notices)

    def _embed_text(self, text: str) -> Tensor | None:
        """None when the text is empty."""
        if not text:
            return None
        parts = [text] if self.clip.fits(text) else _split_text(text, self.clip.fits)
        # A text longer than the model's context is read in pieces, each of which counts the same.
        return F.normalize(self.clip.encode_text(parts).mean(0), dim=0)

    def _embed_pictures(self, target: GuideTarget) -> tuple[Tensor | None, tuple[str, ...]]:
        """The mean embedding of the pictures, and a sentence for each that shows no face. A photo has to show one."""
        photos = () if target.photo is None else (target.photo,)
        embeddings, notices = [], []
        for path in (*target.image_paths, *photos):
            seen = self._see_picture(path)
            embeddings.append(seen.embedding)
            if seen.faceless and path in photos:
                raise PictureError(
                    path, f"shows no face ({seen.faceless})", "choose a photo of one"
                )
            if seen.faceless:
                notices.append(
                    f"No face is seen in the picture {path.name} ({seen.faceless}), so only its colours count."
                )
        if not embeddings:
            return None, ()
        return F.normalize(torch.stack(embeddings).mean(0), dim=0), tuple(notices)

    def _see_picture(self, path: Path) -> _SeenPicture:
        """What a picture shows; it is read again once its file has changed."""
        key = _file_version(path)
        seen = self._pictures.get(key) if key else None
        if seen is None:
            picture = read_picture(path)
            with torch.no_grad():
                crops = self.clip.encode_images(square_crops(picture))
            seen = _SeenPicture(F.normalize(crops.mean(0), dim=0), why_faceless(picture))
            if key:
                kept = list(self._pictures.items())[-_KEPT_PICTURES + 1 :]
                self._pictures = dict([*kept, (key, seen)])
        return seen


def _file_version(path: Path) -> tuple[Path, int, int] | None:
    """What changes with a file: its path, time of change in nanoseconds and bytes; None if it cannot be asked."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return path, found.st_mtime_ns, found.st_size


def _split_text(text: str, fits: Callable[[str], bool]) -> list[str]:
    """The words of a text in as few pieces as the model can read."""
    parts: list[str] = []
    current: list[str] = []
    for word in text.split():
        if current and not fits(" ".join([*current, word])):
            parts.append(" ".join(current))
            current = []
        current.append(word)
    return [*parts, " ".join(current)]

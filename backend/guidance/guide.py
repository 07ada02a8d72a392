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
from .encoder import PortraitClip
from .pictures import read_picture, square_crops
from .prior import LatentDistribution, Prior, blend_embeddings
from .refine import Refinement, RefineStep, refine_latent
from .sampling import rewrite_latent, sample_latents, vary_latent
from .views import VIEW_WEIGHTS, render_views, view_labels

__all__ = ["Guide", "GuideTarget", "RefineStep"]


@dataclass(frozen=True)
class GuideTarget:
    """What the user asks for."""

    prompt: str = ""
    image_paths: tuple[Path, ...] = ()
    image_weight: float = 0.5  # 0 words only .. 1 pictures only, when both are given


@dataclass(frozen=True)
class TargetEmbedding:
    """A target in the portrait CLIP's space."""

    embedding: Tensor  # [D], length 1, or zero when nothing is said
    image_share: float  # 0 words .. 1 pictures

    @property
    def is_empty(self) -> bool:
        return not bool(self.embedding.any())


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
        self._pictures: dict[Path, Tensor] = {}

    def unknown_words(self, prompt: str) -> tuple[str, ...]:
        """Words and pairs like "green hair" that the portrait CLIP was never taught, as the user wrote them."""
        vocabulary = self.clip.config.vocabulary
        return () if vocabulary is None else vocabulary.read(prompt).unknown

    def embed(self, target: GuideTarget) -> TargetEmbedding:
        """The target's embedding. Raises PictureError for a picture that cannot be used."""
        text = self._embed_prompt(target.prompt)
        image = self._embed_pictures(target.image_paths)
        if text is None and image is None:
            return TargetEmbedding(torch.zeros(self.clip.config.embed_dim), 0.0)
        if text is None or image is None:
            only = text if image is None else image
            assert only is not None
            return TargetEmbedding(only, 0.0 if image is None else 1.0)
        share = min(1.0, max(0.0, target.image_weight))
        blend = blend_embeddings(text[None], image[None], torch.tensor([share]))[0]
        return TargetEmbedding(blend, share)

    def propose(
        self, target: GuideTarget, seed: int, count: int, truncation: float = 0.8
    ) -> Tensor:
        """Latents [count,Z] of different heads that fit; the first ones do not depend on `count`."""
        known = sample_latents(self._distribution(self.embed(target)), seed, count, truncation)
        return F.pad(known, (0, self.generator.config.z_dim - known.shape[1]))

    def refine(
        self,
        z: Tensor,
        target: GuideTarget,
        steps: int,
        on_step: Callable[[RefineStep], None],
    ) -> Tensor:
        """z [Z] brought nearer to the target through rendered views; z itself for no steps or no target.

        `on_step` is called after every step; what it raises ends the refinement.
        """
        wanted = self.embed(target)
        if steps <= 0 or wanted.is_empty:
            return z
        neutral = self.clip.encode_text(["a person"])[0]
        known, tail = self._split(z)
        setting = Refinement(
            self.generator,
            self.clip,
            self._distribution(wanted),
            self.prior.unconditional(),
            wanted.embedding,
            neutral,
            tail,
        )
        return torch.cat([refine_latent(setting, known, steps, on_step), tail])

    def similarity(self, planes: Tensor, target: GuideTarget) -> float:
        """Cosine between the target and views of a head with planes [1,3,C,H,W]; 0 when nothing is asked."""
        wanted = self.embed(target)
        if wanted.is_empty:
            return 0.0
        labels = view_labels(self.generator.config).to(planes)
        with torch.no_grad():
            views = render_views(self.generator, planes, labels, self.clip.config.image_size)
            cosines = self.clip.encode_images(views.float().clamp(0, 1)) @ wanted.embedding
        return float((cosines * torch.tensor(VIEW_WEIGHTS)).sum())

    def vary(self, z: Tensor, amount: float, seed: int, count: int) -> Tensor:
        """Heads like z [Z]: latents [count,Z]; `amount` 0 the same .. 1 hardly related."""
        known, tail = self._split(z)
        varied = vary_latent(known, self.prior.unconditional(), amount, seed, count)
        return torch.cat([varied, tail.expand(count, -1)], dim=1)

    def rewrite(self, z_locked: Tensor, target: GuideTarget, seed: int) -> Tensor:
        """z_locked [Z] with only those parts changed about which the target speaks."""
        wanted = self.embed(target)
        if wanted.is_empty:
            return z_locked
        known, tail = self._split(z_locked)
        distribution = self._distribution(wanted)
        rewritten = rewrite_latent(known, distribution, self.prior.unconditional(), seed)
        return torch.cat([rewritten, tail])

    def _split(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """The numbers of z [Z] that the prior knows, and those of the generator's newer blocks."""
        count = self.prior.config.z_dim
        return z[:count], z[count:]

    def _distribution(self, wanted: TargetEmbedding) -> LatentDistribution:
        return self.prior(wanted.embedding[None], torch.tensor([wanted.image_share]))

    def _embed_prompt(self, prompt: str) -> Tensor | None:
        """None when the prompt holds no word that means anything here."""
        vocabulary = self.clip.config.vocabulary
        text = prompt.strip() if vocabulary is None else vocabulary.read(prompt).text
        if not text:
            return None
        parts = [text] if self.clip.fits(text) else _split_text(text, self.clip.fits)
        # A text longer than the model's context is read in pieces, each of which counts the same.
        return F.normalize(self.clip.encode_text(parts).mean(0), dim=0)

    def _embed_pictures(self, paths: tuple[Path, ...]) -> Tensor | None:
        if not paths:
            return None
        for path in paths:
            if path not in self._pictures:
                with torch.no_grad():
                    crops = self.clip.encode_images(square_crops(read_picture(path)))
                self._pictures = {**self._pictures, path: F.normalize(crops.mean(0), dim=0)}
        return F.normalize(torch.stack([self._pictures[path] for path in paths]).mean(0), dim=0)


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

"""Training of the prior: captions of plausible heads, pictures of the dataset's heads, and blends of both."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...guidance.encoder import PortraitClip
from ...guidance.prior import (
    Prior,
    PriorConfig,
    blend_embeddings,
    negative_log_likelihood,
    save_prior,
)
from ..kit.latent import LATENT_BLOCKS, parameters_from_latent
from ..kit.plausible import plausible_latents
from .captions import write_caption
from .clip_data import ClipShard, disturb
from .facts import fact_degrees

_CHUNK = 256


@dataclass(frozen=True)
class PriorTraining:
    """How the prior is trained."""

    steps: int = 6000
    batch: int = 512
    hidden: int = 384
    learning_rate: float = 1.5e-3
    heads: int = 9000  # plausible heads with captions
    captions: int = 3  # of each of them
    picture_rounds: int = 3  # differently disturbed pictures of each head of the dataset
    nothing_said: float = 0.08  # share of the examples without words
    noise: float = 0.003  # on embeddings: users phrase things otherwise
    seed: int = 1


@dataclass(frozen=True)
class _Examples:
    """Embeddings with the latents they belong to."""

    text: Tensor  # [N,D]
    image: Tensor  # [N,D]; zero where there is no picture
    z: Tensor  # [N,Z]


def _encode_texts(clip: PortraitClip, texts: list[str]) -> Tensor:
    return torch.cat(
        [clip.encode_text(texts[i : i + _CHUNK]) for i in range(0, len(texts), _CHUNK)]
    )


def _word_examples(clip: PortraitClip, training: PriorTraining) -> _Examples:
    rng = np.random.default_rng(training.seed)
    z = plausible_latents(training.heads, rng)
    degrees = fact_degrees([parameters_from_latent(row) for row in z])
    texts = [write_caption(row, rng).text for row in degrees for _ in range(training.captions)]
    text = _encode_texts(clip, texts)
    repeated = torch.from_numpy(z).repeat_interleave(training.captions, dim=0)
    return _Examples(text, torch.zeros_like(text), repeated)


def _picture_examples(
    clip: PortraitClip, shards: list[ClipShard], training: PriorTraining
) -> _Examples:
    rng = np.random.default_rng(training.seed + 1)
    generator = torch.Generator().manual_seed(training.seed)
    images, texts, latents = [], [], []
    for _ in range(training.picture_rounds):
        for shard in shards:
            view = int(rng.choice(2, p=(0.7, 0.3)))
            stacked = np.concatenate([shard.views[:, view], shard.normals[:, view]], axis=-1)
            pictures = torch.from_numpy(stacked).permute(0, 3, 1, 2).float() / 255
            with torch.no_grad():
                images.append(
                    clip.encode_images(disturb(pictures, clip.config.image_size, generator))
                )
            texts += [write_caption(row, rng).text for row in shard.degrees]
            latents.append(torch.from_numpy(shard.z))
    return _Examples(_encode_texts(clip, texts), torch.cat(images), torch.cat(latents))


def _draw(
    words: _Examples, pictures: _Examples, training: PriorTraining, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """A batch of embeddings [B,D], picture shares [B] and latents [B,Z]: two thirds words, then pictures."""
    third = training.batch // 3
    row = torch.randint(len(words.z), (training.batch - third,), generator=generator)
    picture = torch.randint(len(pictures.z), (third,), generator=generator)
    share = (
        torch.rand(third, generator=generator).mul(1.6).clamp_max(1.0)
    )  # a good part pictures alone
    mixed = blend_embeddings(pictures.text[picture], pictures.image[picture], share)
    embedding = torch.cat([words.text[row], mixed])
    embedding = embedding + training.noise * torch.randn(embedding.shape, generator=generator)
    embedding = torch.nn.functional.normalize(embedding, dim=1)
    said = torch.rand(training.batch, 1, generator=generator) >= training.nothing_said
    # Of the dataset's heads nothing may be said: they are not what heads usually look like.
    said[-third:] = True
    shares = torch.cat([torch.zeros(training.batch - third), share])
    return embedding * said, shares, torch.cat([words.z[row], pictures.z[picture]])


def train_prior(
    clip: PortraitClip, shards: list[ClipShard], training: PriorTraining, path: Path
) -> Prior:
    """Train a prior for this CLIP from scratch (it takes minutes) and save it at `path`."""
    words = _word_examples(clip, training)
    pictures = _picture_examples(clip, shards, training)
    print(f"prior: {len(words.z)} captions, {len(pictures.z)} pictures", flush=True)
    config = PriorConfig(clip.config.embed_dim, training.hidden, LATENT_BLOCKS, clip.sha256)
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(training.seed)
        prior = Prior(config)
    optimiser = torch.optim.AdamW(prior.parameters(), lr=training.learning_rate, weight_decay=1e-3)
    generator = torch.Generator().manual_seed(training.seed)
    for step in range(training.steps):
        for group in optimiser.param_groups:
            group["lr"] = (
                training.learning_rate * 0.5 * (1 + math.cos(math.pi * step / training.steps))
            )
        embedding, share, z = _draw(words, pictures, training, generator)
        loss = negative_log_likelihood(prior(embedding, share), z).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(prior.parameters(), 5.0)
        optimiser.step()
        if step % 200 == 0:
            print(f"prior {step}/{training.steps}: {loss.item():.3f}", flush=True)
    save_prior(prior.eval(), path)
    return prior

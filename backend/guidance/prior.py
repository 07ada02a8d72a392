"""The prior: from a CLIP embedding to a distribution over the generator's latent z.

Normal blocks get a diagonal Gaussian, categorical blocks the odds of their labels: a single Gaussian over
such a block could not say "red or auburn".
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..errors import HeadsmithError
from ..generator.config import LatentBlock
from ..generator.latents import normal_numbers, split_blocks
from ..wire.json_coding import from_json_text, to_json
from ..wire.requests import (
    ErrorCode,
)

MAX_LOG_STD = 0.3
MIN_LOG_STD = -3.0


@dataclass(frozen=True)
class PriorConfig:
    """The sizes of a prior, and what it belongs to."""

    embed_dim: int
    hidden: int
    blocks: tuple[LatentBlock, ...]
    clip_sha256: str = ""  # of the weights of the CLIP whose embeddings it reads
    name: str = "headsmith-prior"
    licence: str = "CC0-1.0"

    @property
    def z_dim(self) -> int:
        return sum(block.size for block in self.blocks)


@dataclass(frozen=True)
class LatentDistribution:
    """Independent Gaussians for normal blocks, odds of labels for categorical ones."""

    blocks: tuple[LatentBlock, ...]
    mean: Tensor  # [B,Z]; of no meaning in categorical blocks
    log_std: Tensor  # [B,Z]
    logits: Tensor  # [B,Z]; of meaning in categorical blocks only

    def odds(self, name: str) -> Tensor:
        """Probability of every label of a categorical block, [B,size]."""
        return torch.softmax(self.logits[:, split_blocks(self.blocks)[name]], dim=1)

    def is_normal(self) -> Tensor:
        """Which numbers of z belong to normal blocks, [Z] bool."""
        return normal_numbers(self.blocks)

    def log_likelihood(self, z: Tensor) -> Tensor:
        """Log density of z [B,Z] -> [B], differentiable in z.

        A categorical block counts by the softened choice that the generator makes of it.
        """
        gaussian = -0.5 * ((z - self.mean) * (-self.log_std).exp()) ** 2 - self.log_std
        total = (gaussian - 0.5 * math.log(2 * math.pi))[:, self.is_normal()].sum(1)
        for block, where in zip(self.blocks, split_blocks(self.blocks).values(), strict=True):
            if block.kind == "categorical":
                choice = torch.softmax(block.sharpness * z[:, where], dim=1)
                total = total + (choice * self.logits[:, where].log_softmax(1)).sum(1)
                total = total - 0.05 * z[:, where].square().sum(1)
        return total


class Prior(nn.Module):
    """Embedding [B,D] and how much of it is picture [B] -> LatentDistribution.

    A zero embedding stands for nothing said: then it gives the distribution of all heads.
    """

    def __init__(self, config: PriorConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.Sequential(
            nn.Linear(config.embed_dim + 2, config.hidden),
            nn.GELU(),
            nn.Linear(config.hidden, config.hidden),
            nn.GELU(),
            nn.Linear(config.hidden, 3 * config.z_dim),
        )

    def forward(self, embedding: Tensor, image_share: Tensor) -> LatentDistribution:
        """embedding [B,D] of length 1 (or zero), image_share [B] 0 words .. 1 picture."""
        said = embedding.norm(dim=1, keepdim=True).clamp_max(1.0)
        share = image_share.view(-1, 1) * said
        inputs = torch.cat(
            [embedding * math.sqrt(self.config.embed_dim), share, said - share], dim=1
        )
        mean, log_std, logits = self.layers(inputs).chunk(3, dim=1)
        middle, half = (MAX_LOG_STD + MIN_LOG_STD) / 2, (MAX_LOG_STD - MIN_LOG_STD) / 2
        log_std = middle + half * torch.tanh(log_std - math.atanh(middle / half))
        return LatentDistribution(self.config.blocks, mean, log_std, logits)

    def unconditional(self) -> LatentDistribution:
        """The distribution when nothing is said."""
        return self(torch.zeros(1, self.config.embed_dim), torch.zeros(1))


def blend_embeddings(text: Tensor, image: Tensor, share: Tensor) -> Tensor:
    """The embedding [B,D] between text and image [B,D] at share [B] of the image, of length 1."""
    mixed = torch.lerp(text, image, share.view(-1, 1))
    return F.normalize(mixed, dim=1)


def save_prior(prior: Prior, path: Path) -> None:
    """Write the prior as float16 safetensors with its configuration in the header."""
    state = {
        name: tensor.detach().half().contiguous() for name, tensor in prior.state_dict().items()
    }
    save_file(state, path, metadata={"config": json.dumps(to_json(prior.config))})


def load_prior(path: Path) -> Prior:
    """The prior of `save_prior`, in float32; HeadsmithError (WEIGHTS) for a missing or damaged file."""
    try:
        with safe_open(path, framework="pt") as file:
            config = from_json_text(PriorConfig, file.metadata()["config"], unknown="refuse")
            state = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        prior = Prior(config)
        prior.load_state_dict(state)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        text = (
            f"The file {path} that turns words into heads is missing or damaged; get it again, or install "
            "the extension again if it is one of its own."
        )
        raise HeadsmithError(ErrorCode.WEIGHTS, text, detail=str(error)) from error
    return prior.eval().requires_grad_(False)


def negative_log_likelihood(distribution: LatentDistribution, z: Tensor) -> Tensor:
    """Training loss [B] of latents z [B,Z]: Gaussian for normal blocks, cross-entropy of the winning label."""
    normal = distribution.is_normal()
    scaled = (z - distribution.mean) * (-distribution.log_std).exp()
    total = (0.5 * scaled**2 + distribution.log_std)[:, normal].sum(1)
    for block, where in zip(
        distribution.blocks, split_blocks(distribution.blocks).values(), strict=True
    ):
        if block.kind == "categorical":
            total = total + F.cross_entropy(
                distribution.logits[:, where], z[:, where].argmax(1), reduction="none"
            )
    return total

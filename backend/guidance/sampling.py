"""Drawing latents from the prior's distribution, and moving between latents."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..generator.latents import force_labels, split_blocks
from .prior import LatentDistribution

_GOLDEN = (math.sqrt(5) - 1) / 2
_LONG_SHOT = 0.35  # labels less likely than this share of the likeliest are not drawn
# Nats by which a number of z must differ from "nothing said" before words are held to speak about it.
_SPOKEN_NATS = 0.12
_SPOKEN_LABEL_NATS = 0.35


@dataclass(frozen=True)
class _Noise:
    """What makes candidates differ; the first k are the same for every count of at least k."""

    normal: Tensor  # [count,Z]
    position: Tensor  # [count,blocks] in [0,1), spread evenly over the candidates


def _draw_noise(count: int, z_dim: int, blocks: int, seed: int) -> _Noise:
    generator = torch.Generator().manual_seed(seed)
    offset = torch.rand(blocks, generator=generator)
    pairs = [torch.randn(z_dim, generator=generator) for _ in range((count + 1) // 2)]
    # Every second head is the opposite of the one before: a gallery without near twins.
    normal = torch.stack([sign * pair for pair in pairs for sign in (1.0, -1.0)])[:count]
    steps = torch.arange(count).unsqueeze(1) * _GOLDEN
    return _Noise(normal, (offset + steps) % 1.0)


def sample_latents(
    distribution: LatentDistribution, seed: int, count: int, truncation: float
) -> Tensor:
    """Latents [count,Z] of a distribution of one row.

    Args:
        truncation: 0 the likeliest head, 1 the full variety.
    """
    mean, std = distribution.mean[0], distribution.log_std[0].exp()
    noise = _draw_noise(count, len(mean), len(distribution.blocks), seed)
    # A number that the words pin down (std < 1) varies less than proportionally: half of a Gaussian that
    # stands for "male" reaches over to the other side otherwise.
    spread = truncation * std.clamp_max(1.0) ** 1.5
    z = mean + spread * noise.normal
    for index, (name, where) in enumerate(split_blocks(distribution.blocks).items()):
        if distribution.blocks[index].kind == "categorical":
            odds = distribution.odds(name)[0]
            labels = _pick_labels(odds, noise.position[:, index], truncation)
            z[:, where] = force_labels(noise.normal[:, where], labels)
    return z


def _pick_labels(odds: Tensor, position: Tensor, truncation: float) -> Tensor:
    """One label [count] for each position in [0,1) by inverting the cumulative odds."""
    likely = torch.where(odds >= _LONG_SHOT * odds.max(), odds, 0.0)
    sharpened = likely ** (1.0 / max(truncation, 0.05))
    cumulative = (sharpened / sharpened.sum()).cumsum(0)
    return torch.searchsorted(cumulative, position.contiguous()).clamp_max(len(odds) - 1)


def vary_latent(
    z: Tensor, distribution: LatentDistribution, amount: float, seed: int, count: int
) -> Tensor:
    """Latents [count,Z] like z [Z]: normal blocks turn towards noise, labels stay below half of the way.

    `amount` is 0 (the same head) .. 1 (hardly related). The turn keeps a standard normal standard normal.
    """
    noise = _draw_noise(count, len(z), len(distribution.blocks), seed)
    angle = 0.5 * math.pi * 0.8 * amount
    varied = math.cos(angle) * z + math.sin(angle) * noise.normal
    for index, (block, where) in enumerate(
        zip(distribution.blocks, split_blocks(distribution.blocks).values(), strict=True)
    ):
        if block.kind == "categorical":
            varied[:, where] = z[where]
            changes = noise.position[:, index] < max(0.0, 2 * amount - 1)
            varied[changes, where] = noise.normal[changes, where]
    return varied


def rewrite_latent(
    z: Tensor, said: LatentDistribution, unsaid: LatentDistribution, seed: int
) -> Tensor:
    """z [Z] changed only where words speak: where `said` clearly differs from `unsaid` (one row each)."""
    proposal = sample_latents(said, seed, 1, 0.6)[0]
    changed = z.clone()
    spoken = spoken_numbers(said, unsaid)
    distance = (z - said.mean[0]).abs() / said.log_std[0].exp()
    # A head that fits the words already keeps what it has.
    replaced = spoken & (distance > 1.0)
    changed[replaced] = proposal[replaced]
    for block, where in zip(said.blocks, split_blocks(said.blocks).values(), strict=True):
        if block.kind == "categorical":
            changed[where] = z[where]
            odds = said.odds(block.name)[0]
            is_spoken = label_divergence(said, unsaid, block.name) > _SPOKEN_LABEL_NATS
            if is_spoken and odds[z[where].argmax()] < _LONG_SHOT * odds.max():
                changed[where] = proposal[where]
    return changed


def spoken_numbers(said: LatentDistribution, unsaid: LatentDistribution) -> Tensor:
    """Which numbers of normal blocks [Z] differ clearly."""
    return (number_divergence(said, unsaid) > _SPOKEN_NATS) & said.is_normal()


def number_divergence(said: LatentDistribution, unsaid: LatentDistribution) -> Tensor:
    """Kullback-Leibler divergence [Z] of each number's Gaussians in nats; 0 in categorical blocks."""
    ratio = (2 * (said.log_std - unsaid.log_std)).exp()
    offset = ((said.mean - unsaid.mean) * (-unsaid.log_std).exp()) ** 2
    divergence = 0.5 * (ratio + offset - 1) - (said.log_std - unsaid.log_std)
    return torch.where(said.is_normal(), divergence[0], 0.0)


def label_divergence(said: LatentDistribution, unsaid: LatentDistribution, name: str) -> float:
    """Kullback-Leibler divergence of the odds of a categorical block, in nats."""
    new, old = said.odds(name)[0], unsaid.odds(name)[0]
    return float((new * (new.clamp_min(1e-6) / old.clamp_min(1e-6)).log()).sum())

"""Heads that lack what a prompt denies: "no beard", "not old".

A CLIP reads "no beard" as it reads "beard". So a denied phrase is asked for alone: where the prior then moves from the
average head tells which numbers the phrase speaks about, and a head that lacks it stays on the other side of the average,
and clear of where the phrase holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..generator.config import LatentBlock
from ..generator.latents import force_labels, split_blocks
from .prior import LatentDistribution
from .sampling import label_divergence, number_divergence

_SPOKEN_NATS = 0.08  # less than this of its largest divergence is noise
_SHARE = 0.65  # of the largest divergence: what merely comes along with a phrase (beards with men) is less
_SPOKEN_LABEL_NATS = 0.15
_CLEAR = 2.0  # standard deviations of a phrase's own distribution, beyond which it no longer holds
_MIRRORED = 0.5  # standard deviations by which a number that was beyond its bound comes to lie on the other side
_MOVED = 0.25  # standard deviations by which the mean of a number moves that a phrase speaks about
_RAISED = 1.5  # times as likely as otherwise: labels that a phrase means
_DENIED_LOGIT = -20.0


@dataclass(frozen=True)
class Absence:
    """Where in z a head lacks what was denied."""

    low: Tensor  # [Z], -inf where free
    high: Tensor  # [Z], +inf where free
    reach: Tensor  # [Z], how far a number that was beyond its bound goes to the other side at most
    denied: Tensor  # [Z] bool, labels of categorical blocks

    @property
    def is_empty(self) -> bool:
        return not bool((self.held | self.denied).any())

    @property
    def held(self) -> Tensor:
        """The numbers [Z] that have a bound, bool."""
        return self.low.isfinite() | self.high.isfinite()

    def restrict(self, distribution: LatentDistribution) -> LatentDistribution:
        """The distribution with the denied labels made unlikely."""
        logits = distribution.logits + _DENIED_LOGIT * self.denied
        return replace(distribution, logits=logits)

    def hold(self, z: Tensor, distribution: LatentDistribution) -> Tensor:
        """Latents [N,Z] that lack what was denied; a label that goes gives way to the distribution's likeliest."""
        within = z.clamp(self.low, self.high)
        # At the bound itself all heads would be alike, and neither men nor women.
        held = within + (within - z).clamp(-self.reach, self.reach)
        allowed = self.restrict(distribution)
        for block, where in _label_blocks(distribution.blocks):
            likeliest = int(allowed.odds(block.name)[0].argmax())
            wrong = self.denied[where][held[:, where].argmax(1)]
            labels = torch.full((int(wrong.sum()),), likeliest)
            held[wrong, where] = force_labels(held[wrong, where], labels)
        return held


def find_absence(told: LatentDistribution, unsaid: LatentDistribution) -> Absence:
    """What heads without a phrase stay away from; empty if the phrase says nothing about heads.

    Args:
        told: the distribution of the denied phrase alone.
        unsaid: of all heads. Both have one row.
    """
    numbers = number_divergence(told, unsaid)
    blocks = _label_blocks(told.blocks)
    labels = [label_divergence(told, unsaid, block.name) for block, _ in blocks]
    most = max([float(numbers.max()), *labels])
    spoken = max(_SPOKEN_NATS, _SHARE * most)
    moved = (told.mean - unsaid.mean)[0] * (-unsaid.log_std[0]).exp()
    rises = (numbers >= spoken) & (moved > _MOVED)
    falls = (numbers >= spoken) & (moved < -_MOVED)
    clear = _CLEAR * told.log_std[0].exp()
    high = torch.minimum(unsaid.mean, told.mean - clear)[0]
    low = torch.maximum(unsaid.mean, told.mean + clear)[0]
    std = unsaid.log_std[0].exp()
    denied = torch.zeros_like(rises)
    for (block, where), divergence in zip(blocks, labels, strict=True):
        raised = told.odds(block.name)[0] > _RAISED * unsaid.odds(block.name)[0]
        denied[where] = raised if divergence >= max(spoken, _SPOKEN_LABEL_NATS) else False
    return Absence(
        low=torch.where(falls, low.clamp_max(unsaid.mean[0] + std), -math.inf),
        high=torch.where(rises, high.clamp_min(unsaid.mean[0] - std), math.inf),
        reach=_MIRRORED * std,
        denied=denied,
    )


def join_absences(absences: list[Absence], blocks: tuple[LatentBlock, ...]) -> Absence:
    """All of them at once."""
    low = torch.stack([absence.low for absence in absences]).amax(0)
    high = torch.stack([absence.high for absence in absences]).amin(0)
    denied = torch.stack([absence.denied for absence in absences]).any(0)
    for _, where in _label_blocks(blocks):
        denied[where] &= not bool(denied[where].all())  # a head needs one of them
    return Absence(low, high, absences[0].reach, denied)


def _label_blocks(blocks: tuple[LatentBlock, ...]) -> list[tuple[LatentBlock, slice]]:
    places = zip(blocks, split_blocks(blocks).values(), strict=True)
    return [(block, where) for block, where in places if block.kind == "categorical"]

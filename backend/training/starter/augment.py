"""Adaptive discriminator augmentation (Karras et al., NeurIPS 2020), with what suits patches of heads.

Each change happens to each picture with probability p; p rises while the discriminator is too sure of the true
pictures, and falls while it is not.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_TARGET = 0.6  # mean sign of the scores of true pictures
_SHIFT = 0.125  # of the picture's side
_COLOR = 0.2  # standard deviation of brightness, and of the logarithm of contrast
_SATURATION = 0.5  # standard deviation
_HOLE = 0.5  # of the picture's side


class Augment(nn.Module):
    """Changes pictures, and knows how often to."""

    p: Tensor
    signs: Tensor
    count: Tensor

    def __init__(self, pictures_to_full: int = 50_000, p: float = 0.0) -> None:
        """After so many pictures that were all too easy, p has risen by 1."""
        super().__init__()
        self.pictures_to_full = pictures_to_full
        self.register_buffer("p", torch.tensor(p))
        self.register_buffer("signs", torch.zeros([]))
        self.register_buffer("count", torch.zeros([]))

    def forward(self, pictures: Tensor, random: torch.Generator) -> Tensor:
        """[B,C,H,W] -> the same, changed; all channels of a picture alike. Differentiable."""
        if self.p == 0:
            return pictures
        batch, _, height, width = pictures.shape

        def chosen() -> Tensor:
            happens = torch.rand(batch, 1, 1, 1, generator=random) < self.p
            return happens.to(pictures.dtype)

        pictures = torch.where(chosen() > 0, pictures.flip(3), pictures)
        pictures = _shift(pictures, chosen().view(batch), random)
        brightness = chosen() * _COLOR * torch.randn(batch, 1, 1, 1, generator=random)
        contrast = chosen() * _COLOR * torch.randn(batch, 1, 1, 1, generator=random)
        pictures = pictures * contrast.exp() + brightness
        grey = pictures.unflatten(1, (-1, 3)).mean(2, keepdim=True)
        saturation = 1 + _SATURATION * chosen()[:, :, None] * torch.randn(
            batch, 1, 1, 1, 1, generator=random
        )
        pictures = (grey + (pictures.unflatten(1, (-1, 3)) - grey) * saturation).flatten(1, 2)
        rows, columns = (torch.rand(batch, 1, generator=random) * side for side in (height, width))
        in_rows = (torch.arange(height) - rows).abs() < _HOLE * height / 2
        in_columns = (torch.arange(width) - columns).abs() < _HOLE * width / 2
        hole = in_rows[:, None, :, None] & in_columns[:, None, None, :]
        return pictures * (1 - hole.to(pictures.dtype) * chosen())

    def watch(self, true_scores: Tensor) -> None:
        """Take note of the scores [B] of true pictures."""
        self.signs += true_scores.detach().sign().sum()
        self.count += len(true_scores)

    def adjust(self) -> float:
        """Move p by what was watched since the last time; the mean sign."""
        mean = float(self.signs / self.count.clamp(min=1))
        step = float(self.count) / self.pictures_to_full
        self.p.add_(step if mean > _TARGET else -step).clamp_(0.0, 0.8)
        self.signs.zero_()
        self.count.zero_()
        return mean


def _shift(pictures: Tensor, chosen: Tensor, random: torch.Generator) -> Tensor:
    """Move pictures [B,C,H,W] by whole pixels where `chosen` [B] is 1; the border is mirrored."""
    batch, _, height, width = pictures.shape
    places = []
    for side in (height, width):
        far = 2 * torch.rand(batch, generator=random) - 1
        offset = (chosen * far * _SHIFT * side).round().long()
        place = (torch.arange(side) + offset[:, None]).abs()
        places.append(torch.where(place >= side, 2 * side - 2 - place, place))  # [B,side]
    rows, columns = places
    which = torch.arange(batch)[:, None, None]
    moved = pictures.permute(0, 2, 3, 1)[which, rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2)

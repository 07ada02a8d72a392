"""Drawing far points in smoothly, so that no hair and no neck leaves the box of the field."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SoftClamp:
    """Values up to `start` stay; those beyond approach `start + depth` and keep their order. Field units."""

    start: float
    depth: float

    def __call__(self, values: Tensor) -> Tensor:
        """Any shape; both signs alike."""
        beyond = (values.abs() - self.start).clamp(min=0)
        drawn = self.depth * -torch.expm1(-beyond / self.depth)
        return torch.where(beyond > 0, values.sign() * (self.start + drawn), values)


@dataclass(frozen=True)
class SoftBox:
    """How points are drawn into the box: all of them near its walls, hair also far below the chin."""

    walls: SoftClamp = SoftClamp(0.42, 0.07)
    low_hair: SoftClamp = SoftClamp(0.25, 0.2)  # of the heights below 0

    @property
    def lowest_hair(self) -> float:
        """The height that no hair passes."""
        low = self.low_hair
        return -float(self.walls(torch.tensor(low.start + low.depth)))

    def points(self, points: Tensor) -> Tensor:
        """Points [N,3] in field units."""
        return self.walls(points)

    def hair(self, points: Tensor) -> Tensor:
        """Points [N,3] of hair in field units."""
        x, y, z = points.unbind(-1)
        lowered = torch.where(y < 0, self.low_hair(y), y)
        return self.walls(torch.stack([x, lowered, z], dim=-1))

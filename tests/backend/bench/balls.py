"""A ball as a field and as points of its surface."""

import numpy as np
import torch
from torch import Tensor

from backend.training.truth.frozen_heads import SurfacePoints

RADIUS = 0.3


class RedInFront:
    """A white ball whose front is red."""

    box_half = 0.5

    def sigma(self, points: Tensor) -> Tensor:
        return RADIUS - points.norm(dim=1)

    def rgb(self, points: Tensor) -> Tensor:
        is_behind = (points[:, 2:] <= 0).float()
        return torch.cat([torch.ones_like(is_behind), is_behind, is_behind], dim=1)

    def labels(self, points: Tensor) -> Tensor:
        return torch.zeros(len(points), 2)


def ball(count: int = 6000) -> SurfacePoints:
    normals = np.random.default_rng(1).standard_normal((count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return SurfacePoints((RADIUS * normals).astype(np.float32), normals.astype(np.float32))

"""Colours that pictures of a head add to those of its field, found for points of its surface.

What a picture adds is a difference, so that a place that no picture sees keeps the colour of the field, and fades to
nothing wherever a picture stops to be trusted, so that pictures leave no edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..views.cameras import Camera

GRAZING = 0.2  # cosine between normal and ray from which on a view counts
_DOMINANCE = (
    8.0  # power of the scores: one view nearly alone stays sharp, the mean of several does not
)
_SURE_SCORE = 0.35  # of the best view, from which on all of its detail is taken


@dataclass(frozen=True)
class DetailView:
    """What one picture adds. Row 0 is the top."""

    camera: Camera
    detail: Tensor  # [3,S,S] sRGB, -1..1, to be added to the field's colours
    trust: Tensor  # [S,S] 0..1; 0 along outlines, steps of the depth and the picture's border
    depth: Tensor  # [S,S] field units along the ray to the surface; 0 where there is none

    def score(self, points: Tensor, normals: Tensor, tolerance: float) -> tuple[Tensor, Tensor]:
        """How well the points [N,3] are seen, 0..1 [N], and where in the picture [N,2], -1..1.

        Args:
            normals: [N,3] unit.
            tolerance: field units; what lies so far behind the picture's surface is hidden.
        """
        pose, lens = self.camera.cam2world, self.camera.intrinsics
        ray = points - pose[:3, 3]
        distance = ray.norm(dim=1)
        facing = -(ray * normals).sum(dim=1) / distance.clamp(min=1e-9)
        x, y, z = (ray @ pose[:3, :3]).unbind(dim=1)
        ahead = z.clamp(min=1e-9)
        columns = lens[0, 0] * x / ahead + lens[0, 1] * y / ahead + lens[0, 2]
        rows = lens[1, 1] * y / ahead + lens[1, 2]
        places = torch.stack([columns, rows], dim=1) * 2 - 1
        maps = torch.stack([self.trust, self.depth])
        trust, depth = read_picture(maps, places, "bilinear").unbind(dim=1)
        visible = 2 - (distance - depth).abs() / tolerance  # 1 up to the tolerance, 0 at twice that
        # Pixels to a length of the surface.
        density = facing * (self._nearest / distance.clamp(min=1e-9))
        score = ((density - GRAZING) / (1 - GRAZING)).clamp(0, 1) * visible.clamp(0, 1) * trust
        return torch.where(z > 0, score, 0.0), places

    @property
    def _nearest(self) -> float:
        seen = self.depth[self.depth > 0]
        return float(seen.min()) if len(seen) else 0.0


@dataclass(frozen=True)
class ViewDetail:
    """What several pictures add together."""

    views: tuple[DetailView, ...]
    tolerance: float  # field units, of depths

    def at(
        self, points: NDArray[np.floating[Any]], normals: NDArray[np.floating[Any]]
    ) -> NDArray[np.float32]:
        """What to add to the field's colours [N,3] at points [N,3] with outward unit normals [N,3]. Field frame."""
        places = torch.from_numpy(np.asarray(points, np.float32))
        outward = torch.from_numpy(np.asarray(normals, np.float32))
        total, shares = torch.zeros(len(places), 3), torch.zeros(len(places))
        best = torch.zeros(len(places))
        with torch.inference_mode():
            for view in self.views:
                score, pixels = view.score(places, outward, self.tolerance)
                some = torch.nonzero(score > 0)[:, 0]
                share = score[some] ** _DOMINANCE
                seen = read_picture(view.detail, pixels[some], "bicubic")
                total[some] += seen * share[:, None]
                shares[some] += share
                best[some] = torch.maximum(best[some], score[some])
        sure = (best / _SURE_SCORE).clamp(max=1)
        sure = sure * sure * (3 - 2 * sure)
        return np.asarray((total / shares.clamp(min=1e-30)[:, None] * sure[:, None]).numpy())


def read_picture(picture: Tensor, places: Tensor, mode: str) -> Tensor:
    """Values [N,C] of a picture [C,H,W] at places [N,2], -1..1; the border's beyond it."""
    grid = places[None, None].to(picture.dtype)
    read = F.grid_sample(picture[None], grid, mode, "border", align_corners=False)
    return read[0, :, 0].t()

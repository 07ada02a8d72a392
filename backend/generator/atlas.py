"""Detail in canonical coordinates: pictures shared by all heads, mixed by w and warped onto the planes.

A convolutional backbone of a few million weights moves sharp detail (eyes, brows, lips, strands) about only by
blurring it. Here it gives, besides coarse planes, a smooth warp from each side of each plane to a canonical
head. There every head's eyes lie in the same place, so that a low-rank mixture of learned pictures stays sharp.
Next3D generates its texture in the UV space of a template for the same reason; six orthographic sides
need no template at inference.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import AtlasConfig, GeneratorConfig
from .layers import FullyConnected

SIDE_DETAILS = 5  # depth, red, green, blue, hair
SIDES = 6  # near and far of three planes


class PlaneAtlas(nn.Module):
    """Coarse planes of the backbone -> fine planes.

    Convention: a plane's channels are near depth, far depth, near rgb, far rgb, coverage, near hair, far hair.
    """

    def __init__(self, config: GeneratorConfig, atlas: AtlasConfig) -> None:
        super().__init__()
        self.resolution = atlas.resolution
        self.ranks = atlas.ranks
        size = (atlas.resolution, atlas.resolution)
        self.bases = nn.Parameter(torch.zeros(SIDES, SIDE_DETAILS, *size))
        for side, rank in enumerate(atlas.ranks):
            self.register_parameter(f"pictures{side}", nn.Parameter(torch.zeros(rank, *size)))
            self.add_module(f"mix{side}", FullyConnected(config.w_dim, rank * SIDE_DETAILS))
        warp_size = (atlas.warp_resolution, atlas.warp_resolution)
        self.warp_base = nn.Parameter(torch.zeros(2 * SIDES, *warp_size))
        self.warps = nn.Parameter(torch.zeros(atlas.warp_rank, 2 * SIDES, *warp_size))
        self.warp_mix = FullyConnected(config.w_dim, atlas.warp_rank)

    def forward(
        self, coarse: Tensor, w: Tensor, resolution: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Planes and warp.

        Args:
            coarse: [B,3*C,h,w], the backbone's planes.
            w: [B,w_dim]
            resolution: of the planes returned; the atlas' own by default (training starts with less).

        Returns:
            Planes [B,3,C,H,W] and the warp [B,6,2,V,V] of the sides (plane 0 near, plane 0 far, plane 1 near
            ...): what to add to a texel's normalised column and row to find its place on the canonical head.
        """
        side = resolution or self.resolution
        size = (side, side)
        warp = self.warp_base + torch.einsum("bk,kshw->bshw", self.warp_mix(w), self.warps)
        warp = warp.unflatten(1, (SIDES, 2))
        planes = _resize(coarse, size).unflatten(1, (3, -1))
        sides = [self._side(side, warp[:, side], w, size) for side in range(SIDES)]
        near_depth, near_color, near_hair = torch.stack(sides[0::2], dim=1).split([1, 3, 1], dim=2)
        far_depth, far_color, far_hair = torch.stack(sides[1::2], dim=1).split([1, 3, 1], dim=2)
        coverage = torch.zeros_like(near_depth)
        details = [near_depth, far_depth, near_color, far_color, coverage, near_hair, far_hair]
        return planes + torch.cat(details, dim=2), warp

    def _side(self, side: int, warp: Tensor, w: Tensor, size: tuple[int, int]) -> Tensor:
        """One side [B,5,H,W]: its pictures mixed, then warped [B,2,V,V] into place."""
        mix = self.get_submodule(f"mix{side}")(w).unflatten(1, (SIDE_DETAILS, -1))
        pictures = self.get_parameter(f"pictures{side}")
        canonical = self.bases[side] + torch.einsum("bck,khw->bchw", mix, pictures)
        place = _texel_centres(size, w.device) + _resize(warp, size).permute(0, 2, 3, 1)
        return F.grid_sample(canonical, place, padding_mode="border", align_corners=False)


def _resize(x: Tensor, size: tuple[int, int]) -> Tensor:
    return x if x.shape[-2:] == size else F.interpolate(x, size=size, mode="bilinear")


def _texel_centres(size: tuple[int, int], device: torch.device) -> Tensor:
    """[H,W,2] normalised column and row of each texel."""
    rows, columns = ((torch.arange(count, device=device) + 0.5) / count * 2 - 1 for count in size)
    grid = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack(grid[::-1], dim=-1)

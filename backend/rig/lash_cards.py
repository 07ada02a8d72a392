"""The opacity of the lashes' cards in their cell of the texture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..generator.checkpoints import read_header, read_tensor
from .atlas import cell_size
from .atlas_layout import LASHES, inset_places

STARTER = Path(__file__).resolve().parents[1] / "assets" / "starter.safetensors"

Opacity = NDArray[np.float32]


def sharp_lashes(alpha: Tensor, cut: float, side: int) -> Opacity:
    """A picture [h,w] of lashes in the cell [H,W] of a texture [side,side]: sharp where it passes `cut`."""
    size = cell_size(LASHES, side)
    seen = in_lash_cell(alpha[None], side)[0]
    gain = max(size[0] / alpha.shape[0], 1.0)
    return np.asarray(((seen - cut) * gain + 0.5).clamp(0, 1).numpy(), np.float32)


def in_lash_cell(layers: Tensor, side: int) -> Tensor:
    """Pictures [C,h,w] of the lashes' cards as their cell [C,H,W] shows them."""
    grid = torch.from_numpy(inset_places(*cell_size(LASHES, side)).astype(np.float32))[None]
    return F.grid_sample(layers[None], grid, "bicubic", "border", align_corners=False)[0]


def starter_lashes(side: int) -> Opacity:
    """Lashes of the starter that ships, for heads that bring none: [H,W] of a texture [side,side]."""
    config = read_header(STARTER).config
    assert config.template is not None
    for index, surface in enumerate(config.template.surfaces):
        if surface.name.startswith("lash "):
            alpha = read_tensor(STARTER, f"template.surfaces.{index}.alpha")
            return sharp_lashes(alpha, surface.alpha_cut, side)
    raise ValueError(f"{STARTER.name} draws no lashes; install Headsmith again.")

"""How well pictures are enlarged: figures and pictures of patches whose truth is known."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ...generator.superres import SuperResolution
from .view_pool import ViewPool

_SHOWN = 6  # patches in the picture


def measure(superresolution: SuperResolution | None, pool: ViewPool) -> tuple[float, float]:
    """PSNR in dB and gradient energy (of the true one) of the pool's patches; None enlarges bicubically."""
    error = energy = true_energy = 0.0
    for index in range(len(pool.inputs)):
        made, true = _made_and_true(superresolution, pool, index)
        error += (made - true).square().mean().item() / 4
        energy += _gradient_energy(made)
        true_energy += _gradient_energy(true)
    return float(-10 * torch.tensor(error / len(pool.inputs)).log10()), energy / true_energy


def _made_and_true(
    superresolution: SuperResolution | None, pool: ViewPool, index: int
) -> tuple[Tensor, Tensor]:
    """One patch [1,3,S,S] as it is made and as it should be."""
    inputs = pool.inputs[index : index + 1].float()
    factor = pool.truth.shape[-1] // inputs.shape[-1]
    with torch.no_grad():
        if superresolution is None:
            made = F.interpolate(inputs[:, :3], scale_factor=factor, mode="bicubic")
        else:
            ws = pool.w[index : index + 1, None]
            made = superresolution.enlarge(inputs[:, :3], inputs, ws)
    return made.clamp(-1, 1), pool.truth[index : index + 1].float() / 127.5 - 1


def _gradient_energy(picture: Tensor) -> float:
    across, down = picture.diff(dim=-1), picture.diff(dim=-2)
    return float(across.square().sum() + down.square().sum())


def save_picture(superresolution: SuperResolution, pool: ViewPool, path: Path) -> None:
    """Held-out patches: enlarged bicubically, super-resolved, true."""
    columns = []
    for index in range(0, len(pool.inputs), max(1, len(pool.inputs) // _SHOWN)):
        plain, _ = _made_and_true(None, pool, index)
        columns.append(torch.cat([plain, *_made_and_true(superresolution, pool, index)], dim=2))
    picture = (torch.cat(columns, dim=3)[0].permute(1, 2, 0) * 127.5 + 128).clamp(0, 255).byte()
    Image.fromarray(picture.numpy()).save(path)

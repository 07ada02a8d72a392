"""Batches of small patches from a pool of views, with the cameras that see them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..kit.sampler import LABEL_INDEX
from .view_cameras import crop_camera
from .view_pool import ViewPool

_FACE = ("brow", "eye", "lips", "teeth", "mouth interior")
_FACE_WEIGHT = 3.0  # of pixels that show these parts


@dataclass(frozen=True)
class PatchConfig:
    count: int = 4  # in a batch
    side: int = 44  # rays along a side
    margin: int = 6  # rays at the border that only inform: a whole picture has more beyond it


@dataclass(frozen=True)
class PatchBatch:
    """Training patches with their margin, and what is judged without it: S pixels along a side."""

    inputs: Tensor  # [B,K,R,R]
    raw: Tensor  # [B,3,S,S] the raw picture, enlarged
    truth: Tensor  # [B,3,S,S] in [-1,1]
    weights: Tensor  # [B,1,S,S]
    cameras: Tensor  # [B,25] of what is judged
    ws: Tensor  # [B,1,w_dim]


def random_places(
    pool: ViewPool, config: PatchConfig, random: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Random patches: indices [B] into the pool, upper left corners [B,2] (column, row), cameras [B,25]."""
    whole, inner = pool.inputs.shape[-1], config.side - 2 * config.margin
    which = torch.randint(0, len(pool.inputs), (config.count,), generator=random)
    spare = whole - config.side
    corners = torch.randint(0, spare + 1, (config.count, 2), generator=random)
    cameras = [
        crop_camera(pool.cameras[index], (corner + config.margin) / whole, inner / whole)
        for index, corner in zip(which.tolist(), corners, strict=True)
    ]
    return which, corners, torch.stack(cameras)


def draw_batch(pool: ViewPool, config: PatchConfig, random: torch.Generator) -> PatchBatch:
    """Random training patches."""
    factor = pool.truth.shape[-1] // pool.inputs.shape[-1]
    which, corners, cameras = random_places(pool, config, random)
    inputs, truth, labels = [], [], []
    inner = (config.side - 2 * config.margin) * factor
    for index, (column, row) in zip(which.tolist(), corners.tolist(), strict=True):
        inputs.append(pool.inputs[index, :, row : row + config.side, column : column + config.side])
        top, left = (row + config.margin) * factor, (column + config.margin) * factor
        truth.append(pool.truth[index, :, top : top + inner, left : left + inner])
        labels.append(pool.labels[index, top : top + inner, left : left + inner])
    read = torch.stack(inputs).float()
    raw = F.interpolate(read[:, :3], scale_factor=factor, mode="bilinear")
    return PatchBatch(
        inputs=read.contiguous(memory_format=torch.channels_last),
        raw=without_margin(raw, config.margin * factor),
        truth=torch.stack(truth).float() / 127.5 - 1,
        weights=pixel_weights(torch.stack(labels))[:, None],
        cameras=cameras,
        ws=pool.w[which][:, None],
    )


def pixel_weights(labels: Tensor) -> Tensor:
    """How much each pixel counts: what a face is known by counts more."""
    face = torch.isin(labels, torch.tensor([LABEL_INDEX[name] for name in _FACE]))
    return 1.0 + (_FACE_WEIGHT - 1.0) * face.float()


def without_margin(x: Tensor, margin: int) -> Tensor:
    """[...,H,W] without so many pixels at each side."""
    return x[..., margin : x.shape[-2] - margin, margin : x.shape[-1] - margin]

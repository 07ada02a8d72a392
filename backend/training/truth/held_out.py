"""Heads that no training sees, in compact form, for figures that anyone can measure again."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..kit.latent import full_latents, parameters_from_latent
from ..words.clip_data import ClipShard
from ..words.facts import fact_degrees

CROP = 0.75  # share of a dataset view that the encoder sees: the head with its hair
_GREY = 0.5
_COLUMNS = 16
_JPEG_QUALITY = 90


@dataclass(frozen=True)
class HeldOutHeads:
    """Nearly frontal views and what is true of the heads in them."""

    images: Tensor  # [n,3,S,S] sRGB in [0,1], on grey, framed as for the encoder
    degrees: Tensor  # [n,facts]


def held_out_heads(shards: list[ClipShard]) -> HeldOutHeads:
    """All heads of these shards."""
    images = torch.cat([_front_views(shard) for shard in shards])
    degrees = torch.from_numpy(np.concatenate([shard.degrees for shard in shards]))
    return HeldOutHeads(images, degrees)


def _front_views(shard: ClipShard) -> Tensor:
    views = torch.from_numpy(shard.views[:, 0].copy()).permute(0, 3, 1, 2).float() / 255
    composed = views[:, :3] + _GREY * (1 - views[:, 3:])
    side = composed.shape[-1]
    kept = round(side * CROP)
    start = (side - kept) // 2
    return composed[:, :, start : start + kept, start : start + kept]


def save_held_out(shards: list[ClipShard], path: Path) -> None:
    """Write the views as one JPEG sheet and the latents beside it, as .npz."""
    images = held_out_heads(shards).images
    count, _, side, _ = images.shape
    rows = -(-count // _COLUMNS)
    sheet = np.full((rows * side, _COLUMNS * side, 3), 128, np.uint8)
    for index, image in enumerate((images * 255 + 0.5).byte().permute(0, 2, 3, 1).numpy()):
        top, left = index // _COLUMNS * side, index % _COLUMNS * side
        sheet[top : top + side, left : left + side] = image
    stored = io.BytesIO()
    Image.fromarray(sheet).save(stored, "JPEG", quality=_JPEG_QUALITY)
    z = np.concatenate([shard.z for shard in shards])
    np.savez(path, sheet=np.frombuffer(stored.getvalue(), np.uint8), z=z, side=side)


def load_held_out(path: Path) -> HeldOutHeads:
    """The heads of `save_held_out`."""
    with np.load(path) as file:
        z, side, stored = file["z"], int(file["side"]), file["sheet"].tobytes()
    with Image.open(io.BytesIO(stored), formats=("JPEG",)) as image:
        sheet = torch.from_numpy(np.asarray(image.convert("RGB"), np.float32) / 255)
    tiles = sheet.unfold(0, side, side).unfold(1, side, side).reshape(-1, 3, side, side)
    degrees = fact_degrees([parameters_from_latent(row) for row in full_latents(z)])
    return HeldOutHeads(tiles[: len(z)].contiguous(), torch.from_numpy(degrees))

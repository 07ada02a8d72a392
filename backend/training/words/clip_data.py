"""The CLIP's training data: views of the dataset's shards, relit and disturbed at random, with captions."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..kit.latent import HeadParameters, parameters_from_record
from .captions import Caption, write_caption
from .facts import all_facts, fact_degrees

BEHIND = math.radians(100)  # beyond this yaw the face is hidden
_VIEW_ODDS = (0.45, 0.25, 0.15, 0.15)


@dataclass(frozen=True)
class ClipShard:
    """The views of one shard; pictures stay on disk until they are indexed."""

    views: NDArray[np.uint8]  # [n,4,R,R,4] unlit sRGB, premultiplied, and coverage
    normals: NDArray[np.uint8]  # [n,4,R,R,3] (n + 1) / 2, field frame
    is_behind: NDArray[np.bool_]  # [n,4]
    z: NDArray[np.float32]  # [n,Z]
    degrees: NDArray[np.float32]  # [n,facts]
    parameters: tuple[HeadParameters, ...]


def load_shard(folder: Path) -> ClipShard:
    """A shard as the dataset command writes it."""
    lines = (folder / "parameters.jsonl").read_text(encoding="utf-8").splitlines()
    parameters = [parameters_from_record(json.loads(line)) for line in lines]
    position = np.load(folder / "cam2world.npy")[..., :3, 3]  # [n,4,3]
    yaw = np.arctan2(position[..., 0], position[..., 2])
    return ClipShard(
        views=np.load(folder / "views.npy", mmap_mode="r"),
        normals=np.load(folder / "normals.npy", mmap_mode="r"),
        is_behind=np.abs(yaw) > BEHIND,
        z=np.load(folder / "z.npy"),
        degrees=fact_degrees(parameters),
        parameters=tuple(parameters),
    )


def shard_folders(data: Path) -> list[Path]:
    """The complete shards of a dataset folder, in order."""
    return sorted(folder for folder in data.glob("shard_*") if folder.suffix != ".partial")


@dataclass(frozen=True)
class PictureBatch:
    """Pictures of heads, and what is true of those."""

    images: Tensor  # [B,3,S,S] sRGB in [0,1]
    degrees: NDArray[np.float32]  # [B,facts]
    is_behind: NDArray[np.bool_]  # [B]


@dataclass(frozen=True)
class ClipBatch:
    images: Tensor  # [B,3,S,S] sRGB in [0,1]
    captions: list[Caption]  # one or more for each picture, picture by picture
    degrees: Tensor  # [B,facts] of the heads in the pictures


def draw_pictures(
    shards: list[ClipShard], size: int, image_size: int, rng: np.random.Generator
) -> PictureBatch:
    """A random batch of `size` disturbed pictures."""
    picked, behind, degrees = [], [], []
    for _ in range(size):
        shard = shards[int(rng.integers(len(shards)))]
        head = int(rng.integers(len(shard.parameters)))
        view = int(rng.choice(4, p=_VIEW_ODDS))
        picked.append(np.concatenate([shard.views[head, view], shard.normals[head, view]], axis=-1))
        behind.append(shard.is_behind[head, view])
        degrees.append(shard.degrees[head])
    pictures = torch.from_numpy(np.stack(picked)).permute(0, 3, 1, 2).float() / 255
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    return PictureBatch(
        disturb(pictures, image_size, generator), np.stack(degrees), np.array(behind, bool)
    )


def write_captions(pictures: PictureBatch, captions: int, rng: np.random.Generator) -> ClipBatch:
    """The pictures with `captions` new captions each."""
    texts = [
        write_caption(degrees, rng, from_behind=bool(is_behind))
        for degrees, is_behind in zip(pictures.degrees, pictures.is_behind, strict=True)
        for _ in range(captions)
    ]
    return ClipBatch(pictures.images, texts, torch.from_numpy(pictures.degrees))


def fact_mask(captions: list[Caption]) -> Tensor:
    """Which facts each caption states: [captions,facts] of 0 and 1."""
    mask = torch.zeros(len(captions), len(all_facts()))
    for row, caption in enumerate(captions):
        mask[row, list(caption.facts)] = 1
    return mask


def disturb(pictures: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """Random framing, light, background, tone and softness.

    Args:
        pictures: [B,7,R,R] unlit premultiplied sRGB, coverage, normals in [0,1].
        size: side of the result in pixels.

    Returns:
        [B,3,size,size] sRGB in [0,1].
    """
    framed = _frame(pictures, size, generator)
    color, coverage, normals = framed[:, :3], framed[:, 3:4], framed[:, 4:] * 2 - 1
    lit = color * _shading(normals, generator)
    composed = lit + (1 - coverage) * _backgrounds(len(lit), size, generator)
    return _soften(_tone(composed, generator), generator).clamp(0, 1)


def _uniform(shape: tuple[int, ...], low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=generator) * (high - low) + low


def _chance(count: int, odds: float, generator: torch.Generator) -> Tensor:
    return (torch.rand(count, generator=generator) < odds).float().view(count, 1, 1, 1)


def _frame(pictures: Tensor, size: int, generator: torch.Generator) -> Tensor:
    count = len(pictures)
    zoom = _uniform((count,), 0.55, 0.92, generator)  # share of the view that is kept
    angle = torch.randn(count, generator=generator) * 0.08
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    cosine, sine = zoom * angle.cos(), zoom * angle.sin()
    shift = _uniform((count, 2), -0.08, 0.08, generator)
    theta = torch.stack(
        [
            torch.stack([cosine * mirror, -sine, shift[:, 0]], 1),
            torch.stack([sine * mirror, cosine, shift[:, 1]], 1),
        ],
        dim=1,
    )
    grid = F.affine_grid(theta, [count, 7, size, size], align_corners=False)
    return F.grid_sample(pictures, grid, align_corners=False, padding_mode="zeros")


def _shading(normals: Tensor, generator: torch.Generator) -> Tensor:
    """Factor [B,3,S,S] of an ambient and two directional lights; 1 for a good part of the pictures.

    `normals` [B,3,S,S] need not have length 1: resampling shortens them a little at edges.
    """
    count, _, rows, columns = normals.shape
    lights = torch.randn(count, 2, 3, generator=generator) + torch.tensor([0.0, 0.7, 0.9])
    cosines = torch.bmm(F.normalize(lights, dim=2), normals.flatten(2)).clamp_min_(0)
    # One matrix product for tints and strengths: elementwise products of maps this size cost more.
    strengths = _uniform((count, 1, 2), 0.0, 1.0, generator) * torch.tensor([0.9, 0.5])
    tints = 1 + 0.08 * torch.randn(count, 3, 2, generator=generator)
    shade = torch.bmm(tints * strengths, cosines).add_(
        _uniform((count, 1, 1), 0.35, 0.9, generator)
    )
    unlit = torch.rand(count, generator=generator) < 0.4
    shade[unlit] = 1.0
    return shade.view(count, 3, rows, columns)


def _backgrounds(count: int, size: int, generator: torch.Generator) -> Tensor:
    """Flat colours, gradients and coarse noise [B,3,size,size]; a good part is plain grey, white or black."""
    corners = torch.rand(count, 3, 2, 2, generator=generator)
    grey = torch.randint(0, 3, (count, 1, 1, 1), generator=generator) / 2
    flat = _chance(count, 0.4, generator)
    plain = _chance(count, 0.4, generator)
    corners = corners * (1 - flat) + corners[:, :, :1, :1] * flat
    corners = corners * (1 - plain) + grey * plain
    ground = F.interpolate(corners, (size, size), mode="bilinear", align_corners=True)
    noise = torch.randn(count, 3, size // 8, size // 8, generator=generator) * 0.2
    noise = F.interpolate(noise, (size, size), mode="bilinear")
    return ground + noise * _chance(count, 0.3, generator) * (1 - plain)


def _tone(images: Tensor, generator: torch.Generator) -> Tensor:
    """Slight exposure, white balance and contrast; small enough that colours keep their names."""
    count = len(images)
    gain = _uniform((count, 1, 1, 1), 0.85, 1.12, generator)
    balance = 1 + 0.03 * torch.randn(count, 3, 1, 1, generator=generator)
    gamma = _uniform((count, 1, 1, 1), 0.88, 1.14, generator)
    return (images * gain * balance).clamp(1e-4, 1) ** gamma


def _soften(images: Tensor, generator: torch.Generator) -> Tensor:
    """Lower the resolution of half of the pictures: generator views are softer than the kit's."""
    size = images.shape[-1]
    parts = []
    for part in images.chunk(8):
        if torch.rand(1, generator=generator).item() < 0.5:
            small = int(torch.randint(size // 3, size, (1,), generator=generator).item())
            reduced = F.interpolate(part, (small, small), mode="bilinear", antialias=True)
            part = F.interpolate(reduced, (size, size), mode="bilinear")
        parts.append(part)
    softened = torch.cat(parts)
    noise = torch.randn(softened.shape, generator=generator) * 0.02
    return softened + noise * _chance(len(images), 0.3, generator)

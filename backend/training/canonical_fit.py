"""The starter's beginning: its atlas and warp as principal components of the data, mixed linearly.

On the canonical head, appearance and warp are nearly linear in a few dozen components, as in an active
appearance model (Cootes, Edwards and Taylor, 2001). Computing them takes seconds where gradient descent through
convolutions takes hours; the backbone then learns only what is left.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..generator.atlas import SIDES
from ..generator.layers import FullyConnected
from ..generator.model import Generator
from .starter_data import PlaneShards

_SIDE_CHANNELS = (
    (0, 2, 3, 4, 9),
    (1, 5, 6, 7, 10),
)  # depth, rgb, hair of the near and the far side
_CHANNEL_WEIGHTS = (3.0, 1.0, 1.0, 1.0, 0.3)
_FIT_RESOLUTION = 128  # the components' coefficients are found on small pictures


@dataclass(frozen=True)
class FitConfig:
    heads: int = 1000
    steps: int = 1500
    batch: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 0.15
    held_out: int = 32
    seed: int = 0


@dataclass(frozen=True)
class _Components:
    mean: Tensor  # [..., shape]
    pictures: Tensor  # [K, shape], scaled so that coefficients have unit variance
    coefficients: Tensor  # [N,K]


def fit_canonical(generator: Generator, shards: PlaneShards, config: FitConfig) -> None:
    """Set the generator's atlas from the data and train its mapping to mix it. Deterministic."""
    atlas = generator.atlas
    assert atlas is not None
    count = min(config.heads, len(shards))
    indices = list(range(count))
    z = torch.cat([shards.load([i]).z for i in indices])
    targets, layers, scales = [], [], []
    with torch.no_grad():
        warps = torch.cat([shards.load([i]).warp for i in indices])
        small = F.interpolate(warps.flatten(1, 2), size=atlas.warps.shape[-2:], mode="area")
        found = _components(small.flatten(1), len(atlas.warps), config)
        atlas.warp_base.copy_(found.mean.view_as(atlas.warp_base))
        atlas.warps.copy_(found.pictures.view_as(atlas.warps))
        targets.append(found.coefficients)
        layers.append(atlas.warp_mix)
        scales.append(3.0)
        for side in range(SIDES):
            coefficients = _fit_side(generator, shards, indices, side, config)
            targets.append(coefficients)
            mix = atlas.get_submodule(f"mix{side}")
            assert isinstance(mix, FullyConnected)
            layers.append(mix)
            scales.append(1.0)
            print(f"side {side}: {atlas.ranks[side]} components", flush=True)
    _train_mixing(generator, z, targets, layers, scales, config)


def _fit_side(
    generator: Generator, shards: PlaneShards, indices: list[int], side: int, config: FitConfig
) -> Tensor:
    """Set bases and pictures of one side; returns what to mix [N, 5*rank]."""
    atlas = generator.atlas
    assert atlas is not None
    pictures, masks = [], []
    for index in indices:
        batch = shards.load([index])
        channels = batch.planes[0, side // 2, list(_SIDE_CHANNELS[side % 2])]
        covered = batch.planes[0, side // 2, 8:9]
        back = canonical_places(batch.warp[0, side], atlas.resolution)
        seen = F.grid_sample(
            torch.cat([channels, covered])[None],
            back[None],
            padding_mode="border",
            align_corners=False,
        )[0]
        pictures.append(seen[:-1].half())
        masks.append((F.max_pool2d(seen[None, -1:], 9, 1, 4)[0] > 0.5).half())
    stack, mask = torch.stack(pictures), torch.stack(masks)  # [N,5,H,W], [N,1,H,W]
    # Where a head is not, it says nothing: the mean of those that are there.
    base = (stack.float() * mask).sum(0) / mask.float().sum(0).clamp(min=1)
    empty = mask.float().sum(0) < 1
    base = torch.where(empty, stack.float().mean(0), base)
    weights = torch.tensor(_CHANNEL_WEIGHTS)[:, None, None]
    rows = torch.cat(
        [
            ((part.float() - base) * where * weights).flatten(0, 1)
            for part, where in _chunks(stack, mask)
        ]
    )  # [N*5,H,W]
    found = _components(rows, atlas.ranks[side], config)
    atlas.bases[side].copy_(base)
    atlas.get_parameter(f"pictures{side}").copy_(found.pictures)
    coefficients = found.coefficients.view(len(indices), len(_CHANNEL_WEIGHTS), -1)
    return (coefficients / weights[None, :, :, 0]).flatten(1)


def _chunks(stack: Tensor, mask: Tensor) -> list[tuple[Tensor, Tensor]]:
    return list(zip(stack.split(64), mask.split(64), strict=True))


def _components(rows: Tensor, rank: int, config: FitConfig) -> _Components:
    """Principal components of rows [N, ...]; pictures [N,H,W] are reduced for the decomposition."""
    is_picture = rows.dim() == 3
    if is_picture:
        mean = torch.zeros(rows.shape[1:])
        small = F.avg_pool2d(rows[:, None], rows.shape[-1] // _FIT_RESOLUTION)[:, 0].flatten(1)
    else:
        mean = rows.mean(0)
        rows = rows - mean
        small = rows
    torch.manual_seed(config.seed)
    u, _, _ = torch.svd_lowrank(small, q=min(rank + 10, *small.shape), niter=3)
    coefficients = u[:, :rank] * len(rows) ** 0.5  # unit variance, not centred for pictures
    flat = rows.flatten(1)
    pictures = coefficients.T @ flat / len(rows)  # least squares: the columns are orthogonal
    return _Components(mean, pictures.view(rank, *rows.shape[1:]), coefficients)


def canonical_places(warp: Tensor, resolution: int) -> Tensor:
    """Where each texel of the canonical head lies on this head: [R,R,2] from its warp [2,V,V].

    Inverts place = texel + warp(texel) by fixed-point iteration; the warps are smooth and small.
    """
    centres = (torch.arange(resolution) + 0.5) / resolution * 2 - 1
    rows, columns = torch.meshgrid(centres, centres, indexing="ij")
    target = torch.stack([columns, rows], dim=-1)
    place = target
    for _ in range(6):
        moved = F.grid_sample(warp[None], place[None], padding_mode="border", align_corners=False)[
            0
        ]
        place = target - moved.permute(1, 2, 0)
    return place


def _train_mixing(
    generator: Generator,
    z: Tensor,
    targets: list[Tensor],
    layers: list[FullyConnected],
    scales: list[float],
    config: FitConfig,
) -> None:
    """Regress the components' coefficients from the latents through mapping and mixing layers."""
    # A coefficient counts by the variance that it explains.
    weights = [
        scale * target.std(0) / target.std(0).square().mean().sqrt()
        for scale, target in zip(scales, targets, strict=True)
    ]
    parameters = [
        *generator.mapping.parameters(),
        *(p for layer in layers for p in layer.parameters()),
    ]
    for layer in layers:
        with torch.no_grad():
            layer.weight.mul_(0.1)
    optimizer = torch.optim.AdamW(
        parameters, config.learning_rate, (0.9, 0.99), weight_decay=config.weight_decay, fused=True
    )
    rng = torch.Generator().manual_seed(config.seed)
    started = time.perf_counter()

    def loss(rows: Tensor) -> Tensor:
        w = generator.map(z[rows])[:, 0]
        total = torch.zeros([])
        for layer, target, weight in zip(layers, targets, weights, strict=True):
            total = total + ((layer(w) - target[rows]) * weight).square().mean()
        return total

    for step in range(config.steps):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * min(
                1.0, (step + 1) / 100, 2 * (1 - step / config.steps)
            )
        rows = torch.randint(config.held_out, len(z), (config.batch,), generator=rng)
        optimizer.zero_grad(set_to_none=True)
        value = loss(rows)
        value.backward()
        optimizer.step()
        if step % 250 == 0 or step == config.steps - 1:
            with torch.no_grad():
                held = loss(torch.arange(config.held_out)).item()
            print(
                f"mixing {step}: trained {value.item():.3f} held out {held:.3f} "
                f"({time.perf_counter() - started:.0f} s)",
                flush=True,
            )
    with torch.no_grad():
        generator.mapping.w_avg.copy_(
            generator.map(torch.randn(4096, z.shape[1], generator=rng))[:, 0].mean(0)
        )

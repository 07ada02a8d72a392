"""The starter's beginning: its atlas and warp as principal components of the data, mixed linearly.

On the canonical head, appearance and warp are nearly linear in a few dozen components, as in an active
appearance model (Cootes, Edwards and Taylor, 2001). Computing them takes seconds where gradient descent through
convolutions takes hours; the backbone then learns only what is left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..generator.atlas import SIDES
from ..generator.layers import FullyConnected
from ..generator.model import Generator
from .appearance import latent_features
from .starter_data import PlaneShards

_SIDE_CHANNELS = (
    (0, 2, 3, 4, 9),
    (1, 5, 6, 7, 10),
)  # depth, rgb, hair of the near and the far side
_CHANNEL_WEIGHTS = (3.0, 1.0, 1.0, 1.0, 0.3)
_FIT_RESOLUTION = 128  # the components' coefficients are found on small pictures


@dataclass(frozen=True)
class FitConfig:
    heads: int = 1200
    latents: int = 24000  # for the mapping
    steps: int = 4000
    batch: int = 512
    learning_rate: float = 4e-3
    ridge: float = 3.0
    stay: float = 0.02  # how strongly `sharpen_mapping` holds w in place
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
    reader = _train_mapping(generator, config)
    targets, layers = [], []
    with torch.no_grad():
        warps = torch.cat([shards.load([i]).warp for i in indices])
        small = F.interpolate(warps.flatten(1, 2), size=atlas.warps.shape[-2:], mode="area")
        found = _components(small.flatten(1), len(atlas.warps), config)
        atlas.warp_base.copy_(found.mean.view_as(atlas.warp_base))
        atlas.warps.copy_(found.pictures.view_as(atlas.warps))
        targets.append(found.coefficients)
        layers.append(atlas.warp_mix)
        for side in range(SIDES):
            coefficients = _fit_side(generator, shards, indices, side, config)
            targets.append(coefficients)
            mix = atlas.get_submodule(f"mix{side}")
            assert isinstance(mix, FullyConnected)
            layers.append(mix)
            print(f"side {side}: {atlas.ranks[side]} components", flush=True)
        features = torch.from_numpy(latent_features(z.numpy()))
        _solve_mixing(features, targets, layers, reader, config)


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


def _train_mapping(generator: Generator, config: FitConfig) -> FullyConnected:
    """Teach the mapping the features of `appearance`, on fresh latents; returns the layer that reads them off w."""
    rng = np.random.default_rng(config.seed)
    latents = rng.standard_normal((config.latents, generator.config.z_dim)).astype(np.float32)
    z, features = torch.from_numpy(latents), torch.from_numpy(latent_features(latents))
    mean, spread = features.mean(0), features.std(0) + 0.02
    target = (features - mean) / spread
    reader = FullyConnected(generator.config.w_dim, features.shape[1])
    parameters = [*generator.mapping.parameters(), *reader.parameters()]
    optimizer = torch.optim.Adam(parameters, config.learning_rate, (0.9, 0.99), fused=True)
    torch_rng = torch.Generator().manual_seed(config.seed)
    held = slice(0, 1000)
    for step in range(config.steps):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * min(
                1.0, (step + 1) / 100, 1.6 * (1.02 - step / config.steps)
            )
        rows = torch.randint(1000, len(z), (config.batch,), generator=torch_rng)
        loss = (reader(generator.map(z[rows])[:, 0]) - target[rows]).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step % 500 == 499:
            with torch.no_grad():
                error = (reader(generator.map(z[held])[:, 0]) - target[held]).square().mean()
            print(
                f"mapping {step + 1}/{config.steps}: unexplained {loss.item():.3f}, fresh {error.item():.3f}",
                flush=True,
            )
    with torch.no_grad():
        generator.mapping.w_avg.copy_(generator.map(z[:4096])[:, 0].mean(0))
        # Read the features themselves, not their standardised form.
        reader.weight.mul_(spread[:, None])
        reader.bias.mul_(spread).add_(mean)
    return reader


def sharpen_mapping(generator: Generator, config: FitConfig) -> None:
    """Teach a trained mapping its features better, without moving w more than that needs.

    The mixing layers read w linearly, so what they are told improves; the rest of w is held in place because
    the backbone reads all of it.
    """
    rng = np.random.default_rng(config.seed + 1)
    latents = rng.standard_normal((config.latents, generator.config.z_dim)).astype(np.float32)
    z, features = torch.from_numpy(latents), torch.from_numpy(latent_features(latents))
    mapping = generator.mapping
    with torch.no_grad():
        before = torch.cat([generator.map(part)[:, 0] for part in z.split(2048)])
        spread = features.std(0) + 0.02
        x = torch.cat([before, torch.ones(len(before), 1)], dim=1).double()
        gram = x.T @ x + torch.eye(x.shape[1], dtype=torch.float64)
        reader = torch.linalg.solve(gram, x.T @ (features / spread).double()).float()
    mapping.requires_grad_(True)
    optimizer = torch.optim.Adam(
        mapping.parameters(), config.learning_rate / 4, (0.9, 0.99), fused=True
    )
    torch_rng = torch.Generator().manual_seed(config.seed)
    for step in range(config.steps):
        for group in optimizer.param_groups:
            group["lr"] = (
                config.learning_rate / 4 * min(1.0, (step + 1) / 100, 1.02 - step / config.steps)
            )
        rows = torch.randint(1000, len(z), (config.batch,), generator=torch_rng)
        w = generator.map(z[rows])[:, 0]
        error = (w @ reader[:-1] + reader[-1] - features[rows] / spread).square().mean()
        moved = (w - before[rows]).square().mean()
        optimizer.zero_grad(set_to_none=True)
        (error + config.stay * moved).backward()
        optimizer.step()
        if step % 500 == 0 or step == config.steps - 1:
            print(
                f"sharpening {step}: unexplained {error.item():.3f}, moved {moved.item():.3f}",
                flush=True,
            )
    mapping.requires_grad_(False)


def _solve_mixing(
    features: Tensor,
    targets: list[Tensor],
    layers: list[FullyConnected],
    reader: FullyConnected,
    config: FitConfig,
) -> None:
    """Ridge regression of each layer's coefficients from the features, composed with their reading from w."""
    count = config.held_out
    ones = torch.ones(len(features), 1)
    x = torch.cat([features, ones], dim=1)[count:].double()
    gram = x.T @ x + config.ridge * torch.eye(x.shape[1], dtype=torch.float64)
    for layer, target in zip(layers, targets, strict=True):
        solution = torch.linalg.solve(gram, x.T @ target[count:].double()).float()  # [F+1,K]
        guess = torch.cat([features, ones], dim=1) @ solution
        left = [
            ((guess - target)[rows].square().sum() / target[rows].square().sum()).item()
            for rows in (slice(count, None), slice(0, count))
        ]
        print(
            f"mixing: unexplained {left[0]:.3f} of the trained, {left[1]:.3f} of the held-out heads",
            flush=True,
        )
        layer.weight.copy_(
            (solution[:-1].T @ (reader.weight * reader.weight_gain)) / layer.weight_gain
        )
        layer.bias.copy_(solution[:-1].T @ (reader.bias * reader.bias_gain) + solution[-1])

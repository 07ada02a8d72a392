"""The starter's training on a handful of synthetic heads: it learns, and a resumed run repeats exactly."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from backend.generator.config import AtlasConfig, GeneratorConfig, SynthesisConfig
from backend.training import starter
from backend.training.appearance import latent_features
from backend.training.canonical_fit import FitConfig, canonical_places
from backend.training.dataset import DEPTH_RANGE, decode_depth, encode_depth
from backend.training.latent import Z_DIM
from backend.training.sampler import LABEL_INDEX
from backend.training.starter_config import STARTER_CONFIG
from backend.training.starter_data import PlaneShards, sample_points

SIZE = 256


def sphere_planes(radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Planes [3,9,P,P] and depths [3,2,P,P] of a grey ball of this normalised radius."""
    centres = (np.arange(SIZE) + 0.5) / SIZE * 2 - 1
    squared = radius**2 - centres[None] ** 2 - centres[:, None] ** 2
    half = np.where(squared > 0, np.sqrt(np.maximum(squared, 0)), -0.1).astype(np.float32)
    colors = np.full((3, 9, SIZE, SIZE), 128, np.uint8)
    colors[:, 6] = np.where(squared > 0, 255, 0)
    colors[:, 7:] = np.where(squared > 0, LABEL_INDEX["skin"], 0)
    return colors, encode_depth(np.stack([np.stack([half, -half])] * 3))


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "shard_00000"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    z = rng.standard_normal((4, Z_DIM)).astype(np.float32)
    heads = [sphere_planes(0.5 + 0.05 * index) for index in range(4)]
    np.save(folder / "z.npy", z)
    np.save(folder / "planes.npy", np.stack([colors for colors, _ in heads]))
    np.save(folder / "depth.npy", np.stack([depth for _, depth in heads]))
    np.save(folder / "warp.npy", np.zeros((4, 3, 2, 2, SIZE // 2, SIZE // 2), np.float16))
    return folder.parent


def tiny_config() -> GeneratorConfig:
    return dataclasses.replace(
        STARTER_CONFIG,
        w_dim=32,
        synthesis=SynthesisConfig((8, 8, 8, 8, 8, 8), use_noise=False, upsample="interpolate"),
        atlas=AtlasConfig(resolution=256, ranks=(2,) * 6, warp_resolution=16, warp_rank=2),
    )


def test_depths_survive_their_sixteen_bits() -> None:
    depth = np.linspace(-DEPTH_RANGE, DEPTH_RANGE, 1001, dtype=np.float32)
    assert np.abs(decode_depth(encode_depth(depth)) - depth).max() < 2e-5


def test_points_of_a_ball_lie_inside_outside_and_on_it(shards: Path) -> None:
    batch = PlaneShards(shards).load([2])
    points = sample_points(batch, 2000, torch.Generator().manual_seed(0))
    radius = 0.6
    assert (points.solid.norm(dim=-1) < radius + 0.012).all()
    assert (points.empty.norm(dim=-1) > radius - 0.012).all()
    middle = points.surface.norm(dim=-1).mean().item()
    assert middle == pytest.approx(radius, abs=0.02)


def test_the_inverse_of_a_warp_brings_a_place_back() -> None:
    rows, columns = torch.meshgrid(
        torch.linspace(-1, 1, 64), torch.linspace(-1, 1, 64), indexing="ij"
    )
    warp = 0.05 * torch.stack([torch.sin(2 * rows), torch.cos(2 * columns)])
    place = canonical_places(warp, 64)
    moved = torch.nn.functional.grid_sample(
        warp[None], place[None], padding_mode="border", align_corners=False
    )[0]
    centres = (torch.arange(64) + 0.5) / 32 - 1
    target = torch.stack(torch.meshgrid(centres, centres, indexing="ij")[::-1], dim=-1)
    assert (place + moved.permute(1, 2, 0) - target).abs().max() < 1e-3


def test_features_tell_every_parameter_apart() -> None:
    rng = np.random.default_rng(1)
    z = rng.standard_normal((300, Z_DIM)).astype(np.float32)
    features = latent_features(z)
    assert np.isfinite(features).all()
    assert len({row.tobytes() for row in features}) == len(z)


def test_a_resumed_training_repeats_exactly(shards: Path, tmp_path: Path) -> None:
    def run(name: str, stops: tuple[int, ...]) -> dict[str, torch.Tensor]:
        config = starter.TrainConfig(
            data=shards,
            work=tmp_path / name,
            out=tmp_path / name / "ema.safetensors",
            steps=4,
            batch=1,
            held_out=1,
            coarse_until=0.5,
            architecture=tiny_config(),
            fit=FitConfig(heads=4, latents=1100, steps=2, batch=8, held_out=1),
        )
        for stop in stops:
            starter.train_planes(dataclasses.replace(config, stop_after=stop), PlaneShards(shards))
        return load_file(config.out)

    whole, halves = run("whole", (4,)), run("halves", (2, 4))
    # Vectorised sums may round differently for memory at another address, and nothing else may differ.
    apart = {name: (halves[name].float() - whole[name].float()).abs().mean() for name in whole}
    assert max(apart.values()) < 1e-4, apart

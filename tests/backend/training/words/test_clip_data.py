"""The disturbed pictures keep the head and its colours, and repeat with their seed."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.training.kit.latent import Z_DIM, parameters_from_latent
from backend.training.words.clip_data import (
    disturb,
    draw_pictures,
    fact_mask,
    load_shard,
    shard_folders,
    write_captions,
)
from backend.training.words.facts import all_facts
from backend.views.cameras import look_at_camera

SIDE = 32


def write_shard(folder: Path, heads: int = 6) -> None:
    """A shard whose heads are green discs with normals towards the viewer."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    disc = np.hypot(rows - SIDE / 2, columns - SIDE / 2) < SIDE / 4
    views = np.zeros((heads, 4, SIDE, SIDE, 4), np.uint8)
    views[:, :, disc] = (0, 200, 0, 255)
    normals = np.full((heads, 4, SIDE, SIDE, 3), 128, np.uint8)
    normals[..., 2] = 255
    z = rng.standard_normal((heads, Z_DIM)).astype(np.float32)
    yaws = (0.0, 1.0, 2.5, -3.0)
    cameras = np.stack([look_at_camera(yaw, 0.0, 2.7, 24.0).cam2world.numpy() for yaw in yaws])
    np.save(folder / "views.npy", views)
    np.save(folder / "normals.npy", normals)
    np.save(folder / "z.npy", z)
    np.save(folder / "cam2world.npy", np.broadcast_to(cameras, (heads, 4, 4, 4)))
    lines = [json.dumps(asdict(parameters_from_latent(row))) for row in z]
    (folder / "parameters.jsonl").write_text("\n".join(lines) + "\n")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_shard(tmp_path / "shard_00000")
    (tmp_path / "shard_00001.partial").mkdir()
    return tmp_path


def test_only_complete_shards_are_found(data: Path) -> None:
    assert [folder.name for folder in shard_folders(data)] == ["shard_00000"]


def test_a_shard_knows_its_heads_and_which_views_are_from_behind(data: Path) -> None:
    shard = load_shard(data / "shard_00000")
    assert shard.is_behind.tolist() == [[False, False, True, True]] * 6
    assert shard.parameters[0].shape == parameters_from_latent(shard.z[0]).shape
    assert shard.degrees.shape == (6, len(all_facts()))


def test_pictures_and_captions_repeat_with_their_seed(data: Path) -> None:
    shards = [load_shard(data / "shard_00000")]
    first, second, other = (
        write_captions(
            draw_pictures(shards, 8, 24, np.random.default_rng(seed)),
            2,
            np.random.default_rng(seed),
        )
        for seed in (5, 5, 6)
    )
    assert torch.equal(first.images, second.images) and first.captions == second.captions
    assert not torch.equal(first.images, other.images)
    assert first.images.shape == (8, 3, 24, 24) and len(first.captions) == 16
    assert fact_mask(first.captions).sum() == sum(len(c.facts) for c in first.captions)


def test_disturbed_heads_stay_in_the_picture_and_keep_their_color(data: Path) -> None:
    shard = load_shard(data / "shard_00000")
    stacked = np.concatenate([shard.views[:, 0], shard.normals[:, 0]], axis=-1)
    pictures = torch.from_numpy(np.repeat(stacked, 10, axis=0)).permute(0, 3, 1, 2).float() / 255
    images = disturb(pictures, 32, torch.Generator().manual_seed(0))
    middle = images[:, :, 12:20, 12:20].mean((2, 3))
    assert images.min() >= 0 and images.max() <= 1
    assert (middle[:, 1] > 0.25).all()
    assert (middle[:, 1] > middle[:, 0] + 0.1).all() and (middle[:, 1] > middle[:, 2] + 0.1).all()


def test_backgrounds_and_light_differ_between_pictures(data: Path) -> None:
    shard = load_shard(data / "shard_00000")
    stacked = np.concatenate([shard.views[:1, 0], shard.normals[:1, 0]], axis=-1)
    pictures = torch.from_numpy(np.repeat(stacked, 64, axis=0)).permute(0, 3, 1, 2).float() / 255
    images = disturb(pictures, 32, torch.Generator().manual_seed(1))
    assert images[:, :, 0, 0].std(0).min() > 0.2
    assert images[:, 1, 16, 16].std() > 0.05

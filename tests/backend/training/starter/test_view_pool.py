"""Pools of patches: complete, repeatable, of their weights alone."""

from pathlib import Path

import torch

from backend.generator.checkpoints import load_generator
from backend.generator.model import Generator
from backend.training.starter.adversarial_fit import add_superresolution
from backend.training.starter.stages import ASSET
from backend.training.starter.view_pool import PoolConfig, load_pool

SMALL = PoolConfig(heads=2, patches=2, side=16)


def starter() -> Generator:
    generator = load_generator(ASSET)
    add_superresolution(generator)
    return generator


def test_a_pool_is_made_once_and_what_is_missing_is_made_again(tmp_path: Path) -> None:
    generator = starter()
    pool = load_pool(generator, SMALL, tmp_path)
    assert pool.inputs.shape == (4, 19, 16, 16)
    assert pool.truth.shape == (4, 3, 64, 64)
    assert pool.labels.shape == (4, 64, 64)
    assert torch.equal(pool.w[0], pool.w[1])
    assert not torch.equal(pool.w[1], pool.w[2])
    (folder,) = tmp_path.iterdir()
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["head_00000.safetensors", "head_00001.safetensors"]
    kept = files[0].stat().st_mtime_ns
    files[1].unlink()
    again = load_pool(generator, SMALL, tmp_path)
    assert files[0].stat().st_mtime_ns == kept
    assert torch.equal(again.truth, pool.truth)
    assert torch.allclose(again.inputs.float(), pool.inputs.float(), atol=2e-3)
    with torch.no_grad():
        generator.decoder.hull_gain.add_(0.1)
    load_pool(generator, SMALL, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_the_raw_pictures_of_a_pool_show_the_truth_beside_them(tmp_path: Path) -> None:
    pool = load_pool(starter(), SMALL, tmp_path)
    raw = (pool.inputs[:, :3].float() + 1) / 2
    truth = torch.nn.functional.avg_pool2d(pool.truth.float() / 255, 4)
    assert (raw - truth).abs().mean() < 0.12
    assert (raw - truth.flip(3)).abs().mean() > (raw - truth).abs().mean() * 1.3
    assert (pool.inputs[:, 3] >= 0).all()  # opacity
    assert (pool.inputs[:, 3] <= 1.001).all()

"""The adversarial stage on a tiny pool: exact resume, running average, and where it begins."""

import copy
import dataclasses
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from backend.generator.model import Generator
from backend.training.starter import adversarial_fit
from backend.training.starter.adversarial_fit import (
    AdversarialTraining,
    add_superresolution,
    fit_adversarial,
)
from backend.training.starter.enlarging import measure
from backend.training.starter.patch_batches import PatchConfig
from backend.training.starter.view_pool import PoolConfig, ViewPool
from backend.views.cameras import look_at_camera
from tests.backend.generator.templates import rich_template

TINY = AdversarialTraining(
    pool=PoolConfig(heads=3, patches=2),
    held_out=1,
    steps=6,
    paired_steps=2,
    patches=PatchConfig(count=2, side=12, margin=2),
    warm_up=2,
    r1_every=2,
    channels=(4, 4, 4),
)


def tiny_pool() -> ViewPool:
    random = torch.Generator().manual_seed(2)
    truth = torch.nn.functional.interpolate(
        torch.rand(6, 3, 16, 16, generator=random), scale_factor=4, mode="bicubic"
    ).clamp(0, 1)
    raw = torch.nn.functional.avg_pool2d(truth, 4) * 2 - 1
    inputs = torch.cat([raw, torch.rand(6, 7, 16, 16, generator=random)], dim=1)
    cameras = torch.stack([look_at_camera(0.2 * i, 0.0, 2.7, 12.0).label() for i in range(6)])
    labels = torch.zeros(6, 64, 64, dtype=torch.uint8)
    return ViewPool(inputs.half(), (truth * 255).byte(), labels, cameras, torch.zeros(6, 8))


@pytest.fixture(autouse=True)
def known_views(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adversarial_fit, "load_pool", lambda *_: tiny_pool())


def weights(module: nn.Module | None) -> dict[str, Tensor]:
    assert module is not None
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def trained(
    work: Path, config: AdversarialTraining, generator: Generator | None = None
) -> Generator:
    generator = generator or rich_template()
    work.mkdir(exist_ok=True)
    fit_adversarial(generator, config, work)
    return generator


@pytest.mark.parametrize("stop", [1, 3, 5])
def test_an_interrupted_training_repeats_exactly(stop: int, tmp_path: Path) -> None:
    whole = weights(trained(tmp_path / "whole", TINY).superresolution)
    trained(tmp_path / "halves", dataclasses.replace(TINY, stop_after=stop))
    assert (tmp_path / "halves" / "adversarial.pt").exists()
    halves = weights(trained(tmp_path / "halves", TINY).superresolution)
    assert not (tmp_path / "halves" / "adversarial.pt").exists()
    assert max((whole[name] - halves[name]).abs().max() for name in whole) < 1e-5


def test_only_super_resolution_changes(tmp_path: Path) -> None:
    before = weights(rich_template())
    generator = trained(tmp_path, TINY)
    after = weights(generator)
    assert {name for name in after if name not in before} == {
        name for name in after if name.startswith("superresolution.")
    }
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert not any(parameter.requires_grad for parameter in generator.parameters())
    assert (tmp_path / "adversarial.png").exists()


def test_paired_training_comes_closer_to_the_truth(tmp_path: Path) -> None:
    paired = dataclasses.replace(TINY, steps=60, paired_steps=60)
    start = rich_template()
    add_superresolution(start)
    (before, _), (after, _) = (
        measure(generator.superresolution, tiny_pool())
        for generator in (start, trained(tmp_path, paired))
    )
    assert after > before + 0.5


def test_new_super_resolution_begins_as_plain_enlarging() -> None:
    generator = rich_template()
    add_superresolution(generator)
    inputs = tiny_pool().inputs[:2].float()
    assert generator.superresolution is not None
    with torch.no_grad():
        made = generator.superresolution.enlarge(inputs[:, :3], inputs, torch.zeros(2, 1, 8))
    plain = torch.nn.functional.interpolate(inputs[:, :3], scale_factor=4, mode="bilinear")
    assert (made - plain).abs().mean() < 0.05


def test_training_without_a_checkpoint_goes_on_from_the_weights(tmp_path: Path) -> None:
    generator = trained(tmp_path, TINY)
    learned = weights(generator.superresolution)
    # The optimisers rise from zero, so that the first steps from good weights do no harm.
    first = dataclasses.replace(TINY, steps=4, paired_steps=1, warm_up=1000)
    again = weights(trained(tmp_path, first, copy.deepcopy(generator)).superresolution)
    moved = max((again[name] - learned[name]).abs().max() for name in learned)
    assert 0 < moved < 0.01


def test_the_average_follows_with_its_decay() -> None:
    made, average = nn.Linear(2, 1), nn.Linear(2, 1)
    start, target = average.weight.clone(), made.weight.clone()
    for _ in range(3):
        adversarial_fit._follow(average, made, 0.9)
    assert torch.allclose(average.weight, target + (start - target) * 0.9**3, atol=1e-6)


def test_a_shorter_training_keeps_the_share_of_its_paired_part() -> None:
    usual, short = AdversarialTraining(), AdversarialTraining.of_length(1000)
    assert short.steps == 1000
    assert short.paired_steps / 1000 == pytest.approx(usual.paired_steps / usual.steps, abs=1e-3)

"""The starter's training: what is taught is linear and complete, and a resumed run repeats exactly."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from backend.generator.checkpoints import (
    Provenance,
    TrainingStage,
    load_generator,
    read_header,
    save_generator,
)
from backend.generator.mapping import GroupMapping
from backend.generator.model import Generator
from backend.generator.template_surface import TemplateSurface
from backend.training.kit.latent import Z_DIM, block_slices
from backend.training.kit.skin_layers import LAYER_NAMES
from backend.training.starter.adversarial_fit import add_superresolution
from backend.training.starter.config import RENDERER, SUPERRESOLUTION
from backend.training.starter.decoder_fit import DecoderTraining, fit_decoder, observe
from backend.training.starter.features import (
    FEATURE_GROUPS,
    group_sizes,
    latent_features,
    teaching_latents,
)
from backend.training.starter.mapping_fit import MappingTraining, fit_mapping
from backend.training.starter.ray_fit import RayTraining, fit_rays
from backend.training.starter.stages import ASSET, STAGES, main


@pytest.fixture(scope="module")
def starter() -> Generator:
    return load_generator(ASSET)


def fresh() -> Generator:
    return load_generator(ASSET)


def test_features_tell_every_head_apart() -> None:
    z = np.random.default_rng(1).standard_normal((300, Z_DIM)).astype(np.float32)
    features = latent_features(z)
    assert features.shape == (300, sum(group_sizes()))
    assert np.isfinite(features).all()
    assert len({row.tobytes() for row in features}) == len(z)


def test_features_of_a_group_depend_on_its_blocks_alone() -> None:
    rng = np.random.default_rng(2)
    z, other = (teaching_latents(40, rng) for _ in range(2))
    before, start = latent_features(z), 0
    for group, size in zip(FEATURE_GROUPS, group_sizes(), strict=True):
        mixed = other.copy()
        for name in group.blocks:
            mixed[:, block_slices()[name]] = z[:, block_slices()[name]]
        part = slice(start, start + size)
        assert np.allclose(latent_features(mixed)[:, part], before[:, part], atol=1e-6), group
        start += size


def test_the_shipped_mapping_has_learned_its_features(starter: Generator) -> None:
    z = np.random.default_rng(3).standard_normal((400, Z_DIM)).astype(np.float32)
    wanted = torch.from_numpy(latent_features(z))
    w = starter.map(torch.from_numpy(z))[:, 0]
    template = starter.template
    assert template is not None
    apart = [
        (template.vertices(a) - template.vertices(b)).norm(dim=1).mean() * 360
        for a, b in zip(w[:60], wanted[:60], strict=True)
    ]
    assert torch.stack(apart).mean() < 1.0  # millimetres
    for choice, readout in zip(template.config.choices, template.choices, strict=True):
        assert isinstance(readout, nn.Linear)
        agree = (readout(w).argmax(1) == readout(wanted).argmax(1)).float().mean()
        assert agree > 0.96, choice.name


def few_rays(stop: int) -> RayTraining:
    return RayTraining(steps=4, steps_per_head=3, patch=6, points=64, held_out=0, stop_after=stop)


def test_truncation_draws_to_a_plain_head(starter: Generator) -> None:
    """No trace of a style, a beard or make-up, not even a faint one."""
    w, template = starter.mapping.w_avg, starter.template
    assert template is not None
    surfaces = cast(list[TemplateSurface], list(template.surfaces))
    skin = next(s for s in surfaces if s.config.name == "skin")
    strengths = dict(zip(LAYER_NAMES, skin.layer_mix(w).view(-1, 4)[:, 0].tolist(), strict=True))
    absent = set(LAYER_NAMES) - {"scalp", "wrinkles"}
    assert max(strengths[name] for name in absent) < 0.03


def weights(part: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in part.state_dict().items()}


@pytest.mark.parametrize(
    ("part", "train"),
    [
        (
            "mapping",
            lambda generator, stop, work: fit_mapping(
                generator, MappingTraining(1100, steps=4, batch=64, stop_after=stop), work
            ),
        ),
        (
            "decoder",
            lambda generator, stop, work: fit_decoder(
                generator, DecoderTraining(1, 1, steps=4, points=256, stop_after=stop), work
            ),
        ),
        ("decoder", lambda generator, stop, work: fit_rays(generator, few_rays(stop), work)),
    ],
)
def test_a_resumed_stage_repeats_exactly(
    part: str, train: Callable[[Generator, int, Path], None], tmp_path: Path
) -> None:
    whole, halves = fresh(), fresh()
    before = weights(whole.get_submodule(part))
    train(whole, 4, tmp_path)
    assert not list(tmp_path.iterdir())
    train(halves, 2, tmp_path)
    assert list(tmp_path.iterdir())
    again = fresh()
    train(again, 4, tmp_path)
    learned, resumed = weights(whole.get_submodule(part)), weights(again.get_submodule(part))
    assert any(not torch.equal(before[name], learned[name]) for name in learned)
    apart = max((learned[name] - resumed[name]).abs().max() for name in learned)
    # Vectorised sums may round differently for memory at another address, and nothing else may differ.
    assert apart < 1e-4


def test_what_views_from_anywhere_say_fits_the_planes(starter: Generator) -> None:
    w = starter.map(torch.zeros(1, Z_DIM))[0, 0]
    turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(1)))[0]
    seen = observe(starter, w, torch.stack([torch.eye(3), turn * turn.det()]))
    sample = starter.sample_field(seen.planes, seen.points[None] / 2)
    off = sample.sigma[0, :, 0].abs() / (8 * starter.decoder.hull_gain)  # roughly: normalised depth
    assert off.median() < 0.006  # of half the box: about a millimetre
    assert (sample.rgb[0] - seen.rgb).abs().mean() < 0.03
    assert sample.labels is not None
    assert (sample.labels[0].argmax(1) == seen.labels).float().mean() > 0.9


def test_the_weights_tell_of_the_stages_that_made_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "weights.safetensors"
    shutil.copy(ASSET, out)
    before = {stage.name: stage for stage in read_header(out).provenance.stages}
    monkeypatch.setattr("backend.training.starter.stages.fit_decoder", lambda *_: time.sleep(0.3))
    options = ["--work", str(tmp_path), "--out", str(out), "--decoder-steps", "30"]
    main([*options, "--stage", "decoder"])
    after = {stage.name: stage for stage in read_header(out).provenance.stages}
    last = after["decoder"]
    assert {**before, "decoder": last} == after
    assert (last.name, last.steps, last.examples) == ("decoder", 30, "heads")
    assert last.seconds >= 0.3
    assert last.seconds * last.examples_per_second == pytest.approx(30, rel=0.2)
    assert (
        last.command == "python build.py train starter --kit KIT --stage=decoder --decoder-steps 30"
    )


def test_a_template_needs_the_kit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEADSMITH_KIT", raising=False)
    with pytest.raises(SystemExit):
        main(["--work", str(tmp_path), "--stage", "template"])
    assert "--kit" in capsys.readouterr().err


def test_stages_run_in_the_order_in_which_they_build_on_each_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done: list[str] = []

    def note(stage: str) -> Callable[..., None]:
        return lambda *_: done.append(stage)

    def new(_: Path) -> Generator:
        done.append("template")
        return fresh()

    monkeypatch.setattr("backend.training.starter.stages.new_starter", new)
    for stage, name in (
        ("mapping", "fit_mapping"),
        ("decoder", "fit_decoder"),
        ("rays", "fit_rays"),
        ("adversarial", "fit_adversarial"),
    ):
        monkeypatch.setattr(f"backend.training.starter.stages.{name}", note(stage))
    out = tmp_path / "out.safetensors"
    assert main(["--kit", "kit", "--work", str(tmp_path), "--out", str(out)]) == 0
    assert tuple(done) == STAGES
    done.clear()
    assert main(["--work", str(tmp_path), "--out", str(out), "--stage", "rays"]) == 0
    assert done == ["rays"]


def test_later_parts_can_be_taken_over_by_newer_templates(tmp_path: Path) -> None:
    newer, source = fresh(), fresh()
    source.config = replace(source.config, renderer=RENDERER)
    with torch.no_grad():
        add_superresolution(source)
        source.decoder.hull_gain.fill_(4.0)
        assert newer.template is not None
        newer.template.mean.add_(0.01)
    mean = newer.template.mean.clone()
    paths = [tmp_path / name for name in ("newer.safetensors", "source.safetensors")]
    for generator, path in zip((newer, source), paths, strict=True):
        save_generator(generator, path, Provenance("a test", "CC0-1.0"))
    arguments = ["--work", str(tmp_path), "--out", str(paths[0]), "--take-from", str(paths[1])]
    for stage in ("rays", "adversarial"):
        assert main([*arguments, "--stage", stage]) == 0
    merged = load_generator(paths[0])
    assert merged.template is not None
    assert torch.equal(merged.template.mean, mean)
    assert merged.decoder.hull_gain == 4.0
    assert merged.config.renderer == RENDERER
    assert merged.config.superresolution == SUPERRESOLUTION
    learned, taken = weights(source), weights(merged)
    assert all(
        torch.allclose(taken[name], learned[name], rtol=1e-3, atol=1e-4)
        for name in learned
        if name.startswith("superresolution.")
    )


def last_bias(generator: Generator) -> Tensor:
    group = generator.mapping.groups[0]
    assert isinstance(group, GroupMapping)
    assert group.last.bias is not None
    return group.last.bias


def test_a_mapping_can_be_taken_over_with_its_record(tmp_path: Path) -> None:
    newer, source = fresh(), fresh()
    with torch.no_grad():
        last_bias(source).fill_(0.5)
    record = TrainingStage("mapping", "a command", 7, 1.5, "latents", 4.6, "2026-01-02")
    paths = [tmp_path / name for name in ("newer.safetensors", "source.safetensors")]
    save_generator(newer, paths[0], Provenance("a test", "CC0-1.0"))
    save_generator(source, paths[1], Provenance("a test", "CC0-1.0", stages=(record,)))
    arguments = ["--work", str(tmp_path), "--out", str(paths[0]), "--take-from", str(paths[1])]
    assert main([*arguments, "--stage", "mapping"]) == 0
    assert (last_bias(load_generator(paths[0])) == 0.5).all()
    assert read_header(paths[0]).provenance.stages == (record,)


def test_super_resolution_leaves_room_for_the_rest_of_the_weights() -> None:
    generator = fresh()
    parameters = sum(p.numel() for p in add_superresolution(generator).parameters())
    assert 2 * parameters < 0.9e6  # bytes, in half precision

"""Weights files: they come back as they were, and bad ones say so in one sentence."""

import dataclasses
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from backend.generator.checkpoints import (
    CheckpointError,
    Provenance,
    hash_file,
    load_generator,
    read_header,
    save_generator,
)
from backend.generator.config import GeneratorConfig
from tests.backend.generator.configs import EG3D_LIKE, FAMILIES, STARTER_LIKE, build, latents

PROVENANCE = Provenance("random weights for a test", "CC0-1.0", "2026-11-22")


@pytest.mark.parametrize("config", FAMILIES, ids=lambda config: config.name)
def test_weights_and_configuration_come_back_exactly(
    config: GeneratorConfig, tmp_path: Path
) -> None:
    generator, path = build(config), tmp_path / "model.safetensors"
    save_generator(generator, path, PROVENANCE, torch.float32)
    loaded = load_generator(path)
    assert loaded.config == config
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    expected = generator.state_dict()
    assert loaded.state_dict().keys() == expected.keys()
    for name, tensor in loaded.state_dict().items():
        assert torch.equal(tensor, expected[name]), name


def test_float16_files_are_half_the_size_and_load_as_float32(tmp_path: Path) -> None:
    generator = build(STARTER_LIKE)
    half, full = tmp_path / "half.safetensors", tmp_path / "full.safetensors"
    save_generator(generator, half, PROVENANCE)
    save_generator(generator, full, PROVENANCE, torch.float32)
    weights = sum(tensor.numel() for tensor in generator.state_dict().values())
    assert full.stat().st_size - half.stat().st_size == pytest.approx(2 * weights, rel=0.05)
    loaded = load_generator(half)
    z = latents(STARTER_LIKE, 2)
    planes = loaded.synthesize_planes(loaded.map(z))
    assert planes.dtype == torch.float32
    expected = generator.synthesize_planes(generator.map(z))
    assert (planes - expected).abs().max() / expected.std() < 0.02


def test_the_header_tells_where_the_weights_come_from(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_generator(build(EG3D_LIKE), path, PROVENANCE)
    header = read_header(path)
    assert header.provenance == PROVENANCE
    assert header.config == EG3D_LIKE


def test_hashes_identify_the_file_and_the_weights(tmp_path: Path) -> None:
    first, same, other = (tmp_path / f"{name}.safetensors" for name in "abc")
    save_generator(build(EG3D_LIKE), first, PROVENANCE)
    save_generator(build(EG3D_LIKE), same, dataclasses.replace(PROVENANCE, created="later"))
    save_generator(build(EG3D_LIKE, seed=9), other, PROVENANCE)
    assert len({hash_file(path) for path in (first, same, other)}) == 3
    weights = [read_header(path).weights_sha256 for path in (first, same, other)]
    assert weights[0] == weights[1] != weights[2]
    assert all(len(digest) == 64 for digest in weights)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"not found at .*model; reinstall"):
        load_generator(tmp_path / "model")


@pytest.mark.parametrize("keep", [0, 7, 500, -100])
def test_a_cut_file_is_reported_as_damaged(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "model.safetensors"
    save_generator(build(EG3D_LIKE), path, PROVENANCE)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match=r"is damaged .*get it again") as caught:
        load_generator(path)
    assert "\n" not in str(caught.value)


def test_other_safetensors_are_not_taken_for_generators(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"weight": torch.zeros(3)}, path)
    with pytest.raises(CheckpointError, match="is not a Headsmith generator"):
        load_generator(path)


def rewrite(path: Path, config: GeneratorConfig) -> None:
    """Save weights of the narrow EG3D under another configuration."""
    generator = build(EG3D_LIKE)
    generator.config = config
    save_generator(generator, path, PROVENANCE)


def test_weights_of_another_shape_are_named(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    rewrite(path, dataclasses.replace(EG3D_LIKE, w_dim=17))
    with pytest.raises(CheckpointError, match=r"is \(\d+, 16\), expected \(\d+, 17\)|is \(16,\)"):
        load_generator(path)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    rewrite(path, dataclasses.replace(EG3D_LIKE, superresolution=None))
    with pytest.raises(CheckpointError, match=r"unexpected .'superresolution"):
        load_generator(path)


def test_saving_leaves_no_temporary_file_and_plain_tensors(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_generator(build(EG3D_LIKE), path, PROVENANCE)
    assert [item.name for item in tmp_path.iterdir()] == ["model.safetensors"]
    assert set(load_file(path)) == set(build(EG3D_LIKE).state_dict())

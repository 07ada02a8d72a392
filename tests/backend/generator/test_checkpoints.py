"""Weights files: they come back as they were, and bad ones say so in one sentence."""

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from backend.generator.checkpoints import (
    CheckpointError,
    Provenance,
    TrainingStage,
    hash_file,
    hash_tensors,
    load_generator,
    read_header,
    save_generator,
)
from backend.generator.config import GeneratorConfig
from backend.models import ASSETS, GENERATOR_FILE
from backend.process.launch import BACKEND_MAIN
from tests.backend.generator.configs import EG3D_LIKE, FAMILIES, STARTER_LIKE, build, latents
from tests.backend.generator.templates import rich_template

ROOT, STARTER = BACKEND_MAIN.parents[1], ASSETS / GENERATOR_FILE
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


def test_the_header_tells_how_each_stage_was_trained(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    first = TrainingStage("shape", "train shape", 1, 12.5, "heads", 120.0, "2026-11-23")
    second = TrainingStage("look", "train look", 900, 300.0, "images", 6.0, "2026-11-24")
    provenance = dataclasses.replace(PROVENANCE, stages=(first, second))
    save_generator(build(EG3D_LIKE), path, provenance)
    assert read_header(path).provenance == provenance


def test_weights_from_before_stages_were_recorded_still_load(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_generator(build(EG3D_LIKE), path, PROVENANCE)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    older = {"source": "random weights", "licence": "CC0-1.0"}
    save_file(load_file(path), path, metadata | {"provenance": json.dumps(older)})
    assert read_header(path).provenance == Provenance("random weights", "CC0-1.0")
    assert load_generator(path).config == EG3D_LIKE


def test_damaged_provenance_is_reported_as_damage(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_generator(build(EG3D_LIKE), path, PROVENANCE)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    wrong = {"source": "random weights", "licence": "CC0-1.0", "stages": [{"name": "shape"}]}
    save_file(load_file(path), path, metadata | {"provenance": json.dumps(wrong)})
    with pytest.raises(
        CheckpointError, match=r"damaged .Provenance.stages\[0\].command is missing"
    ):
        read_header(path)


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


def test_a_template_comes_back_whole(tmp_path: Path) -> None:
    generator, path = rich_template(), tmp_path / "template.safetensors"
    save_generator(generator, path, PROVENANCE)
    loaded = load_generator(path)
    assert loaded.config == generator.config
    state, expected = loaded.state_dict(), generator.state_dict()
    assert state.keys() == expected.keys()
    kinds = {"whole": 0, "exact": 0, "picture": 0, "rounded": 0}
    for name, tensor in state.items():
        before = expected[name]
        if not before.is_floating_point():
            kinds["whole"] += 1
            assert tensor.dtype == before.dtype
            assert torch.equal(tensor, before), name
        elif name.endswith((".mean", ".anchor_weights", ".offsets")):
            kinds["exact"] += 1
            assert torch.equal(tensor, before), name
        elif name.endswith((".pictures", ".masks", ".alpha")):
            kinds["picture"] += 1
            extent = before.amax((-2, -1), keepdim=True) - before.amin((-2, -1), keepdim=True)
            assert ((tensor - before).abs() <= extent / 255 * 0.5 + 1e-6).all(), name
        else:
            kinds["rounded"] += 1
            assert torch.equal(tensor, before.half().float()), name
    assert all(count > 0 for count in kinds.values()), kinds
    ws = generator.map(latents(generator.config, 2))
    planes, again = generator.synthesize_planes(ws), loaded.synthesize_planes(ws)
    # An edge may move across a texel's centre, and the rest is within a step or two of eight bits.
    assert ((planes - again).abs() > 0.02).float().mean() < 0.01


def test_saving_a_loaded_template_loses_nothing_more(tmp_path: Path) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    save_generator(rich_template(), first, PROVENANCE)
    loaded = load_generator(first)
    save_generator(loaded, second, PROVENANCE)
    again = load_generator(second).state_dict()
    for name, tensor in loaded.state_dict().items():
        torch.testing.assert_close(again[name], tensor, atol=1e-6, rtol=0)


def test_a_picture_of_one_colour_comes_back(tmp_path: Path) -> None:
    generator, path = rich_template(), tmp_path / "flat.safetensors"
    pictures = generator.get_parameter("template.surfaces.0.pictures")
    pictures.copy_(torch.tensor([0.25, -3.0, 0.0])[:, None, None].expand_as(pictures))
    save_generator(generator, path, PROVENANCE)
    loaded = load_generator(path).get_parameter("template.surfaces.0.pictures")
    assert torch.equal(loaded, pictures)


def test_pictures_take_one_byte_for_each_texel(tmp_path: Path) -> None:
    path = tmp_path / "template.safetensors"
    save_generator(rich_template(), path, PROVENANCE)
    stored = load_file(path)
    for name in ("surfaces.0.pictures", "surfaces.0.masks", "surfaces.1.alpha"):
        levels = stored[f"template.{name}"]
        assert levels.dtype == torch.uint8
        assert levels.min() == 0
        assert levels.max() == 255
        assert levels.numel() > 8 * stored[f"template.{name}.step"].numel()


def tampered(path: Path, changes: dict[str, Tensor | None]) -> None:
    """Write a template with some tensors replaced or left out, and a hash that fits them."""
    save_generator(rich_template(), path, PROVENANCE)
    tensors = load_file(path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    for name, tensor in changes.items():
        if tensor is None:
            del tensors[name]
        else:
            tensors[name] = tensor
    save_file(tensors, path, metadata | {"weights_sha256": hash_tensors(tensors)})


PICTURES = "template.surfaces.0.pictures"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({PICTURES + ".step": None}, r"unexpected .*pictures.low"),
        ({PICTURES + ".low": torch.zeros(7, 1, 1)}, r"unexpected .*pictures.low.*pictures.step"),
        ({PICTURES + ".low": None, PICTURES + ".step": None}, r"pictures is torch.uint8, expected"),
        ({PICTURES: None}, r"missing .*pictures"),
        ({PICTURES: torch.zeros(3, 9, 32, dtype=torch.uint8)}, r"is \(3, 9, 32\), expected"),
        ({"template.surfaces.0.anchors": torch.zeros(258, 3)}, r"anchors is torch.float32, expected"),
        ({"template.mean": torch.zeros(5, 3)}, r"template.mean is \(5, 3\), expected"),
        ({"template.surfaces.9.mean": torch.zeros(5, 3)}, r"unexpected .*surfaces.9.mean"),
    ],
)  # fmt: skip
def test_a_template_with_unfit_tensors_says_which(
    changes: dict[str, Tensor | None], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "template.safetensors"
    tampered(path, changes)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_generator(path)
    assert "get the file again" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_changed_byte_is_reported_as_damage(tmp_path: Path) -> None:
    path = tmp_path / "template.safetensors"
    save_generator(rich_template(), path, PROVENANCE)
    content = bytearray(path.read_bytes())
    content[-1000] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(
        CheckpointError, match=r"damaged .its weights are not those that were written"
    ):
        load_generator(path)


def with_config(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Write weights of the narrow EG3D whose header holds a changed configuration."""
    save_generator(build(EG3D_LIKE), path, PROVENANCE)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    config = json.loads(metadata["config"])
    change(config)
    save_file(load_file(path), path, metadata | {"config": json.dumps(config)})


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("w_dim", 1 << 40, "w_dim is 1099511627776; it must lie between 1 and 4096"),
        ("z_dim", -3, "z_dim is -3"),
        ("neural_resolution", 1 << 20, "neural_resolution"),
        ("synthesis.channels", [8] * 18, "plane resolution is 524288"),
        ("planes.channels", 1 << 20, "plane texels"),
        ("mapping.layers", 10**9, "mapping.layers"),
        ("decoder.hidden_layers", 10**9, "decoder.hidden_layers"),
        ("renderer.depth_resolution", 10**9, "depth_resolution"),
        ("superresolution.channels", [8] * 20, "features"),
        ("box_warp", float("nan"), "box_warp"),
        ("box_warp", 0.0, "box_warp is 0.0; it must be above 0"),
    ],
)
def test_a_configuration_beyond_all_sizes_is_told_of_the_file_at_once(
    part: str, value: object, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"

    def change(config: dict[str, Any]) -> None:
        *above, name = part.split(".")
        for key in above:
            config = config[key]
        config[name] = value

    with_config(path, change)
    began = time.perf_counter()
    with pytest.raises(CheckpointError, match=r"model\.safetensors is damaged") as caught:
        load_generator(path)
    assert says in str(caught.value)
    assert time.perf_counter() - began < 1.0


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_weights_that_the_file_does_not_hold_take_no_memory(tmp_path: Path) -> None:
    """The configuration asks for 8 GiB of weights, each size of it within what is possible."""
    path = tmp_path / "model.safetensors"

    def change(config: dict[str, Any]) -> None:
        config["w_dim"], config["mapping"]["layers"] = 4096, 64
        config["synthesis"]["channels"] = [4096, 4096, 2048]

    with_config(path, change)
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from backend.generator.checkpoints import CheckpointError, load_generator\n"
        "size = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (size + (1 << 30),) * 2)\n"
        "try: load_generator(Path(sys.argv[1]))\n"
        "except CheckpointError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, text=True
    )
    assert "do not fit their configuration: missing" in done.stdout, done.stderr


def test_a_file_that_may_not_be_read_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "model.safetensors"
    save_generator(build(EG3D_LIKE), path, PROVENANCE)
    monkeypatch.setattr("backend.generator.checkpoints.safe_open", refuse)
    with pytest.raises(
        CheckpointError, match=r"cannot be read .Permission denied.; make it readable"
    ):
        load_generator(path)

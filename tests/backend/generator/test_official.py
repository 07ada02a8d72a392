"""Published EG3D checkpoints: names, arguments, and the numbers that their code gives."""

import json
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from backend.bench.parity import FIXTURES, IMAGES, load_expected, load_small_eg3d, relative_errors
from backend.generator.checkpoints import CheckpointError
from backend.generator.model import Generator
from backend.generator.official import config_from_official, generator_from_official, rename_tensors


@pytest.fixture(scope="module")
def errors() -> dict[str, float]:
    return relative_errors(load_small_eg3d(), load_expected())


@pytest.fixture(scope="module")
def arguments() -> dict[str, Any]:
    return json.loads((FIXTURES / "eg3d_small_config.json").read_text())["init_kwargs"]


@pytest.fixture(scope="module")
def state_dict() -> dict[str, Tensor]:
    return load_file(FIXTURES / "eg3d_small.safetensors")


@pytest.mark.slow
def test_latents_planes_field_and_rays_equal_the_published_code(errors: dict[str, float]) -> None:
    assert len(errors) == 10
    wrong = {name: error for name, error in errors.items() if name not in IMAGES and error > 1e-4}
    assert wrong == {}


@pytest.mark.slow
def test_pictures_and_depth_equal_the_published_code(errors: dict[str, float]) -> None:
    wrong = {name: errors[name] for name in IMAGES if errors[name] > 1e-3}
    assert wrong == {}


def test_the_published_512_layout_fits_name_for_name_and_shape_for_shape() -> None:
    layout = json.loads((FIXTURES / "eg3d_ffhq512_layout.json").read_text())
    shapes = {
        name: torch.empty(shape, device="meta")
        for name, shape in layout["state_dict"].items()
        if not name.endswith("resample_filter")
    }
    config = config_from_official(
        shapes,
        layout["init_kwargs"],
        layout["rendering_kwargs"],
        neural_resolution=layout["neural_rendering_resolution"],
    )
    with torch.device("meta"):
        expected = Generator(config).state_dict()
    renamed = rename_tensors(shapes)
    assert {name: tensor.shape for name, tensor in renamed.items()} == {
        name: tensor.shape for name, tensor in expected.items()
    }
    assert config.num_ws == 14
    assert config.neural_resolution == 128
    assert config.camera.pivot == (0.0, 0.0, 0.2)
    assert config.camera.fov_y_degrees == pytest.approx(13.37, abs=0.01)


def test_other_noise_modes_are_refused_by_name(
    arguments: dict[str, Any], state_dict: dict[str, Tensor]
) -> None:
    rendering = {**arguments["rendering_kwargs"], "superresolution_noise_mode": "random"}
    with pytest.raises(
        CheckpointError, match="superresolution_noise_mode is 'random'; only 'none'"
    ):
        generator_from_official(state_dict, arguments, rendering)


@pytest.mark.parametrize("missing", ["ray_start", "box_warp", "depth_resolution"])
def test_missing_rendering_arguments_are_named(
    arguments: dict[str, Any], state_dict: dict[str, Tensor], missing: str
) -> None:
    rendering = {k: v for k, v in arguments["rendering_kwargs"].items() if k != missing}
    with pytest.raises(CheckpointError, match=f"rendering argument {missing} is None"):
        generator_from_official(state_dict, arguments, rendering)


def test_a_checkpoint_without_a_decoder_is_refused(
    arguments: dict[str, Any], state_dict: dict[str, Tensor]
) -> None:
    backbone = {k: v for k, v in state_dict.items() if not k.startswith("decoder")}
    with pytest.raises(CheckpointError, match=r"decoder\.net\.0\.weight is missing"):
        generator_from_official(backbone, arguments, arguments["rendering_kwargs"])


def test_a_missing_layer_is_named(arguments: dict[str, Any], state_dict: dict[str, Tensor]) -> None:
    partial = {k: v for k, v in state_dict.items() if k != "backbone.synthesis.b64.conv1.weight"}
    with pytest.raises(CheckpointError, match=r"missing \['synthesis\.b64\.conv1\.weight'\]"):
        generator_from_official(partial, arguments, arguments["rendering_kwargs"])


def test_another_filter_is_refused(
    arguments: dict[str, Any], state_dict: dict[str, Tensor]
) -> None:
    name = "backbone.synthesis.b8.resample_filter"
    changed = {**state_dict, name: torch.ones(4, 4) / 16}
    with pytest.raises(CheckpointError, match=r"is not the filter \[1, 3, 3, 1\]"):
        generator_from_official(changed, arguments, arguments["rendering_kwargs"])


def test_disabled_camera_conditioning_becomes_a_zero_scale(
    arguments: dict[str, Any], state_dict: dict[str, Tensor]
) -> None:
    rendering = {**arguments["rendering_kwargs"], "c_gen_conditioning_zero": True}
    assert config_from_official(state_dict, arguments, rendering).mapping.c_scale == 0.0

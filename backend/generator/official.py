"""Published EG3D checkpoints: their constructor arguments and key names, translated to ours.

Only names and numbers are handled here; reading the files they come in is another matter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from .checkpoints import CheckpointError, load_tensors
from .config import (
    CameraConfig,
    DecoderConfig,
    GeneratorConfig,
    MappingConfig,
    PlaneAxes,
    PlanesConfig,
    RendererConfig,
    SuperResolutionConfig,
    SynthesisConfig,
)
from .model import Generator

PLANE_RESOLUTION = 256
FOCAL_LENGTH = 4.2647  # of the published portraits, in picture widths
SOURCE = "the official checkpoint"

Arguments = Mapping[str, object]


def generator_from_official(
    state_dict: Mapping[str, Tensor],
    init_kwargs: Arguments,
    rendering_kwargs: Arguments,
    axes: PlaneAxes = "eg3d",
    neural_resolution: int = 64,
) -> Generator:
    """A generator with the weights of a published EG3D checkpoint.

    Args:
        state_dict: tensors under their published names ("backbone.mapping.fc0.weight" ...).
        init_kwargs: the constructor arguments stored with them.
        rendering_kwargs: the rendering arguments, which published files keep outside the state dict.
        axes: how the checkpoint's family lays out its planes.
        neural_resolution: side of the rendered picture in pixels, likewise kept outside.

    Raises CheckpointError when something does not fit EG3D.
    """
    config = config_from_official(
        state_dict, init_kwargs, rendering_kwargs, axes, neural_resolution
    )
    generator = Generator(config)
    load_tensors(generator, rename_tensors(state_dict), SOURCE)
    return generator.eval().requires_grad_(False)


def config_from_official(
    state_dict: Mapping[str, Tensor],
    init_kwargs: Arguments,
    rendering_kwargs: Arguments,
    axes: PlaneAxes = "eg3d",
    neural_resolution: int = 64,
) -> GeneratorConfig:
    """The configuration that published arguments amount to."""
    arguments = _Arguments(init_kwargs, "constructor")
    rendering = _Arguments(rendering_kwargs, "rendering")
    mapping = _Arguments(arguments.section("mapping_kwargs"), "mapping")
    rendering.require("superresolution_noise_mode", "none")
    rendering.require("clamp_mode", "softplus")
    rendering.require("disparity_space_sampling", False)
    hidden, channels = _shape(state_dict, "decoder.net.0.weight")
    outputs = _shape(state_dict, "decoder.net.2.weight")[0]
    has_no_pose = bool(rendering.values.get("c_gen_conditioning_zero", False))
    return GeneratorConfig(
        name="EG3D",
        licence="NVIDIA Source Code License (non-commercial)",
        z_dim=arguments.integer("z_dim"),
        c_dim=arguments.integer("c_dim"),
        w_dim=arguments.integer("w_dim"),
        mapping=MappingConfig(
            layers=mapping.integer("num_layers"),
            c_scale=0.0 if has_no_pose else rendering.number("c_scale"),
        ),
        synthesis=SynthesisConfig.from_base(
            PLANE_RESOLUTION, arguments.integer("channel_base"), arguments.integer("channel_max")
        ),
        planes=PlanesConfig(axes=axes, channels=channels),
        decoder=DecoderConfig(
            hidden=hidden,
            lr_multiplier=rendering.number("decoder_lr_mul"),
            color_channels=outputs - 1,
        ),
        renderer=_renderer_config(rendering),
        superresolution=SuperResolutionConfig(),
        camera=_camera_config(rendering),
        box_warp=rendering.number("box_warp"),
        neural_resolution=neural_resolution,
    )


def rename_tensors(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published tensors under our names, without the filters and the noise that is never added."""
    renamed = {}
    for name, tensor in state_dict.items():
        part, _, rest = name.partition(".")
        if rest.endswith("resample_filter"):
            _check_filter(name, tensor)
        elif part == "backbone":
            renamed[rest] = tensor
        elif part == "decoder":
            layer = {"net.0": "layers.0", "net.2": "layers.1"}.get(rest.rpartition(".")[0], rest)
            renamed[f"decoder.{layer}.{rest.rpartition('.')[2]}"] = tensor
        elif not (part == "superresolution" and ".noise_" in rest):
            renamed[name] = tensor
    return renamed


@dataclass(frozen=True)
class _Arguments:
    """Published keyword arguments, each asked for by name and type."""

    values: Arguments
    kind: str

    def integer(self, name: str) -> int:
        value = self.number(name)
        if value != int(value):
            raise CheckpointError(
                f"The {self.kind} argument {name} is {value}, not a whole number."
            )
        return int(value)

    def number(self, name: str) -> float:
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise CheckpointError(
                f"The {self.kind} argument {name} is {value!r}; a number was expected, as EG3D has it."
            )
        return float(value)

    def section(self, name: str) -> Arguments:
        value = self.values.get(name)
        if not isinstance(value, Mapping):
            raise CheckpointError(f"The {self.kind} argument {name} is {value!r}, not a group.")
        return value

    def require(self, name: str, expected: object) -> None:
        value = self.values.get(name, expected)
        if value != expected:
            raise CheckpointError(
                f"The {self.kind} argument {name} is {value!r}; only {expected!r} can be read so far."
            )


def _renderer_config(rendering: _Arguments) -> RendererConfig:
    return RendererConfig(
        ray_start=rendering.number("ray_start"),
        ray_end=rendering.number("ray_end"),
        depth_resolution=rendering.integer("depth_resolution"),
        depth_resolution_importance=rendering.integer("depth_resolution_importance"),
        white_back=bool(rendering.values.get("white_back", False)),
    )


def _camera_config(rendering: _Arguments) -> CameraConfig:
    pivot = rendering.values.get("avg_camera_pivot", (0.0, 0.0, 0.0))
    if not isinstance(pivot, (list, tuple)) or len(pivot) != 3:
        raise CheckpointError(f"The rendering argument avg_camera_pivot is {pivot!r}, not a point.")
    x, y, z = (float(value) for value in pivot)
    fov = math.degrees(2.0 * math.atan(0.5 / FOCAL_LENGTH))
    return CameraConfig(rendering.number("avg_camera_radius"), fov, (x, y, z))


def _shape(state_dict: Mapping[str, Tensor], name: str) -> tuple[int, int]:
    if name not in state_dict or state_dict[name].dim() != 2:
        raise CheckpointError(f"{name} is missing in {SOURCE}; choose an EG3D generator.")
    rows, columns = state_dict[name].shape
    return rows, columns


def _check_filter(name: str, tensor: Tensor) -> None:
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    if tensor.shape != (4, 4) or not torch.allclose(tensor.float().cpu(), torch.outer(taps, taps)):
        raise CheckpointError(
            f"{name} in {SOURCE} is not the filter [1, 3, 3, 1]; it cannot be used."
        )

"""How closely the generator reproduces numbers made by the published EG3D on random weights.

The error of a tensor is its largest absolute difference divided by the standard deviation of the expected
tensor.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from ..generator.model import Generator
from ..generator.official import generator_from_official
from ..generator.renderer import camera_rays
from .figures import Figure

FIXTURES = Path(__file__).resolve().parent.parent.parent / "tests" / "fixtures" / "eg3d"
IMAGES = ("image_raw", "image_depth", "image")

TRUNCATION = 0.7
TRUNCATION_CUTOFF = 14
RAY_RESOLUTION = 8
IMAGE_RESOLUTION = 32


def measure() -> tuple[Figure, ...]:
    """The worst errors over all heads, layers and pictures."""
    errors = relative_errors(load_small_eg3d(), load_expected())
    images = max(error for name, error in errors.items() if name in IMAGES)
    others = max(error for name, error in errors.items() if name not in IMAGES)
    return (
        Figure("worst_relative_error", others, "ws, planes, field and rays; at most 1e-4"),
        Figure("worst_image_relative_error", images, "pictures and depth; at most 1e-3"),
    )


def load_small_eg3d(fixtures: Path = FIXTURES) -> Generator:
    """The narrow EG3D with random weights whose outputs are known."""
    if not fixtures.is_dir():
        raise FileNotFoundError(
            f"No parity figures in {fixtures}; run this benchmark in a clone of the repository."
        )
    config = json.loads((fixtures / "eg3d_small_config.json").read_text())
    arguments = config["init_kwargs"]
    return generator_from_official(
        load_file(fixtures / "eg3d_small.safetensors"),
        arguments,
        arguments["rendering_kwargs"],
        neural_resolution=config["neural_rendering_resolution"],
    )


def load_expected(fixtures: Path = FIXTURES) -> dict[str, Tensor]:
    """Inputs and outputs of the published code."""
    return load_file(fixtures / "eg3d_small_expected.safetensors")


def relative_errors(generator: Generator, expected: dict[str, Tensor]) -> dict[str, float]:
    """The error of every known tensor, by its name."""
    z, cameras = expected["z"], expected["c"]
    with torch.inference_mode():
        ws = generator.map(z, cameras, TRUNCATION, TRUNCATION_CUTOFF)
        planes = generator.synthesize_planes(ws)
        field = generator.sample_field(planes, expected["points"])
        rays = camera_rays(cameras, RAY_RESOLUTION)
        seen = generator.render(planes, cameras, IMAGE_RESOLUTION, ws)
        assert seen.image is not None
        pairs = {
            "ws_without_truncation": (generator.map(z, cameras), expected["ws_psi1"]),
            "ws": (ws, expected["ws_psi07_cutoff14"]),
            "planes": (planes.flatten(1, 2)[:, :, ::4, ::4], expected["planes_every4"]),
            "sigma": (field.sigma, expected["sigma"]),
            "rgb": (field.rgb, expected["rgb"]),
            "ray_origins": (rays.origins, expected["ray_origins_8"]),
            "ray_directions": (rays.directions, expected["ray_directions_8"]),
            "image_raw": (seen.image_raw, expected["image_raw"]),
            "image_depth": (seen.depth, expected["image_depth"]),
            "image": (seen.image[:, :, ::2, ::2], expected["image_every2"]),
        }
        return {name: relative_error(*pair) for name, pair in pairs.items()}


def relative_error(actual: Tensor, expected: Tensor) -> float:
    """Largest absolute difference over the standard deviation of what was expected."""
    if actual.shape != expected.shape:
        raise ValueError(f"Shape {tuple(actual.shape)} instead of {tuple(expected.shape)}.")
    return float((actual - expected).abs().max() / expected.std())

"""How large a generator may be that a file asks for: beyond, the file is damaged or would take all memory."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .config import MIN_RESOLUTION, ConfigError, GeneratorConfig

MAX_RESOLUTION = (
    2048  # of planes and rendered pictures, in pixels; published generators have 64 to 512
)
MAX_NUMBERS = 1 << 28  # of one set of planes or feature maps: 1 GiB
MAX_WIDTH = 4096  # of a layer
MAX_LAYERS = 64
MAX_NAMES = 1024  # latent blocks, surfaces and the like
MAX_SAMPLES = 1024  # of a ray


@dataclass(frozen=True)
class Size:
    """One number of a configuration and what it may be."""

    name: str
    value: int
    most: int
    least: int = 1


def check_limits(config: GeneratorConfig) -> None:
    """Raise ConfigError for a size that no generator of use has, or for a number that is none."""
    _check_finite(config, "config")
    sizes = [*_sizes(config), *_synthesis_sizes(config), *_superresolution_sizes(config)]
    for size in sizes:
        if not size.least <= size.value <= size.most:
            raise ConfigError(
                f"{size.name} is {str(size.value)[:40]}; it must lie between {size.least} and {size.most}."
            )
    for name in ("box_warp", "field_units_per_metre"):
        if getattr(config, name) <= 0.0:
            raise ConfigError(f"{name} is {getattr(config, name)}; it must be above 0.")


def _sizes(config: GeneratorConfig) -> Iterator[Size]:
    planes, decoder, mapping = config.planes, config.decoder, config.mapping
    yield Size("z_dim", config.z_dim, MAX_WIDTH)
    yield Size("w_dim", config.w_dim, MAX_WIDTH)
    yield Size("neural_resolution", config.neural_resolution, MAX_RESOLUTION)
    yield Size("The plane resolution", config.plane_resolution, MAX_RESOLUTION)
    count = 3 if planes.inset is None else 4
    numbers = count * planes.channels * planes.depth * config.plane_resolution**2
    yield Size("The number of plane texels times channels", numbers, MAX_NUMBERS)
    yield Size("mapping.layers", mapping.layers, MAX_LAYERS, 0)
    yield Size("The number of latent blocks", len(mapping.latent_blocks), MAX_NAMES, 0)
    yield Size("The number of mapping groups", len(mapping.groups), MAX_NAMES, 0)
    for group in mapping.groups:
        yield Size("A mapping group's hidden width", group.hidden, MAX_WIDTH)
        yield Size("A mapping group's outputs", group.outputs, MAX_WIDTH)
        yield Size("A mapping group's knots", group.knots, MAX_WIDTH, 0)
    yield Size("decoder.hidden", decoder.hidden, MAX_WIDTH)
    yield Size("decoder.hidden_layers", decoder.hidden_layers, MAX_LAYERS, 0)
    yield Size("decoder.color_channels", decoder.color_channels, MAX_WIDTH)
    yield Size("The number of part labels", len(decoder.label_names), MAX_NAMES, 0)
    yield Size("renderer.depth_resolution", config.renderer.depth_resolution, MAX_SAMPLES)
    fine = config.renderer.depth_resolution_importance
    yield Size("renderer.depth_resolution_importance", fine, MAX_SAMPLES, 0)
    if config.template is not None:
        yield Size("The number of surfaces", len(config.template.surfaces), MAX_NAMES, 0)
        yield Size("The number of choices", len(config.template.choices), MAX_NAMES, 0)


def _synthesis_sizes(config: GeneratorConfig) -> Iterator[Size]:
    if config.synthesis is None:
        return
    for index, channels in enumerate(config.synthesis.channels):
        numbers = channels * (MIN_RESOLUTION << index) ** 2
        yield Size("The width of a synthesis block", channels, MAX_WIDTH)
        yield Size("The size of a synthesis block's features", numbers, MAX_NUMBERS)


def _superresolution_sizes(config: GeneratorConfig) -> Iterator[Size]:
    settings = config.superresolution
    if settings is None:
        return
    yield Size("superresolution.input_resolution", settings.input_resolution, MAX_RESOLUTION)
    blocks = len(settings.channels) + len(settings.body)
    yield Size("The number of super-resolution blocks", blocks, MAX_LAYERS)
    scaled = [(channels, 0) for channels in settings.body]
    scaled += [(channels, index + 1) for index, channels in enumerate(settings.channels)]
    for channels, doublings in scaled:
        numbers = channels * (settings.input_resolution << doublings) ** 2
        yield Size("The width of a super-resolution block", channels, MAX_WIDTH)
        yield Size("The size of a super-resolution block's features", numbers, MAX_NUMBERS)


def _check_finite(value: Any, where: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{where} is {value}; it must be a finite number.")
    if isinstance(value, tuple):
        for item in value:
            _check_finite(item, where)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            _check_finite(getattr(value, field.name), f"{where}.{field.name}")

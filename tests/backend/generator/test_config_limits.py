"""The largest sizes are allowed, the next are refused by name, and so is every number that is none."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import replace
from typing import Any

import pytest

from backend.generator.checkpoints import read_header
from backend.generator.config import (
    ConfigError,
    GeneratorConfig,
    LatentBlock,
    MappingConfig,
    SuperResolutionConfig,
    SynthesisConfig,
)
from backend.generator.config_limits import (
    MAX_LAYERS,
    MAX_NAMES,
    MAX_NUMBERS,
    MAX_RESOLUTION,
    MAX_SAMPLES,
    MAX_WIDTH,
    check_limits,
)
from backend.models import ASSETS, GENERATOR_FILE
from tests.backend.generator.configs import EG3D_LIKE, FAMILIES, STARTER_LIKE
from tests.backend.generator.templates import rich_template

SHIPPED = read_header(ASSETS / GENERATOR_FILE).config


def with_value(config: GeneratorConfig, path: str, value: object) -> GeneratorConfig:
    """The configuration with one number of it, or of a part of it, exchanged."""
    part, _, name = path.rpartition(".")
    changes: dict[str, Any] = {name: value}
    if part:
        changes = {part: replace(getattr(config, part), **changes)}
    return replace(config, **changes)


@pytest.mark.parametrize("config", [*FAMILIES, SHIPPED], ids=lambda config: config.name)
def test_real_generators_are_within_the_limits(config: GeneratorConfig) -> None:
    check_limits(config)


SIZES = [
    ("z_dim", 1, MAX_WIDTH),
    ("w_dim", 1, MAX_WIDTH),
    ("neural_resolution", 1, MAX_RESOLUTION),
    ("mapping.layers", 0, MAX_LAYERS),
    ("decoder.hidden", 1, MAX_WIDTH),
    ("decoder.hidden_layers", 0, MAX_LAYERS),
    ("decoder.color_channels", 1, MAX_WIDTH),
    ("renderer.depth_resolution_importance", 0, MAX_SAMPLES),
]


@pytest.mark.parametrize(("path", "least", "most"), SIZES)
def test_a_size_may_be_the_least_and_the_most_and_nothing_beyond(
    path: str, least: int, most: int
) -> None:
    for value in (least, most):
        check_limits(with_value(EG3D_LIKE, path, value))
    for value in (least - 1, most + 1):
        with pytest.raises(ConfigError) as caught:
            check_limits(with_value(EG3D_LIKE, path, value))
        assert str(caught.value) == f"{path} is {value}; it must lie between {least} and {most}."


def test_rays_have_no_more_samples_than_that() -> None:
    check_limits(with_value(EG3D_LIKE, "renderer.depth_resolution", MAX_SAMPLES))
    with pytest.raises(ConfigError, match=r"renderer\.depth_resolution is 1025; it must lie"):
        check_limits(with_value(EG3D_LIKE, "renderer.depth_resolution", MAX_SAMPLES + 1))


@pytest.mark.parametrize("name", ["box_warp", "field_units_per_metre"])
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_length_must_be_above_nothing(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=rf"{name} is {value}; it must be above 0\."):
        check_limits(with_value(EG3D_LIKE, name, value))
    check_limits(with_value(EG3D_LIKE, name, 1e-6))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "path", ["surface_sigma", "renderer.density_scale", "camera.radius", "mapping.lr_multiplier"]
)
def test_a_number_that_is_none_is_found_in_every_part(path: str, value: float) -> None:
    with pytest.raises(ConfigError) as caught:
        check_limits(with_value(EG3D_LIKE, path, value))
    assert str(caught.value) == f"config.{path} is {value}; it must be a finite number."


def test_a_number_that_is_none_is_found_within_tuples() -> None:
    with pytest.raises(ConfigError, match=r"config\.camera\.pivot is nan"):
        check_limits(with_value(EG3D_LIKE, "camera.pivot", (0.0, math.nan, 0.0)))
    blocks = (replace(LatentBlock("shape", 8), sharpness=math.inf),)
    mapping = MappingConfig(latent_blocks=blocks)
    with pytest.raises(ConfigError, match="sharpness is inf"):
        check_limits(replace(STARTER_LIKE, mapping=mapping))


def test_planes_may_fill_a_gibibyte_of_floats_and_no_more() -> None:
    """Three planes of 64 by 64 texels; each size alone would be allowed."""
    side = EG3D_LIKE.plane_resolution
    most = MAX_NUMBERS // (3 * side**2)
    check_limits(with_value(EG3D_LIKE, "planes.channels", most))
    with pytest.raises(ConfigError, match="number of plane texels times channels"):
        check_limits(with_value(EG3D_LIKE, "planes.channels", most + 1))
    with pytest.raises(ConfigError, match="number of plane texels times channels"):
        check_limits(
            replace(
                EG3D_LIKE,
                planes=replace(EG3D_LIKE.planes, axes="panohead", channels=most, depth=3),
            )
        )


def test_a_template_of_planes_beyond_all_sizes_is_refused() -> None:
    config = rich_template().config
    assert config.template is not None
    check_limits(config)
    huge = dataclasses.replace(config.template, resolution=1 << 20)
    with pytest.raises(ConfigError, match="plane resolution is 1048576"):
        check_limits(dataclasses.replace(config, template=huge))


def test_features_count_at_the_resolution_of_their_block() -> None:
    """4096 channels are allowed on 256 by 256 texels, not on 512 by 512."""

    def of(wide_block: int) -> GeneratorConfig:
        channels = tuple(MAX_WIDTH if k == wide_block else 8 for k in range(8))
        return replace(EG3D_LIKE, synthesis=SynthesisConfig(channels))

    check_limits(of(6))
    with pytest.raises(ConfigError, match="size of a synthesis block's features is 1073741824"):
        check_limits(of(7))


def test_super_resolution_doubles_with_every_block() -> None:
    def of(count: int) -> GeneratorConfig:
        settings = SuperResolutionConfig(input_resolution=64, channels=(64,) * count)
        return replace(EG3D_LIKE, superresolution=settings)

    check_limits(of(5))  # 2048 pixels
    with pytest.raises(ConfigError, match="size of a super-resolution block's features"):
        check_limits(of(6))


def test_an_endless_number_is_cut_in_the_sentence() -> None:
    with pytest.raises(ConfigError) as caught:
        check_limits(replace(EG3D_LIKE, w_dim=10**400))
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("count", [MAX_NAMES, MAX_NAMES + 1])
def test_latent_blocks_are_counted(count: int) -> None:
    blocks = tuple(LatentBlock(f"block {index}", 1) for index in range(count))
    config = replace(STARTER_LIKE, z_dim=count, mapping=MappingConfig(latent_blocks=blocks))
    if count == MAX_NAMES:
        check_limits(config)
    else:
        with pytest.raises(ConfigError, match=f"number of latent blocks is {count}"):
            check_limits(config)

"""The configuration: what it accepts, and that it survives JSON."""

import dataclasses
import json

import pytest

from backend.generator.config import (
    AtlasConfig,
    ConfigError,
    GeneratorConfig,
    LatentBlock,
    MappingConfig,
    PlanesConfig,
    SynthesisConfig,
)
from tests.backend.generator.configs import EG3D_LIKE, FAMILIES, STARTER_LIKE

WITH_ATLAS = dataclasses.replace(
    STARTER_LIKE, planes=PlanesConfig("orthogonal", 11, 1, "concat"), atlas=AtlasConfig()
)


@pytest.mark.parametrize("config", [*FAMILIES, WITH_ATLAS], ids=lambda config: config.name)
def test_json_round_trip_gives_an_equal_configuration(config: GeneratorConfig) -> None:
    assert GeneratorConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("colour",), 1, "unknown keys .*colour"),
        (("planes", "chanels"), 3, "config.planes has unknown keys .*chanels"),
        (("planes", "axes"), "xyz", "config.planes.axes is 'xyz'; it must be one of"),
        (("z_dim",), "8", "config.z_dim cannot be '8'"),
        (("z_dim",), True, "config.z_dim cannot be 'True'"),
        (("z_dim",), 8.0, "config.z_dim cannot be '8.0'"),
        (("synthesis", "channels"), [8, "a"], r"channels\[1\] cannot be 'a'"),
        (("camera", "pivot"), [0.0, 0.0], "config.camera.pivot cannot be"),
        (("mapping",), 3, "config.mapping must be an object"),
    ],
)
def test_json_with_a_wrong_value_names_the_place(
    path: tuple[str, ...], value: object, message: str
) -> None:
    data = json.loads(json.dumps(EG3D_LIKE.to_json()))
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ConfigError, match=message):
        GeneratorConfig.from_json(data)


def test_missing_keys_are_named() -> None:
    data = EG3D_LIKE.to_json()
    del data["z_dim"]
    with pytest.raises(ConfigError, match="z_dim"):
        GeneratorConfig.from_json(data)


def test_json_may_write_whole_numbers_for_floats() -> None:
    data = EG3D_LIKE.to_json()
    data["box_warp"] = 2
    config = GeneratorConfig.from_json(data)
    assert config.box_warp == 2.0
    assert isinstance(config.box_warp, float)


def test_eg3d_channels_follow_from_base_and_maximum() -> None:
    synthesis = SynthesisConfig.from_base(256, 32768, 512)
    assert synthesis.channels == (512, 512, 512, 512, 512, 256, 128)
    assert synthesis.resolution == 256
    assert synthesis.num_ws == 14


def test_a_patch_multiplies_the_resolution_without_another_block() -> None:
    synthesis = SynthesisConfig((16, 16, 8), patch=2)
    assert synthesis.resolution == 32
    assert synthesis.num_ws == 6


def test_latent_blocks_lie_behind_each_other() -> None:
    assert STARTER_LIKE.latent_slice("shape") == slice(0, 5)
    assert STARTER_LIKE.latent_slice("hair") == slice(5, 8)
    with pytest.raises(ConfigError, match="No latent block 'nose'; there are: shape, hair"):
        STARTER_LIKE.latent_slice("nose")


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ((LatentBlock("a", 3),), "have 3 numbers, but z_dim is 8"),
        ((LatentBlock("a", 4), LatentBlock("a", 4)), "same name"),
        ((LatentBlock("a", 8, "categorical", ("x",)),), "8 numbers and 1 labels"),
    ],
)
def test_latent_blocks_that_do_not_fit_are_refused(
    blocks: tuple[LatentBlock, ...], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(EG3D_LIKE, mapping=MappingConfig(latent_blocks=blocks))


def test_sizes_that_cannot_be_built_are_refused() -> None:
    with pytest.raises(ConfigError, match="c_dim is 7"):
        dataclasses.replace(EG3D_LIKE, c_dim=7)
    with pytest.raises(ConfigError, match="Plane depth is 2"):
        dataclasses.replace(EG3D_LIKE, planes=PlanesConfig(depth=2))
    with pytest.raises(ConfigError, match="patch is 3"):
        dataclasses.replace(EG3D_LIKE, synthesis=SynthesisConfig((8, 8), patch=3))
    with pytest.raises(ConfigError, match="Depth inputs need tri-planes"):
        dataclasses.replace(STARTER_LIKE, planes=PlanesConfig(depth=3, aggregation="concat"))

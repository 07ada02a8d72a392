"""The configuration: what it accepts, and that it survives JSON."""

import dataclasses
import json

import pytest
import torch

from backend.generator.config import (
    ConfigError,
    GeneratorConfig,
    LatentBlock,
    MappingConfig,
    MappingGroup,
    PlaneInset,
    PlanesConfig,
    SynthesisConfig,
)
from backend.generator.soft_box import SoftBox, SoftClamp
from backend.generator.template_config import ChoiceConfig, TemplateConfig
from backend.wire.json_coding import CodingError, from_json, to_json
from tests.backend.generator.configs import EG3D_LIKE, FAMILIES, STARTER_LIKE
from tests.backend.generator.templates import ball, config_of, square

TEMPLATE_LIKE = config_of(
    (ball("head", 0.3), square("cap", 0.1, 0.4, is_hair=True, alpha=torch.ones(2, 2))),
    (ChoiceConfig("hair", ("", "cap")),),
)
assert TEMPLATE_LIKE.template is not None
TEMPLATE: TemplateConfig = TEMPLATE_LIKE.template
WITH_GATHER = dataclasses.replace(
    TEMPLATE_LIKE,
    name="gathered template",
    template=dataclasses.replace(
        TEMPLATE, soft_box=SoftBox(SoftClamp(0.1, 0.2), SoftClamp(0.3, 0.15))
    ),
)
WITH_INSET = config_of((ball("head", 0.3),), inset=PlaneInset(0.1, -0.2, 0.4))


def read(data: object) -> GeneratorConfig:
    return from_json(GeneratorConfig, data, unknown="refuse")


@pytest.mark.parametrize(
    "config", [*FAMILIES, TEMPLATE_LIKE, WITH_GATHER, WITH_INSET], ids=lambda config: config.name
)
def test_json_round_trip_gives_an_equal_configuration(config: GeneratorConfig) -> None:
    assert read(json.loads(json.dumps(to_json(config)))) == config


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("colour",), 1, "unknown keys .*colour"),
        (("planes", "chanels"), 3, "GeneratorConfig.planes has unknown keys .*chanels"),
        (("planes", "axes"), "xyz", "GeneratorConfig.planes.axes is 'xyz'; it must be one of"),
        (("z_dim",), "8", "GeneratorConfig.z_dim cannot be '8'"),
        (("z_dim",), True, "GeneratorConfig.z_dim cannot be True"),
        (("z_dim",), 8.0, "GeneratorConfig.z_dim cannot be 8.0"),
        (("synthesis", "channels"), [8, "a"], r"channels\[1\] cannot be 'a'"),
        (("camera", "pivot"), [0.0, 0.0], "GeneratorConfig.camera.pivot cannot be"),
        (("mapping",), 3, "GeneratorConfig.mapping must be an object"),
    ],
)
def test_json_with_a_wrong_value_names_the_place(
    path: tuple[str, ...], value: object, message: str
) -> None:
    data = to_json(EG3D_LIKE)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(CodingError, match=message):
        read(data)


def test_the_weights_files_keep_the_names_that_fields_had_in_them() -> None:
    template = to_json(WITH_GATHER)["template"]
    assert template["gather"]["walls"] == {"start": 0.1, "depth": 0.2}
    assert template["hollow_labels"] == []
    assert not {"soft_box", "cavity_labels"} & set(template)


def test_missing_keys_are_named() -> None:
    data = to_json(EG3D_LIKE)
    del data["z_dim"]
    with pytest.raises(CodingError, match=r"GeneratorConfig\.z_dim is missing"):
        read(data)


def test_json_may_write_whole_numbers_for_floats() -> None:
    data = to_json(EG3D_LIKE)
    data["box_warp"] = 2
    config = read(data)
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


def test_planes_come_from_a_synthesis_network_or_from_a_template() -> None:
    with pytest.raises(ConfigError, match="either a synthesis network or a template; give one"):
        dataclasses.replace(STARTER_LIKE, synthesis=None)
    with pytest.raises(ConfigError, match="either a synthesis network or a template; give one"):
        dataclasses.replace(TEMPLATE_LIKE, synthesis=SynthesisConfig((8, 8)))
    assert TEMPLATE_LIKE.num_ws == 1
    assert TEMPLATE_LIKE.plane_resolution == TEMPLATE.resolution
    assert STARTER_LIKE.plane_resolution == 32


def test_a_template_needs_planes_and_a_decoder_that_fit_it() -> None:
    with pytest.raises(ConfigError, match="with 14 channels, not depth 1 with 11"):
        dataclasses.replace(TEMPLATE_LIKE, planes=PlanesConfig("orthogonal", 11, 1, "concat"))
    blind = dataclasses.replace(TEMPLATE_LIKE.decoder, reads_sides=False)
    with pytest.raises(ConfigError, match="needs a decoder that reads its sides"):
        dataclasses.replace(TEMPLATE_LIKE, decoder=blind)
    squashed = dataclasses.replace(TEMPLATE_LIKE.decoder, color_activation="sigmoid")
    with pytest.raises(ConfigError, match="activation 'none', not 3 with 'sigmoid'"):
        dataclasses.replace(TEMPLATE_LIKE, decoder=squashed)


def test_only_a_template_draws_an_inset() -> None:
    planes = dataclasses.replace(STARTER_LIKE.planes, inset=PlaneInset(0.0, 0.0, 0.5))
    with pytest.raises(ConfigError, match="Only a template draws an inset"):
        dataclasses.replace(STARTER_LIKE, planes=planes)


def test_a_template_names_its_surfaces_once_and_chooses_among_them() -> None:
    unknown = dataclasses.replace(TEMPLATE, choices=(ChoiceConfig("hair", ("", "wig")),))
    with pytest.raises(ConfigError, match=r"Choice 'hair' offers unknown surfaces .'wig'"):
        dataclasses.replace(TEMPLATE_LIKE, template=unknown)
    twice = dataclasses.replace(TEMPLATE, surfaces=TEMPLATE.surfaces[:1] * 2, choices=())
    with pytest.raises(ConfigError, match="a name of its own"):
        dataclasses.replace(TEMPLATE_LIKE, template=twice)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ((MappingGroup(("nose",), 8),), "reads unknown latent blocks .'nose'"),
        (
            (MappingGroup(("shape",), 3), MappingGroup(("hair",), 4)),
            "give 7 numbers, but w_dim is 8",
        ),
    ],
)
def test_mapping_groups_that_do_not_fit_are_refused(
    groups: tuple[MappingGroup, ...], message: str
) -> None:
    mapping = dataclasses.replace(TEMPLATE_LIKE.mapping, groups=groups)
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(TEMPLATE_LIKE, mapping=mapping)


def test_mapping_groups_do_not_read_a_camera() -> None:
    with pytest.raises(ConfigError, match="set c_dim to 0"):
        dataclasses.replace(TEMPLATE_LIKE, c_dim=25)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("template", "vertexes"), 3, "GeneratorConfig.template has unknown keys .*vertexes"),
        (("template", "surfaces", 0, "points"), 2.5, r"surfaces\[0\].points cannot be 2.5"),
        (("template", "surfaces", 1, "texture"), [4], r"surfaces\[1\].texture cannot be"),
        (
            ("template", "choices", 0, "options"),
            [None],
            r"choices\[0\].options\[0\] cannot be None",
        ),
        (("mapping", "groups", 1, "blocks"), "hair", r"groups\[1\].blocks cannot be 'hair'"),
    ],
)
def test_a_wrong_value_in_a_template_or_group_is_named(
    path: tuple[str | int, ...], value: object, message: str
) -> None:
    data = to_json(TEMPLATE_LIKE)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(CodingError, match=message):
        read(data)

"""The synthesis network: which w steers what, patches, noise, layouts and number formats."""

import dataclasses

import pytest
import torch

from backend.generator.config import GeneratorConfig, SynthesisConfig
from backend.generator.layers import ModulatedConv, ToPlanes
from backend.generator.model import Generator
from backend.generator.synthesis import Synthesis, SynthesisBlock
from tests.backend.generator.configs import EG3D_LIKE, FAMILIES, STARTER_LIKE, build

W_OF_LAYER = {
    "b4.conv1": 0,
    "b4.torgb": 1,
    "b8.conv0": 1,
    "b8.conv1": 2,
    "b8.torgb": 3,
    "b16.conv0": 3,
    "b16.conv1": 4,
    "b16.torgb": 5,
    "b32.conv0": 5,
    "b32.conv1": 6,
    "b32.torgb": 7,
}


def random_ws(config: GeneratorConfig, batch: int = 2) -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    return torch.randn(batch, config.num_ws, config.w_dim, generator=random)


def synthesis_of(generator: Generator) -> Synthesis:
    assert generator.synthesis is not None
    return generator.synthesis


@pytest.mark.parametrize("config", FAMILIES, ids=lambda config: config.name)
def test_the_picture_has_the_channels_and_the_size_of_the_planes(config: GeneratorConfig) -> None:
    picture = synthesis_of(build(config))(random_ws(config))
    assert config.synthesis is not None
    side = config.synthesis.resolution
    assert picture.shape == (2, 3 * config.planes.channels * config.planes.depth, side, side)


def test_every_layer_reads_its_own_w() -> None:
    synthesis = synthesis_of(build(EG3D_LIKE))
    for name, index in W_OF_LAYER.items():
        ws = random_ws(EG3D_LIKE).requires_grad_()
        seen: list[torch.Tensor] = []
        layer = synthesis.get_submodule(name)
        assert isinstance(layer, ModulatedConv | ToPlanes)
        hook = layer.affine.register_forward_hook(
            lambda _, inputs, __, seen=seen: seen.append(inputs[0])
        )
        synthesis(ws)
        hook.remove()
        assert torch.equal(seen[0], ws[:, index]), name


def test_every_w_steers_the_picture() -> None:
    for config in FAMILIES:
        ws = random_ws(config).requires_grad_()
        synthesis_of(build(config))(ws).square().sum().backward()
        assert ws.grad is not None
        assert (ws.grad.abs().amax(dim=(0, 2)) > 0).all(), config.name


def test_a_patch_is_painted_from_one_position() -> None:
    assert STARTER_LIKE.synthesis is not None
    config = dataclasses.replace(
        STARTER_LIKE, synthesis=dataclasses.replace(STARTER_LIKE.synthesis, channels=(6,), patch=4)
    )
    synthesis = synthesis_of(build(config))
    block = synthesis.get_submodule("b4")
    assert isinstance(block, SynthesisBlock)
    assert block.const is not None
    ws = random_ws(config, 1)
    features = block.conv1(block.const[None], ws[:, 0])
    painted = block.torgb(features, ws[:, 1])  # [1,12*16,4,4]
    picture = synthesis(ws)
    assert picture.shape == (1, 12, 16, 16)
    row, column, channel, down, right = 1, 2, 7, 3, 1
    expected = painted[0, channel * 16 + down * 4 + right, row, column]
    torch.testing.assert_close(picture[0, channel, row * 4 + down, column * 4 + right], expected)


def test_noise_repeats_when_constant_and_follows_its_generator_when_random() -> None:
    generator = build(EG3D_LIKE)
    ws = random_ws(EG3D_LIKE)
    constant = generator.synthesize_planes(ws)
    assert torch.equal(constant, generator.synthesize_planes(ws, "const"))
    assert not torch.allclose(constant, generator.synthesize_planes(ws, "none"), atol=1e-3)
    first, again = (
        generator.synthesize_planes(ws, "random", torch.Generator().manual_seed(1))
        for _ in range(2)
    )
    assert torch.equal(first, again)


@pytest.mark.parametrize("config", [EG3D_LIKE, STARTER_LIKE], ids=lambda config: config.name)
def test_memory_layout_does_not_change_the_picture(config: GeneratorConfig) -> None:
    ws = random_ws(config)
    expected = synthesis_of(build(config))(ws)
    layout = build(config).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own misses it
    torch.testing.assert_close(synthesis_of(layout)(ws), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("config", [EG3D_LIKE, STARTER_LIKE], ids=lambda config: config.name)
def test_bfloat16_pictures_stay_near_float32(config: GeneratorConfig) -> None:
    generator = build(config)
    ws = random_ws(config)
    expected = generator.synthesize_planes(ws)
    with torch.autocast("cpu", torch.bfloat16):
        automatic = generator.synthesize_planes(ws)
    stored = generator.bfloat16().synthesize_planes(ws.bfloat16())
    for low in (automatic, stored):
        assert low.dtype == torch.float32
        assert (low - expected).square().mean().sqrt() / expected.std() < 0.02
        assert (low - expected).abs().max() / expected.std() < 0.1


def test_a_generator_without_noise_has_no_noise_weights() -> None:
    config = dataclasses.replace(EG3D_LIKE, synthesis=SynthesisConfig((8, 8), use_noise=False))
    assert not [name for name in build(config).state_dict() if "noise" in name]

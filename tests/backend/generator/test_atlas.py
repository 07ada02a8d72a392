"""The atlas: detail of the canonical head arrives on the right side, channel and texel."""

import dataclasses

import pytest
import torch
import torch.nn.functional as F

from backend.generator.atlas import PlaneAtlas
from backend.generator.config import AtlasConfig, ConfigError, PlanesConfig, SynthesisConfig
from tests.backend.generator.configs import STARTER_LIKE, build, latents

SIDE = 16
ATLAS = AtlasConfig(resolution=SIDE, ranks=(3, 2, 1, 1, 2, 2), warp_resolution=4, warp_rank=2)
CONFIG = dataclasses.replace(
    STARTER_LIKE,
    name="narrow starter with an atlas",
    synthesis=SynthesisConfig((8, 8), use_noise=False, upsample="interpolate"),
    planes=PlanesConfig("orthogonal", 11, 1, "concat"),
    atlas=ATLAS,
)
# Where the five details of a side lie among the plane's channels: depth, rgb, hair.
CHANNELS = ((0, 2, 3, 4, 9), (1, 5, 6, 7, 10))


def new_atlas() -> PlaneAtlas:
    atlas = build(CONFIG).atlas
    assert atlas is not None
    with torch.no_grad():
        for parameter in atlas.parameters():
            parameter.zero_()
    return atlas.requires_grad_(False)


def test_an_empty_atlas_only_enlarges_the_planes() -> None:
    coarse, w = torch.randn(2, 33, 8, 8), torch.randn(2, CONFIG.w_dim)
    planes, warp = new_atlas()(coarse, w)
    expected = F.interpolate(coarse, size=(SIDE, SIDE), mode="bilinear").unflatten(1, (3, 11))
    torch.testing.assert_close(planes, expected)
    assert warp.abs().max() == 0.0


@pytest.mark.parametrize("side", range(6))
def test_each_side_paints_its_own_channels(side: int) -> None:
    atlas = new_atlas()
    values = torch.arange(1.0, 6.0)
    atlas.bases[side] = values[:, None, None]
    planes, _ = atlas(torch.zeros(1, 33, 8, 8), torch.zeros(1, CONFIG.w_dim))
    plane, is_far = divmod(side, 2)
    expected = torch.zeros(3, 11)
    expected[plane, list(CHANNELS[is_far])] = values
    torch.testing.assert_close(planes[0].mean(dim=(2, 3)), expected)


def test_a_warp_says_where_a_texel_finds_its_canonical_place() -> None:
    atlas = new_atlas()
    row, column = 5, 9
    atlas.bases[2, 0, row, column] = 1.0  # near depth of plane 1
    columns_right, rows_down = 3, 1
    atlas.warp_base[4] = 2.0 * columns_right / SIDE
    atlas.warp_base[5] = 2.0 * rows_down / SIDE
    planes, _ = atlas(torch.zeros(1, 33, 8, 8), torch.zeros(1, CONFIG.w_dim))
    seen = planes[0, 1, 0]
    assert seen[row - rows_down, column - columns_right].item() == pytest.approx(1.0, abs=1e-4)
    assert seen.sum().item() == pytest.approx(1.0, abs=1e-3)


def test_the_latent_steers_the_detail() -> None:
    generator = build(CONFIG)
    assert generator.atlas is not None
    with torch.no_grad():
        for parameter in generator.atlas.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
    z = latents(CONFIG, 2).requires_grad_()
    planes, _ = generator.atlas(torch.zeros(2, 33, 8, 8), generator.map(z)[:, -1])
    (gradient,) = torch.autograd.grad(planes.square().sum(), z)
    assert (gradient.abs().amax(1) > 0).all()
    assert generator.synthesize_planes(generator.map(z)).shape == (2, 3, 11, SIDE, SIDE)


def test_an_atlas_needs_six_sides_and_eleven_channels() -> None:
    with pytest.raises(ConfigError, match="ranks for 6 sides"):
        dataclasses.replace(CONFIG, atlas=AtlasConfig(ranks=(1, 2)))
    with pytest.raises(ConfigError, match="planes of 11 channels, not 6 and 4"):
        dataclasses.replace(CONFIG, planes=STARTER_LIKE.planes)

"""Super-resolution: sizes, what it reads, and what it does to parts of pictures."""

import dataclasses
from typing import Any

import pytest
import torch

from backend.generator.config import ConfigError, GeneratorConfig, SuperResolutionConfig
from backend.generator.renderer import camera_rays
from tests.backend.generator.configs import EG3D_LIKE, STARTER_LIKE, build, front_camera, planes_of


def ws_of(config: GeneratorConfig, count: int) -> torch.Tensor:
    return torch.zeros(count, config.num_ws, config.w_dim)


def test_any_size_becomes_four_times_the_input_resolution() -> None:
    superresolution = build(EG3D_LIKE).superresolution
    assert superresolution is not None
    ws = torch.randn(2, EG3D_LIKE.num_ws, EG3D_LIKE.w_dim)
    for side in (8, 5, 20):
        image, features = torch.randn(2, 3, side, side), torch.randn(2, 5, side, side)
        assert superresolution(image, features, ws).shape == (2, 3, 32, 32)


def test_only_the_last_w_is_read() -> None:
    superresolution = build(EG3D_LIKE).superresolution
    assert superresolution is not None
    ws = torch.randn(1, EG3D_LIKE.num_ws, EG3D_LIKE.w_dim)
    image, features = torch.randn(1, 3, 8, 8), torch.randn(1, 5, 8, 8)
    expected = superresolution(image, features, ws)
    changed = ws.clone()
    changed[:, :-1] = 0.0
    assert torch.equal(superresolution(image, features, changed), expected)
    changed[:, -1] += 0.5
    assert not torch.allclose(superresolution(image, features, changed), expected)


WIDE = dataclasses.replace(
    STARTER_LIKE,
    superresolution=SuperResolutionConfig(
        input_resolution=8,
        channels=(6,),
        body=(7, 5),
        patch=2,
        upsample="interpolate",
        reads="everything",
        reads_w=False,
    ),
)


def test_a_body_one_block_and_a_patch_make_four_times_the_side_too() -> None:
    generator = build(WIDE)
    seen = generator.render(planes_of(WIDE, 2), front_camera(WIDE, 2), 8, ws_of(WIDE, 2))
    assert seen.image is not None
    assert seen.image.shape == (2, 3, 32, 32)


def test_parts_of_a_picture_are_enlarged_as_the_whole_is() -> None:
    superresolution = build(WIDE).superresolution
    assert superresolution is not None
    random = torch.Generator().manual_seed(4)
    inputs, ws = torch.randn(1, 9, 24, 24, generator=random), torch.zeros(1, 1, WIDE.w_dim)
    whole = superresolution.enlarge(inputs[:, :3], inputs, ws)
    part = inputs[..., 4:20, 2:18]
    made = superresolution.enlarge(part[:, :3], part, ws)
    # Four convolutions and the bilinear skip reach no farther than six pixels.
    inner = slice(24, 40)
    assert torch.allclose(
        made[..., inner, inner], whole[..., 16:80, 8:72][..., inner, inner], atol=1e-5
    )


def test_everything_that_the_renderer_gives_is_read() -> None:
    generator = build(WIDE)
    camera = front_camera(WIDE)
    seen = generator.render(planes_of(WIDE), camera, 8)
    inputs = generator.superresolution_inputs(seen, camera)
    assert torch.equal(inputs[:, :3], seen.image_raw)
    assert torch.equal(inputs[:, 3:4], seen.weights_sum)
    assert seen.labels is not None
    assert torch.equal(inputs[:, 7:], seen.labels)
    # From the front, rows of the picture are heights, and the depth runs against z.
    places = inputs[:, 4:7] / seen.weights_sum
    rays = camera_rays(camera, 8)
    expected = rays.origins[0] + seen.depth.flatten()[:, None] * rays.directions[0]
    assert torch.allclose(places[0].flatten(1).t(), expected * 2 / WIDE.box_warp, atol=1e-5)


def test_without_reading_w_every_head_has_the_same_weights() -> None:
    superresolution = build(WIDE).superresolution
    assert superresolution is not None
    inputs = torch.randn(1, 9, 8, 8)
    first, second = (
        superresolution(inputs[:, :3], inputs, torch.randn(1, 1, WIDE.w_dim)) for _ in range(2)
    )
    assert torch.equal(first, second)
    narrow = dataclasses.replace(WIDE, w_dim=3)
    names = {name for name, _ in superresolution.named_parameters()}
    other = build(narrow).superresolution
    assert other is not None
    assert names == {name for name, _ in other.named_parameters()}
    other.load_state_dict(superresolution.state_dict())


@pytest.mark.parametrize("changes", [{"channels": ()}, {"body": (4, 0)}, {"patch": 3}])
def test_impossible_settings_are_refused(changes: dict[str, Any]) -> None:
    assert WIDE.superresolution is not None
    with pytest.raises(ConfigError, match=r"[Ss]uper-resolution"):
        dataclasses.replace(
            WIDE, superresolution=dataclasses.replace(WIDE.superresolution, **changes)
        )

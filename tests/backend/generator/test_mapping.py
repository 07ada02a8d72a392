"""The mapping network: latent blocks, truncation, camera conditioning."""

import dataclasses

import pytest
import torch

from backend.generator.config import LatentBlock, MappingConfig
from backend.generator.mapping import apply_latent_blocks, normalize_second_moment
from tests.backend.generator.configs import EG3D_LIKE, STARTER_LIKE, build, front_camera, latents

BLOCKS = (LatentBlock("a", 2), LatentBlock("b", 4, "categorical"), LatentBlock("c", 1))


def test_a_categorical_block_becomes_a_choice_of_unit_mean_square() -> None:
    z = torch.tensor([[0.3, -1.0, 0.0, 5.0, 0.0, -5.0, 7.0]])
    x = apply_latent_blocks(z, BLOCKS)
    assert torch.equal(x[:, :2], z[:, :2])
    assert torch.equal(x[:, 6:], z[:, 6:])
    torch.testing.assert_close(x[:, 2:6], torch.tensor([[0.0, 2.0, 0.0, 0.0]]))
    assert x[:, 2:6].square().mean().item() == pytest.approx(1.0)


def test_a_categorical_block_blends_between_near_equal_choices() -> None:
    z = torch.zeros(1, 7)
    torch.testing.assert_close(apply_latent_blocks(z, BLOCKS)[:, 2:6], torch.full((1, 4), 0.5))


def test_second_moment_becomes_one() -> None:
    x = normalize_second_moment(torch.randn(3, 50) * 7)
    torch.testing.assert_close(x.square().mean(1), torch.ones(3))


def test_the_length_of_z_is_ignored_only_where_it_is_normalised() -> None:
    generator = build(EG3D_LIKE)
    z, label = latents(EG3D_LIKE, 2), front_camera(EG3D_LIKE, 2)
    torch.testing.assert_close(generator.map(z * 3, label), generator.map(z, label))
    starter = build(STARTER_LIKE)
    z = latents(STARTER_LIKE, 2)
    assert not torch.allclose(starter.map(z * 3), starter.map(z), atol=1e-3)


def test_all_ws_are_equal_without_truncation_and_a_batch_equals_its_parts() -> None:
    generator = build(EG3D_LIKE)
    z, label = latents(EG3D_LIKE, 3), front_camera(EG3D_LIKE, 3)
    ws = generator.map(z, label)
    assert ws.shape == (3, EG3D_LIKE.num_ws, EG3D_LIKE.w_dim)
    assert torch.equal(ws, ws[:, :1].expand_as(ws))
    torch.testing.assert_close(ws[1:2], generator.map(z[1:2], label[1:2]))


def test_truncation_moves_the_first_ws_to_the_average() -> None:
    generator = build(STARTER_LIKE)
    z = latents(STARTER_LIKE, 2)
    free, average = generator.map(z), generator.mapping.w_avg
    truncated = generator.map(z, truncation=0.25, truncation_cutoff=2)
    torch.testing.assert_close(truncated[:, :2], average + 0.25 * (free[:, :2] - average))
    assert torch.equal(truncated[:, 2:], free[:, 2:])
    everywhere = generator.map(z, truncation=0.0)
    torch.testing.assert_close(everywhere, average.expand_as(everywhere))


def test_the_camera_matters_unless_its_scale_is_zero() -> None:
    z, label = latents(EG3D_LIKE, 1), front_camera(EG3D_LIKE)
    other = label * 1.5
    generator = build(EG3D_LIKE)
    assert not torch.allclose(generator.map(z, label), generator.map(z, other), atol=1e-3)
    blind = build(dataclasses.replace(EG3D_LIKE, mapping=MappingConfig(c_scale=0.0)))
    assert torch.equal(blind.map(z, label), blind.map(z, other))


def test_a_missing_camera_is_named() -> None:
    with pytest.raises(ValueError, match="conditioned on a camera; give its label"):
        build(EG3D_LIKE).map(latents(EG3D_LIKE, 1))


def test_the_average_follows_the_ws_it_is_shown() -> None:
    generator = build(STARTER_LIKE)
    ws = generator.map(latents(STARTER_LIKE, 16))
    for _ in range(60):
        generator.mapping.update_average(ws, decay=0.8)
    torch.testing.assert_close(generator.mapping.w_avg, ws[:, 0].mean(0), atol=1e-4, rtol=1e-4)

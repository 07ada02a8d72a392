"""The mapping network: latent blocks, truncation, camera conditioning."""

import dataclasses

import pytest
import torch

from backend.generator.config import GeneratorConfig, LatentBlock, MappingConfig
from backend.generator.mapping import apply_latent_blocks, normalize_second_moment
from backend.generator.model import Generator
from tests.backend.generator.configs import EG3D_LIKE, STARTER_LIKE, build, front_camera, latents
from tests.backend.generator.templates import ball, config_of

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


GROUPED = config_of((ball("head", 0.3),))


def grouped_generator(config: GeneratorConfig = GROUPED) -> Generator:
    return build(config).requires_grad_(False)


@pytest.mark.parametrize(
    ("block", "changed"), [("shape", slice(0, 3)), ("hair", slice(3, 8)), ("skin", slice(3, 8))]
)
def test_a_block_changes_only_the_part_of_w_that_its_groups_give(
    block: str, changed: slice
) -> None:
    generator, z = grouped_generator(), latents(GROUPED, 4)
    edited = z.clone()
    edited[:, GROUPED.latent_slice(block)] *= -1  # which also chooses another option
    before, after = generator.map(z)[:, 0], generator.map(edited)[:, 0]
    rest = torch.ones(GROUPED.w_dim, dtype=torch.bool)
    rest[changed] = False
    assert torch.equal(before[:, rest], after[:, rest])
    assert (before[:, changed] != after[:, changed]).all()


def test_groups_that_share_a_block_both_follow_it() -> None:
    first, second = GROUPED.mapping.groups
    groups = (first, dataclasses.replace(second, blocks=("skin", "shape", "hair")))
    config = dataclasses.replace(
        GROUPED, mapping=dataclasses.replace(GROUPED.mapping, groups=groups)
    )
    generator = grouped_generator(config)
    z = latents(config, 2).requires_grad_()
    w = generator.map(z)[:, 0]
    for part, blocks in ((slice(0, 3), {"shape"}), (slice(3, 8), {"shape", "hair", "skin"})):
        (gradient,) = torch.autograd.grad(w[:, part].sum(), z, retain_graph=True)
        reached = {
            name
            for name in ("shape", "hair", "skin")
            if gradient[:, config.latent_slice(name)].abs().sum() > 0
        }
        assert reached == blocks


def test_groups_read_choices_as_the_blocks_make_them() -> None:
    generator, z = grouped_generator(), torch.zeros(2, GROUPED.z_dim)
    hair = GROUPED.latent_slice("hair")
    z[0, hair], z[1, hair] = torch.tensor([3.0, 0.0, 0.0]), torch.tensor([9.0, 0.0, -5.0])
    w = generator.map(z)[:, 0]
    torch.testing.assert_close(w[0], w[1])  # the same option is chosen, however strongly


def test_a_grouped_w_is_truncated_as_any_other() -> None:
    generator, z = grouped_generator(), latents(GROUPED, 3)
    free, average = generator.map(z), generator.mapping.w_avg
    assert free.shape == (3, 1, GROUPED.w_dim)
    torch.testing.assert_close(generator.map(z, truncation=0.3), average + 0.3 * (free - average))
    torch.testing.assert_close(generator.map(z, truncation=0.0), average.expand_as(free))
    assert torch.equal(generator.map(z, truncation=0.3, truncation_cutoff=0), free)
    torch.testing.assert_close(generator.map(z[1:2]), free[1:2])
    assert not [name for name in generator.mapping.state_dict() if name.startswith("fc")]

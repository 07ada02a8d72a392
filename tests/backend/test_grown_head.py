"""What the generator makes of a latent: with its expression, and with a neutral face."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from backend.grown_head import grow_head, grow_pair
from backend.models import load_models
from backend.training.kit.latent import block_slices
from backend.wire.requests import JobRequest
from tests.backend.rig.starter_heads import bald


def grinning() -> Tensor:
    """The latent [Z] of a bald man with an open mouth, half-closed eyes and high brows."""
    z = torch.from_numpy(bald())
    z[block_slices()["expression"]] = torch.tensor([2.0, 2.5, 2.0, -2.5])
    return z


def test_the_field_is_that_of_the_planes_that_the_latent_is_mapped_to() -> None:
    models, z = load_models(""), grinning()
    head = grow_head(models, z)
    assert torch.equal(head.ws, models.generator.map(z[None]))
    points = torch.rand(200, 3, generator=torch.Generator().manual_seed(2)) * 0.8 - 0.4
    sigma = models.generator.sample_field(head.planes, points[None]).sigma[0, :, 0]
    expected = sigma - models.generator.config.surface_sigma
    torch.testing.assert_close(head.field.sigma(points), expected, atol=1e-4, rtol=1e-4)


def test_a_sculpt_keeps_its_expression_beside_a_neutral_rig() -> None:
    models, z = load_models(""), grinning()
    request = JobRequest(prompt="a bald man", output="both")
    sculpt, rested = grow_pair(models, z, request)
    kept, same = grow_pair(models, z, dataclasses.replace(request, neutral=False))
    assert torch.equal(sculpt.ws, kept.ws)
    assert same is kept
    assert not torch.equal(rested.planes, sculpt.planes)
    shown, alone = grow_pair(models, z, dataclasses.replace(request, output="rig"))
    assert shown is alone
    assert torch.equal(alone.ws, rested.ws)

"""The decoder network at many points at once: rows of its outputs, chunks of points, activations in place."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from backend.generator import fast_network
from backend.generator.config import GeneratorConfig, HiddenActivation
from backend.generator.decoder import Decoder, activate_hidden
from backend.generator.fast_network import NetworkField, activate_in_place
from tests.backend.generator.configs import EG3D_LIKE, STARTER_LIKE, TRI_GRID, build, planes_of


def field_of(config: GeneratorConfig) -> NetworkField:
    generator = build(config).requires_grad_(False)
    assert isinstance(generator.decoder, Decoder)
    return NetworkField(config, generator.decoder, planes_of(config)[0])


def coordinates(count: int) -> torch.Tensor:
    """[3,count] in the box and a little around it."""
    return torch.rand(3, count, generator=torch.Generator().manual_seed(5)) * 2.4 - 1.2


@pytest.mark.parametrize("config", [EG3D_LIKE, STARTER_LIKE, TRI_GRID], ids=lambda one: one.name)
def test_some_outputs_are_the_same_rows_of_all(config: GeneratorConfig) -> None:
    field, points = field_of(config), coordinates(70)
    every = field.outputs(points, 0, 4)
    for first, last in ((0, 1), (1, 4), (2, 3)):
        some = field.outputs(points, first, last)
        torch.testing.assert_close(some, every[first:last], atol=1e-6, rtol=1e-6)


def test_chunks_do_not_change_what_a_point_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    field, points = field_of(STARTER_LIKE), coordinates(333)
    whole = field.outputs(points, 0, 4)
    monkeypatch.setattr(fast_network, "CHUNK", 7)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    torch.testing.assert_close(field.outputs(points, 0, 4), whole, atol=1e-5, rtol=1e-5)


def test_the_points_stay_as_they_are() -> None:
    points = coordinates(20)
    before = points.clone()
    field_of(STARTER_LIKE).outputs(points, 0, 1)
    assert torch.equal(points, before)


@pytest.mark.parametrize("activation", ["softplus", "silu", "relu"])
def test_activations_in_place_are_those_of_the_reference(activation: HiddenActivation) -> None:
    x = torch.linspace(-4.0, 4.0, 33).view(3, 11)
    closed_form = {
        "softplus": torch.log1p(x.double().exp()),
        "silu": x.double() / (1.0 + (-x.double()).exp()),
        "relu": F.relu(x.double()),
    }[activation]
    expected = activate_hidden(x, activation)
    activate_in_place(x, activation)
    torch.testing.assert_close(x, expected)
    torch.testing.assert_close(x.double(), closed_form, atol=1e-6, rtol=1e-6)

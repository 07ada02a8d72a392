"""Losses of the adversarial stage against closed forms."""

import math

import pytest
import torch

from backend.training.starter.adversarial_losses import (
    discriminator_loss,
    generator_loss,
    gradient_penalty,
    paired_loss,
    shared_gradient,
)


def test_logistic_losses_of_an_undecided_discriminator() -> None:
    assert discriminator_loss(torch.zeros(3), torch.zeros(3)).item() == pytest.approx(
        2 * math.log(2)
    )
    assert generator_loss(torch.zeros(3)).item() == pytest.approx(math.log(2))
    assert discriminator_loss(torch.full([2], 50.0), torch.full([2], -50.0)).item() < 1e-6
    assert generator_loss(torch.tensor([-50.0])).item() == pytest.approx(50.0)


def test_the_penalty_of_a_linear_discriminator_is_half_the_square_of_its_weights() -> None:
    weights = torch.randn(6, 5, 5, dtype=torch.float64)

    def score(pictures: torch.Tensor) -> torch.Tensor:
        return (pictures * weights).sum((1, 2, 3))

    for batch in (1, 4):
        pictures = torch.randn(batch, 6, 5, 5, dtype=torch.float64)
        penalty = gradient_penalty(score, pictures)
        assert penalty.item() == pytest.approx(0.5 * weights.square().sum().item())


def test_the_penalty_teaches_the_discriminator() -> None:
    weight = torch.tensor(3.0, requires_grad=True)
    gradient_penalty(lambda x: weight * x.sum(1), torch.randn(2, 4)).backward()
    assert weight.grad is not None
    assert weight.grad.item() == pytest.approx(4 * 3.0)  # of w^2 * 4 / 2


def test_a_constant_error_costs_its_size_and_a_step_costs_its_height() -> None:
    true, weights = torch.zeros(1, 3, 4, 4), torch.ones(1, 1, 4, 4)
    assert paired_loss(true + 0.25, true, weights).item() == pytest.approx(0.25)
    step = true.clone()
    step[..., 2:] = 0.5  # one step a row: 4 of 16 pixels
    assert paired_loss(step, true, weights).item() == pytest.approx(0.25 + 0.125)


def test_pixels_count_by_their_weights() -> None:
    true = torch.zeros(1, 3, 2, 2)
    weights = torch.tensor([[[[3.0, 1.0], [1.0, 1.0]]]])
    spot = true.clone()
    spot[..., 0, 0] = 1.0
    error = 3 / 6 + (1 + 1) / 6  # itself, and the steps beside it, which count as their later pixel
    assert paired_loss(spot, true, weights).item() == pytest.approx(error)


def test_the_other_gradient_has_a_share_of_the_length_of_the_main_one() -> None:
    picture = torch.randn(1, 3, 4, 4, requires_grad=True)
    main, other = (picture**2).sum(), 1000 * picture.sum()
    gradient = shared_gradient(picture, main, other, 0.5)
    extra = gradient - 2 * picture
    assert extra.norm().item() == pytest.approx(0.5 * (2 * picture).norm().item(), rel=1e-5)
    assert torch.allclose(extra / extra[0, 0, 0, 0], torch.ones_like(extra), atol=1e-4)
    alone = shared_gradient(picture, (picture**2).sum(), picture.sum(), 0.0)
    assert torch.allclose(alone, 2 * picture)

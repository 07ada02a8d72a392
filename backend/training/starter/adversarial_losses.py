"""Losses of the adversarial stage: paired ones, and those of generator and discriminator."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def paired_loss(actual: Tensor, true: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean error of colours and of their differences between neighbours.

    Args:
        actual, true: [B,3,H,W] in [-1,1].
        weights: [B,1,H,W] of the pixels.
    """
    total = weights.sum() * actual.shape[1]
    color = ((actual - true).abs() * weights).sum() / total
    error = actual - true
    across = ((error[..., 1:] - error[..., :-1]).abs() * weights[..., 1:]).sum()
    down = ((error[..., 1:, :] - error[..., :-1, :]).abs() * weights[..., 1:, :]).sum()
    return color + (across + down) / total


def discriminator_loss(true_scores: Tensor, made_scores: Tensor) -> Tensor:
    """The logistic loss of scores [B]."""
    return F.softplus(-true_scores).mean() + F.softplus(made_scores).mean()


def generator_loss(made_scores: Tensor) -> Tensor:
    """The non-saturating loss (Goodfellow et al., NeurIPS 2014) of scores [B]."""
    return F.softplus(-made_scores).mean()


def gradient_penalty(score: Callable[[Tensor], Tensor], pictures: Tensor) -> Tensor:
    """R1 (Mescheder et al., ICML 2018): half the mean square of the scores' gradient at true pictures [B,...]."""
    pictures = pictures.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(score(pictures).sum(), pictures, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean() / 2


def shared_gradient(picture: Tensor, main: Tensor, other: Tensor, share: float) -> Tensor:
    """The gradient of two losses at a picture, the other's scaled to `share` of the main one's length.

    However the other loss changes during training, it never drowns the main one.
    """
    (first,) = torch.autograd.grad(main, picture, retain_graph=True)
    (second,) = torch.autograd.grad(other, picture)
    return first + second * (share * first.norm() / second.norm().clamp(min=1e-12))

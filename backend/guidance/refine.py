"""The short optimisation of a latent through rendered views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..generator.model import Generator
from .encoder import PortraitClip
from .prior import LatentDistribution
from .sampling import spoken_numbers
from .views import VIEW_WEIGHTS, render_views, view_labels

LEARNING_RATE = 0.05  # of z, whose numbers have unit variance
RESOLUTION = 64  # of the rendered views, in pixels
_DIRECTIONAL = 0.5  # weight of the directional beside the global similarity
_REACH = 0.7  # how far a number may go, in standard deviations of the prior: the head stays a head
_PRIOR = 0.3  # weight of the prior's log-likelihood per number of z


@dataclass(frozen=True)
class RefineStep:
    """Where a refinement stands."""

    index: int  # steps done, 1 .. total
    total: int
    similarity: float  # cosine of the step's views with the target, weighted by view
    preview: NDArray[np.uint8] | None  # [H,W,3] sRGB front view


@dataclass(frozen=True)
class Refinement:
    """What stays the same during a refinement."""

    generator: Generator
    clip: PortraitClip
    distribution: LatentDistribution  # of the target: keeps the head a head
    unsaid: LatentDistribution  # of all heads
    target: Tensor  # [D]
    neutral: Tensor  # [D], the embedding of nobody in particular
    held: Tensor  # [Z] bool: numbers that stay as they are, for words deny what they speak about
    tail: Tensor  # [T] what follows z in the generator's latent and stays as it is; may be empty


@dataclass(frozen=True)
class _Evaluation:
    objective: Tensor  # smaller is better, differentiable
    similarity: float
    front: Tensor  # [3,H,W] sRGB


def refine_latent(
    setting: Refinement, z: Tensor, steps: int, on_step: Callable[[RefineStep], None]
) -> Tensor:
    """The best latent [Z] of an Adam optimisation from z [Z], never one of smaller similarity than z.

    Deterministic: the cameras are fixed and the renderer does not jitter.
    """
    labels = view_labels(setting.generator.config)
    current = z.detach().clone().requires_grad_(True)
    optimiser = torch.optim.Adam([current], lr=LEARNING_RATE, betas=(0.8, 0.95))
    start = _mean_view_embedding(setting, labels)
    # A mixture of two hair styles is no hair style: labels stay as the prior chose them. Nor does what the
    # words leave open change: views would gain a little by it that nobody asked for, such as a frown.
    free = (spoken_numbers(setting.distribution, setting.unsaid) & ~setting.held).float()
    reach = _REACH * setting.distribution.log_std[0].exp() * free
    best, best_objective, first_similarity = z, float("inf"), -1.0
    for index in range(1, steps + 1):
        with torch.enable_grad():
            seen = _evaluate(setting, current, labels, start)
            (gradient,) = torch.autograd.grad(seen.objective, current)
        if index == 1:
            first_similarity = seen.similarity
        objective = float(seen.objective.detach())
        if objective < best_objective and seen.similarity >= first_similarity:
            best, best_objective = current.detach().clone(), objective
        current.grad = gradient * free
        optimiser.step()
        with torch.no_grad():
            current.clamp_(z - reach, z + reach)
        on_step(RefineStep(index, steps, seen.similarity, _preview(seen.front)))
    return best


def _mean_view_embedding(setting: Refinement, labels: Tensor) -> Tensor:
    """Embedding [views,D] of the average head's views: where the direction of the words starts from."""
    with torch.no_grad():
        mean = torch.zeros_like(setting.distribution.mean)
        return setting.clip.encode_images(_views(setting, mean, labels))


def _views(setting: Refinement, z: Tensor, labels: Tensor) -> Tensor:
    generator = setting.generator
    z = torch.cat([z, setting.tail.expand(len(z), -1)], dim=1)
    label = labels[:1] if generator.config.c_dim else None
    planes = generator.draft_planes(generator.map(z, label))
    return render_views(generator, planes, labels, RESOLUTION).clamp(0, 1)


def _evaluate(setting: Refinement, z: Tensor, labels: Tensor, start: Tensor) -> _Evaluation:
    views = _views(setting, z[None], labels)
    embeddings = setting.clip.encode_images(views)
    weights = torch.tensor(VIEW_WEIGHTS)
    alike = embeddings @ setting.target
    direction = F.normalize(setting.target - setting.neutral, dim=0)
    moved = F.cosine_similarity(embeddings - start, direction[None], dim=1)
    likelihood = setting.distribution.log_likelihood(z[None])[0] / len(z)
    wanted = ((alike + _DIRECTIONAL * moved) * weights).sum()
    return _Evaluation(
        objective=-wanted - _PRIOR * likelihood,
        similarity=float((alike * weights).sum().detach()),
        front=views[0].detach(),
    )


def _preview(front: Tensor) -> NDArray[np.uint8]:
    array: NDArray[np.uint8] = (front * 255 + 0.5).byte().permute(1, 2, 0).contiguous().numpy()
    return array

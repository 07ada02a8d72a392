"""The rays stage: what its loss wants, and that it changes the decoder alone."""

import dataclasses

import torch

from backend.generator.model import Rendered
from backend.training.starter.ray_fit import ray_loss
from backend.views.mesh_views import TrueView

SIZE = 8


def truth() -> TrueView:
    """The upper half shows a reddish head, mostly of label 1."""
    coverage = torch.zeros(SIZE, SIZE)
    coverage[:4] = 1.0
    labels = torch.zeros(SIZE, SIZE, dtype=torch.uint8)
    labels[:4] = 1
    labels[:4, :2] = 2
    color = coverage[..., None] * torch.tensor([0.8, 0.3, 0.2])
    return TrueView(color, coverage, labels)


def rendered(opacity: torch.Tensor) -> Rendered:
    """The true colours and labels, as far as the opacity [S,S] lets them be seen."""
    true = truth()
    color = torch.tensor([0.8, 0.3, 0.2])[:, None, None] * opacity * 2 - 1
    names = torch.nn.functional.one_hot(true.labels.long(), 3).permute(2, 0, 1) * opacity
    return Rendered(
        color[None],
        color[None],
        torch.zeros(1, 1, SIZE, SIZE),
        opacity[None, None],
        None,
        names[None],
    )


def test_the_true_picture_costs_nothing() -> None:
    assert ray_loss(rendered(truth().coverage), truth()).item() < 1e-6


def test_neither_an_empty_nor_a_full_box_is_cheap_however_little_is_head() -> None:
    none, full = torch.zeros(SIZE, SIZE), torch.ones(SIZE, SIZE)
    true = truth()
    small = torch.zeros(SIZE, SIZE)
    small[:1, :2] = 1.0  # two rays of 64
    little = dataclasses.replace(true, coverage=small, color=true.color * small[..., None])
    half_empty, little_empty = ray_loss(rendered(none), true), ray_loss(rendered(none), little)
    assert half_empty > 1.0
    assert torch.allclose(half_empty, little_empty, atol=1e-5)
    assert ray_loss(rendered(full), little) > 1.0


def test_wrong_labels_cost_where_the_head_is() -> None:
    right = rendered(truth().coverage)
    assert right.labels is not None
    wrong = dataclasses.replace(right, labels=right.labels.roll(1, 1))
    assert ray_loss(wrong, truth()) > 0.5


def test_patches_of_background_or_of_head_alone_are_no_trouble() -> None:
    true = truth()
    for coverage in (torch.zeros(SIZE, SIZE), torch.ones(SIZE, SIZE)):
        alone = dataclasses.replace(true, coverage=coverage)
        loss = ray_loss(rendered(coverage * 0.5), alone)
        assert torch.isfinite(loss)

"""Adaptive augmentation: p moves the right way, and pictures change as they should."""

import pytest
import torch

from backend.training.starter.augment import Augment


def changed(p: float, seed: int, pictures: torch.Tensor) -> torch.Tensor:
    return Augment(p=p)(pictures, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("score", "direction"), [(3.0, 1), (-3.0, -1)])
def test_p_rises_while_true_pictures_are_recognised_and_falls_otherwise(
    score: float, direction: int
) -> None:
    augment = Augment(pictures_to_full=100, p=0.4)
    augment.watch(torch.full([5], score))
    assert augment.adjust() == direction
    assert float(augment.p) == pytest.approx(0.4 + direction * 0.05)
    assert float(augment.count) == 0
    for _ in range(40):
        augment.watch(torch.full([5], score))
        augment.adjust()
    assert float(augment.p) == pytest.approx(0.8 if direction > 0 else 0.0)


def test_mixed_signs_are_no_reason_to_augment_more() -> None:
    augment = Augment(pictures_to_full=100, p=0.4)
    augment.watch(torch.tensor([1.0, 1.0, 1.0, -1.0]))  # mean sign 0.5
    assert augment.adjust() == 0.5
    assert float(augment.p) < 0.4


def test_without_p_nothing_changes() -> None:
    pictures = torch.randn(2, 6, 16, 16)
    assert torch.equal(changed(0.0, 1, pictures), pictures)


def test_the_fine_and_the_raw_picture_change_alike() -> None:
    fine = torch.randn(6, 3, 16, 16)
    for seed in range(5):
        result = changed(0.8, seed, torch.cat([fine, fine], dim=1))
        assert torch.equal(result[:, :3], result[:, 3:])
        assert not torch.equal(result[:, :3], fine)


def test_changes_repeat_with_the_seed_and_carry_gradients() -> None:
    pictures = torch.randn(3, 6, 16, 16, requires_grad=True)
    result = changed(0.8, 7, pictures)
    assert torch.equal(result, changed(0.8, 7, pictures))
    (gradient,) = torch.autograd.grad(result.sum(), pictures)
    assert torch.isfinite(gradient).all()
    assert gradient.abs().sum() > 0


def test_augmentation_makes_no_new_colours_of_shifts_and_mirrors() -> None:
    # A picture of one colour stays of one colour, but for the hole.
    result = changed(0.8, 3, torch.full([8, 3, 16, 16], 0.5))
    for picture in result:
        values = picture[0].unique()
        assert len(values) <= 2
        assert len(values) == 1 or 0.0 in values

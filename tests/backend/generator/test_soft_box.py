"""Drawing points into the box: none leaves it, none overtakes another, near ones stay."""

import pytest
import torch

from backend.generator.soft_box import SoftBox, SoftClamp


@pytest.mark.parametrize(
    "gather", [SoftClamp(0.42, 0.07), SoftClamp(0.25, 0.2), SoftClamp(0.1, 0.4)]
)
def test_values_keep_their_order_and_approach_a_limit(gather: SoftClamp) -> None:
    values = torch.linspace(-1.5, 1.5, 3001, dtype=torch.float64)
    drawn = gather(values)
    assert (drawn.diff() > 0).all()
    assert drawn.abs().max() < gather.start + gather.depth
    assert gather(torch.tensor(1e6)).item() == pytest.approx(gather.start + gather.depth)
    torch.testing.assert_close(gather(-values), -drawn)
    near = values.abs() <= gather.start + 1e-9
    torch.testing.assert_close(drawn[near], values[near], atol=1e-9, rtol=0)
    assert (drawn.abs()[~near] < values.abs()[~near]).all()


def test_the_way_in_begins_without_a_kink() -> None:
    gather = SoftClamp(0.3, 0.1)
    values = torch.tensor([0.3 - 1e-6, 0.3 + 1e-6, 0.5], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(gather(values).sum(), values)
    torch.testing.assert_close(slope[:2], torch.ones(2).double(), atol=1e-4, rtol=0)
    assert slope[2].item() == pytest.approx(torch.tensor(-2.0).exp().item())


def test_gradients_are_finite_however_far_a_point_lies() -> None:
    values = torch.tensor([-1e4, -1.0, 0.0, 0.42, 1.0, 1e4], requires_grad=True)
    (slope,) = torch.autograd.grad(SoftBox().points(values).sum(), values)
    assert torch.isfinite(slope).all()


def test_no_point_and_no_hair_leaves_the_box() -> None:
    points = torch.randn(2000, 3, generator=torch.Generator().manual_seed(0)) * 2
    for drawn in (SoftBox().points(points), SoftBox().hair(points)):
        assert drawn.abs().max() < 0.5


def test_only_low_hair_is_drawn_up() -> None:
    points = torch.tensor([[0.1, 0.41, -0.2], [0.1, -0.2, 0.3], [0.1, -0.4, 0.2], [0.1, -0.9, 0.0]])
    gather = SoftBox()
    hair, skin = gather.hair(points), gather.points(points)
    assert torch.equal(hair[:2], points[:2])
    assert torch.equal(skin[:3], points[:3])
    assert torch.equal(hair[:, [0, 2]], skin[:, [0, 2]])
    assert (hair[2:, 1] > skin[2:, 1]).all()
    assert hair[3, 1] < hair[2, 1] < -gather.low_hair.start

"""The decoder: what it reads, what it names, and the hull term."""

import dataclasses

import pytest
import torch
import torch.nn.functional as F

from backend.generator.config import ColorActivation
from backend.generator.decoder import activate_color, append_geometry
from backend.generator.layers import FullyConnected
from tests.backend.generator.configs import EG3D_LIKE, STARTER_LIKE, build


def test_eg3d_decodes_the_mean_of_the_planes() -> None:
    decoder = build(EG3D_LIKE).decoder
    sampled = torch.randn(2, 3, 7, 6)
    field = decoder(sampled, torch.zeros(2, 7, 3))
    (first, second), x = decoder.layers, sampled.mean(1)
    assert isinstance(first, FullyConnected)
    assert isinstance(second, FullyConnected)
    assert first.bias is not None
    assert second.bias is not None
    x = F.softplus(x @ first.weight.t() / 6**0.5 + first.bias)
    x = x @ second.weight.t() / 16**0.5 + second.bias
    torch.testing.assert_close(field.sigma, x[..., :1])
    torch.testing.assert_close(field.rgb, torch.sigmoid(x[..., 1:]) * 1.002 - 0.001)
    assert field.labels is None


def test_effective_weights_are_what_the_layers_apply() -> None:
    decoder = build(
        dataclasses.replace(
            EG3D_LIKE, decoder=dataclasses.replace(EG3D_LIKE.decoder, lr_multiplier=0.1)
        )
    ).decoder
    x = torch.randn(4, 6)
    weight, bias = decoder.effective_weights()[0]
    torch.testing.assert_close(F.linear(x, weight, bias), decoder.layers[0](x))


def test_geometry_inputs_follow_the_features_in_the_documented_order() -> None:
    sampled = torch.zeros(1, 3, 1, 4)
    sampled[0, :, 0, 0] = torch.tensor([0.5, 0.4, 0.3])  # near depths along z, y, x
    sampled[0, :, 0, 1] = torch.tensor([-0.5, -0.4, -0.3])  # far depths
    point = torch.tensor([[[0.1, 0.2, 0.25]]])
    x, hull = append_geometry(sampled.flatten(1, 3)[:, None], sampled, point, STARTER_LIKE)
    differences = torch.tensor([0.25, 0.75, 0.2, 0.6, 0.2, 0.4]) * 8
    assert x.shape == (1, 1, 12 + 10)
    torch.testing.assert_close(x[0, 0, 12:15], point[0, 0])
    torch.testing.assert_close(x[0, 0, 15:21], differences.clamp(-4, 4))
    torch.testing.assert_close(hull[0, 0, 0], differences.min())
    torch.testing.assert_close(x[0, 0, 21], differences.min())


def test_the_hull_pushes_sigma_up_inside_and_down_outside() -> None:
    generator = build(STARTER_LIKE)
    decoder = generator.decoder
    sampled, points = torch.randn(1, 3, 40, 4), torch.rand(1, 40, 3) - 0.5
    hull = append_geometry(torch.zeros(1, 40, 0), sampled, points, STARTER_LIKE)[1]
    with torch.no_grad():
        before = decoder(sampled, points).sigma
        decoder.hull_gain.fill_(3.0)
        after = decoder(sampled, points).sigma
    assert hull.abs().max() <= 4.0
    torch.testing.assert_close(after - before, 2.0 * hull)


def test_labels_are_logits_after_the_colours() -> None:
    decoder = build(STARTER_LIKE).decoder
    field = decoder(torch.randn(2, 3, 5, 4), torch.zeros(2, 5, 3))
    assert field.sigma.shape == (2, 5, 1)
    assert field.rgb.shape == (2, 5, 3)
    assert field.labels is not None
    assert field.labels.shape == (2, 5, 2)
    assert field.labels.min() < 0 < field.labels.max() or field.labels.std() > 0


@pytest.mark.parametrize(
    ("activation", "low", "high"), [("eg3d", -0.001, 1.001), ("sigmoid", 0, 1)]
)
def test_colours_stay_in_their_range(activation: ColorActivation, low: float, high: float) -> None:
    colors = activate_color(torch.tensor([-100.0, 0.0, 100.0]), activation)
    torch.testing.assert_close(colors, torch.tensor([low, 0.5, high], dtype=torch.float32))

"""The decoder of sides: the hull is the surface, the nearest side gives colour and label."""

import torch
from torch import Tensor

from backend.generator.side_decoder import SideDecoder
from tests.backend.generator.configs import latents, points_in
from tests.backend.generator.templates import LABEL_CODES, ball, build_template, rich_template

BOX_DEPTHS = torch.tensor([[0.5, -0.4], [0.3, -0.6], [0.2, -0.7]])  # near, far along z, y, x


def decoder_of_boxes() -> SideDecoder:
    """A decoder whose network says nothing."""
    decoder = build_template(ball("head", 0.3)).decoder
    assert isinstance(decoder, SideDecoder)
    return decoder


def sampled_box(points: Tensor) -> Tensor:
    """[1,3,N,14] what planes say that show a box, each side in a colour and with a label of its own."""
    sampled = torch.zeros(1, 3, points.shape[1], 14)
    sampled[..., :2] = BOX_DEPTHS[None, :, None]
    for plane in range(3):
        for side in range(2):
            color = (plane * 2 + side + 1) / 10
            sampled[0, plane, :, 2 + 3 * side : 5 + 3 * side] = torch.tensor(
                [color, 0.0, 1 - color]
            )
            sampled[0, plane, :, 10 + 2 * side : 12 + 2 * side] = LABEL_CODES[plane]
    return sampled


def test_sigma_is_positive_in_the_box_and_grows_with_the_depth() -> None:
    points = torch.rand(1, 500, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    sigma = decoder_of_boxes()(sampled_box(points), points).sigma[0, :, 0]
    near, far = BOX_DEPTHS[:, 0], BOX_DEPTHS[:, 1]
    depth = points[0].flip(-1)  # z, y, x
    hull = torch.minimum(near - depth, depth - far).amin(1)
    torch.testing.assert_close(sigma, 5.0 * (hull * 8).clamp(-4, 4))
    assert (sigma > 0).any()
    assert (sigma < 0).any()


def test_the_side_whose_surface_is_nearest_gives_colour_and_label() -> None:
    middle = (BOX_DEPTHS.mean(1)).flip(0)  # x, y, z
    points, sides = [], []
    for plane, axis in enumerate((2, 1, 0)):
        for side in range(2):
            point = middle.clone()
            point[axis] = BOX_DEPTHS[plane, side]
            points.append(point)
            sides.append(plane * 2 + side)
    on_sides = torch.stack(points)[None]
    field = decoder_of_boxes()(sampled_box(on_sides), on_sides)
    red = (torch.tensor(sides) + 1) / 10
    expected = torch.stack([red, torch.zeros(6), 1 - red], dim=-1)
    torch.testing.assert_close(field.rgb[0], expected, atol=1e-3, rtol=0)
    assert field.labels is not None
    assert field.labels[0].argmax(-1).tolist() == [0, 0, 1, 1, 2, 2]


def test_sides_at_the_same_distance_count_the_same() -> None:
    decoder = decoder_of_boxes()
    limited = torch.tensor([[0.1, -0.1, 3.0, 3.0, -3.0, 4.0]])
    weights = decoder.side_weights(limited, torch.zeros(1, 6))
    torch.testing.assert_close(weights[0, :2], torch.full((2,), 0.5))
    torch.testing.assert_close(weights.sum(), torch.tensor(1.0))
    assert (weights > 0).all()


def test_a_side_that_sees_something_else_has_no_say() -> None:
    decoder = decoder_of_boxes()
    limited = torch.tensor([[0.3, 0.0, 4.0, 4.0, 4.0, 4.0]])
    depth_errors = torch.tensor([[0.0, 2.0, 0.0, 0.0, 0.0, 0.0]])
    assert decoder.side_weights(limited, torch.zeros(1, 6))[0, 1] > 0.99
    assert decoder.side_weights(limited, depth_errors)[0, 0] > 0.99


def test_logits_are_largest_for_the_nearest_code() -> None:
    decoder = decoder_of_boxes()
    codes = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    nearest = torch.cdist(codes, LABEL_CODES).argmin(1)
    assert torch.equal(decoder.label_logits(codes).argmax(1), nearest)
    exact = decoder.label_logits(LABEL_CODES).softmax(1).diagonal()
    assert (exact > 0.99).all()


def test_the_network_may_only_correct_the_hull() -> None:
    decoder = rich_template().decoder
    assert isinstance(decoder, SideDecoder)
    points = torch.rand(1, 400, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    sampled = sampled_box(points)
    corrected = decoder(sampled, points).sigma
    plain = decoder_of_boxes()(sampled, points).sigma
    correction = corrected - plain
    assert correction.abs().max() <= 1.0 + 1e-5
    assert correction.std() > 0.05
    assert torch.equal(decoder(sampled, points).rgb, decoder_of_boxes()(sampled, points).rgb)


def test_gradients_reach_planes_points_and_every_weight() -> None:
    generator = rich_template().requires_grad_(True)
    points = (
        torch.rand(1, 60, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    ).requires_grad_()
    planes = torch.randn(
        1, 3, 14, 8, 8, generator=torch.Generator().manual_seed(1)
    ).requires_grad_()
    field = generator.sample_field(planes, points)
    assert field.labels is not None
    loss = field.sigma.square().sum() + field.rgb.square().sum() + field.labels.square().sum()
    loss.backward()
    for tensor in (planes, points, *generator.decoder.parameters()):
        assert tensor.grad is not None
        assert torch.isfinite(tensor.grad).all()
        assert tensor.grad.abs().sum() > 0


def test_a_batch_equals_its_parts() -> None:
    generator = rich_template()
    planes = torch.randn(3, 3, 14, 8, 8, generator=torch.Generator().manual_seed(1))
    points = points_in(generator.config, 3, 40)
    field = generator.sample_field(planes, points)
    alone = generator.sample_field(planes[1:2], points[1:2])
    torch.testing.assert_close(field.sigma[1:2], alone.sigma)
    torch.testing.assert_close(field.rgb[1:2], alone.rgb)
    assert field.labels is not None
    assert alone.labels is not None
    torch.testing.assert_close(field.labels[1:2], alone.labels)


def test_half_precision_stays_near_float32() -> None:
    generator = rich_template()
    points = points_in(generator.config, 1, 300)
    planes = generator.synthesize_planes(generator.map(latents(generator.config, 1)))
    expected = generator.sample_field(planes, points)
    with torch.autocast("cpu", torch.bfloat16):
        automatic = generator.sample_field(planes, points)
    generator.decoder.bfloat16()
    stored = generator.sample_field(planes, points)
    for low in (automatic, stored):
        assert low.sigma.dtype == torch.float32
        error = (low.sigma - expected.sigma).square().mean().sqrt()
        assert error / expected.sigma.std() < 0.03
        assert (low.rgb - expected.rgb).abs().max() < 0.1


def test_effective_weights_are_what_the_layers_apply() -> None:
    decoder = rich_template().decoder
    x = torch.randn(4, 10, generator=torch.Generator().manual_seed(0))
    weight, bias = decoder.effective_weights()[0]
    torch.testing.assert_close(x @ weight.t() + bias, decoder.layers[0](x))

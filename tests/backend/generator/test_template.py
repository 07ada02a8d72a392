"""Templates as heads: the field of a drawn mesh is that mesh, in shape, colour and label."""

import pytest
import torch
from torch import Tensor

from backend.generator.config import PlaneInset
from backend.generator.model import DRAFT_RESOLUTION, Generator
from backend.generator.template_config import ChoiceConfig
from backend.views.cameras import look_at_camera
from tests.backend.generator.templates import (
    LABELS,
    TEXEL,
    Part,
    ball,
    build_template,
    choice_of,
    ramp_texture,
    rich_template,
    sphere,
    surface_of,
    template_of,
    ws_of,
)

RADIUS = 0.3
HAIR = ChoiceConfig("hair", ("", "cap", "horn"))


def directions(count: int = 400) -> Tensor:
    """[N,3] unit vectors all around, evenly (golden spiral)."""
    index = torch.arange(count, dtype=torch.float32) + 0.5
    y = 1 - 2 * index / count
    turn = index * 2.3999632
    flat = (1 - y.square()).sqrt()
    return torch.stack([flat * turn.cos(), y, flat * turn.sin()], dim=-1)


def sigma_at(generator: Generator, points: Tensor, ws: Tensor | None = None) -> Tensor:
    """[N] at points [N,3]."""
    planes = generator.synthesize_planes(ws_of(()) if ws is None else ws)
    return generator.sample_field(planes, points[None]).sigma[0, :, 0]


def surface_radii(generator: Generator, ws: Tensor | None = None) -> Tensor:
    """How far from the origin sigma changes its sign, in every direction."""
    radii = torch.linspace(0.0, 0.49, 393)  # 0.08 of a texel apart
    points = directions()[:, None] * radii[:, None]
    inside = sigma_at(generator, points.reshape(-1, 3), ws).view(len(directions()), -1) > 0
    assert (inside.int().diff(dim=1) <= 0).all()  # from the middle outwards it ends once
    return radii[inside.sum(1) - 1]


def test_the_field_of_a_ball_ends_at_its_surface() -> None:
    radii = surface_radii(build_template(ball("head", RADIUS)))
    assert (radii - RADIUS).abs().max() < TEXEL
    assert (radii - RADIUS).abs().mean() < 0.5 * TEXEL


def test_finer_planes_are_nearer_to_the_truth() -> None:
    errors = [
        (surface_radii(build_template(ball("head", RADIUS), resolution=side)) - RADIUS).abs().mean()
        for side in (32, 128)
    ]
    assert errors[1] < 0.5 * errors[0]


def test_far_from_a_ball_the_field_is_clearly_empty_and_its_middle_clearly_solid() -> None:
    generator = build_template(ball("head", RADIUS))
    steps = torch.linspace(-0.49, 0.49, 21)
    points = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), -1).view(-1, 3)
    sigma, distance = sigma_at(generator, points), points.norm(dim=1)
    assert (sigma[distance > RADIUS + 3 * TEXEL] < -0.5).all()
    assert (sigma[distance < RADIUS - 3 * TEXEL] > 0.5).all()


def test_a_ball_off_the_middle_stays_where_it_is() -> None:
    centre = torch.tensor([0.12, -0.08, 0.16])
    generator = build_template(Part("head", *sphere(0.2, tuple(centre.tolist()))))
    surface = centre + directions() * 0.2
    outside, inside = (surface + directions() * by for by in (2 * TEXEL, -2 * TEXEL))
    assert (sigma_at(generator, outside) < 0).all()
    assert (sigma_at(generator, inside) > 0).all()
    assert (sigma_at(generator, -surface[surface.norm(dim=1) > 0.25]) < 0).all()


@pytest.mark.parametrize("axes", [(0, 1), (1, 2), (2, 0)], ids=["xy", "yz", "zx"])
def test_colours_arrive_where_they_belong_on_every_side(axes: tuple[int, int]) -> None:
    points, triangles = sphere(RADIUS)
    uvs = points[:, axes] / (2 * RADIUS) + 0.5
    generator = build_template(Part("head", points, triangles, ramp_texture(), uvs=uvs))
    planes = generator.synthesize_planes(ws_of(()))
    rgb = generator.sample_field(planes, directions()[None] * RADIUS).rgb[0]
    expected = (directions()[:, axes] + 1) / 2
    # The texture's ramp ends half a texel (of 32) before its edge.
    torch.testing.assert_close(rgb[:, :2], expected, atol=0.035, rtol=0)
    assert rgb[:, 2].abs().max() == 0.0


@pytest.mark.parametrize("axis", [0, 1, 2], ids=["left right", "down up", "back front"])
def test_a_ball_of_two_colours_shows_each_on_its_side(axis: int) -> None:
    points, triangles = sphere(RADIUS)
    texture = torch.zeros(3, 1, 64)
    texture[0, :, :32], texture[2, :, 32:] = 1.0, 1.0  # red where negative, blue where positive
    uvs = torch.stack([points[:, axis] / (2 * RADIUS) + 0.5, torch.full((len(points),), 0.5)], -1)
    generator = build_template(Part("head", points, triangles, texture, uvs=uvs))
    planes = generator.synthesize_planes(ws_of(()))
    rgb = generator.sample_field(planes, directions()[None] * RADIUS).rgb[0]
    side = directions()[:, axis]
    for chosen, color in ((side < -0.2, [1.0, 0.0, 0.0]), (side > 0.2, [0.0, 0.0, 1.0])):
        expected = torch.tensor(color).expand(int(chosen.sum()), 3)
        torch.testing.assert_close(rgb[chosen], expected, atol=0.03, rtol=0)


def test_label_codes_decode_to_the_label_of_the_triangle() -> None:
    points, triangles = sphere(RADIUS)
    height = points[triangles].mean(1)[:, 1] / RADIUS
    labels = torch.where(height > 0.4, 1, torch.where(height < -0.4, 2, 0))
    generator = build_template(Part("head", points, triangles, labels=labels))
    planes = generator.synthesize_planes(ws_of(()))
    logits = generator.sample_field(planes, directions()[None] * RADIUS).labels
    assert logits is not None
    assert logits.shape[-1] == len(LABELS)
    height = directions()[:, 1]
    expected = torch.where(height > 0.4, 1, torch.where(height < -0.4, 2, 0))
    is_clear = (height.abs() - 0.4).abs() > 0.12
    assert torch.equal(logits[0].argmax(-1)[is_clear], expected[is_clear])


def growing_ball() -> Generator:
    """A ball of which the first number of w is its growth, by 0.1 of the box."""
    generator = build_template(ball("head", RADIUS))
    template = template_of(generator)
    template.shapes[0] = torch.nn.functional.normalize(template.mean, dim=1) * 0.1
    template.shape_mix.weight[0, 0] = 1.0
    return generator


@pytest.mark.parametrize("growth", [-1.0, 0.5, 1.0])
def test_shapes_move_the_surface_as_w_says(growth: float) -> None:
    radii = surface_radii(growing_ball(), ws_of((growth,)))
    assert (radii - (RADIUS + 0.1 * growth)).abs().max() < TEXEL


def test_points_beyond_the_box_are_drawn_into_it() -> None:
    generator, ws = growing_ball(), ws_of((4.0,))  # a radius of 0.7
    axes = torch.cat([torch.eye(3), -torch.eye(3)])
    assert (sigma_at(generator, axes * 0.47, ws) > 0).all()
    walls = torch.rand(300, 3, generator=torch.Generator().manual_seed(0)) * 0.8 - 0.4
    for axis in range(3):
        walls[axis::3, axis] = walls[axis::3, axis].sign() * 0.4995
    assert (sigma_at(generator, walls, ws) < 0).all()


def wearing_template() -> Generator:
    """A ball that may wear a ball above it, or one beside it, as w's first three numbers choose."""
    cap, horn = (
        Part("cap", *sphere(0.1, (0.0, 0.35, 0.0))),
        Part("horn", *sphere(0.06, (0.38, 0.0, 0.0))),
    )
    generator = build_template(ball("head", RADIUS), cap, horn, choices=(HAIR,))
    choice_of(template_of(generator), 0).weight[:, :3] = torch.eye(3)
    return generator


@pytest.mark.parametrize(
    ("chosen", "names"), [(0, ["head"]), (1, ["head", "cap"]), (2, ["head", "horn"])]
)
def test_a_choice_shows_one_surface_or_none(chosen: int, names: list[str]) -> None:
    generator = wearing_template()
    row = [0.0, 0.0, 0.0]
    row[chosen] = 1.0
    ws = ws_of(tuple(row))
    drawn = template_of(generator).drawn_surfaces(ws[0, 0])
    assert [surface.config.name for surface in drawn] == names
    places = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.4, 0.0], [0.41, 0.0, 0.0]])
    expected = [True, "cap" in names, "horn" in names]
    assert (sigma_at(generator, places, ws) > 0).tolist() == expected


NOTHING = Part("nothing", torch.zeros(1, 3), torch.zeros(0, 3))
SPECK = Part("speck", torch.full((3, 3), 0.1), torch.tensor([[0, 1, 2]]))


@pytest.mark.parametrize("part", [NOTHING, SPECK], ids=lambda part: part.name)
def test_where_no_triangle_is_seen_the_field_is_empty_everywhere(part: Part) -> None:
    hair = Part("cap", *sphere(0.2))
    bald = build_template(part, hair, choices=(ChoiceConfig("hair", ("", "cap")),))
    steps = torch.linspace(-0.5, 0.5, 11)
    points = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), -1).view(-1, 3)
    assert (sigma_at(bald, points) < -0.5).all()


def test_a_batch_of_heads_equals_its_parts() -> None:
    generator = rich_template()
    ws = ws_of((0.3, -1.0, 0.5, 1.0), (-2.0, 0.4, 0.1, -1.0), (1.0, 1.0, 1.0, 0.2))
    together = generator.synthesize_planes(ws)
    config = generator.config
    assert together.shape == (3, 3, config.planes.channels, 64, 64)
    for index in range(3):
        alone = generator.synthesize_planes(ws[index : index + 1])
        torch.testing.assert_close(together[index : index + 1], alone)
    assert not torch.allclose(together[0], together[1], atol=1e-3)


def test_drawing_a_head_repeats_exactly() -> None:
    generator, ws = rich_template(), ws_of((0.3, -1.0, 0.5, 1.0))
    assert torch.equal(generator.synthesize_planes(ws), generator.synthesize_planes(ws))


def test_drafts_are_the_same_head_with_fewer_texels() -> None:
    generator, ws = growing_ball(), ws_of((0.2,))
    draft = generator.draft_planes(ws)
    assert draft.shape[:3] == generator.synthesize_planes(ws).shape[:3]
    coarse = template_of(generator)(ws[:, 0], 32)
    assert coarse.shape[-2:] == (32, 32)
    points = directions()[None] * (RADIUS + 0.02)
    for planes in (draft, coarse):
        inside, outside = (
            generator.sample_field(planes, points + directions() * by).sigma for by in (-0.05, 0.05)
        )
        assert (inside > 0).all()
        assert (outside < 0).all()


def test_gradients_reach_w_and_every_weight_that_w_mixes() -> None:
    generator = rich_template()
    template = template_of(generator)
    choice_of(template, 0).bias.copy_(torch.tensor([-100.0, 100.0]))
    for surface in (surface_of(generator, 0), surface_of(generator, 1)):
        if surface.config.layers:
            surface.layer_mix.bias.fill_(0.5)
    generator.requires_grad_(True)
    ws = ws_of((0.3, -1.0, 0.5, 1.0)).requires_grad_()
    planes = generator.synthesize_planes(ws)
    weights = torch.randn(planes.shape, generator=torch.Generator().manual_seed(0))
    (planes * weights).sum().backward()
    assert ws.grad is not None
    assert torch.isfinite(ws.grad).all()
    assert (ws.grad.abs() > 0).all()
    learned = (
        "shapes",
        "shape_mix",
        "pictures",
        "picture_mix",
        "masks",
        "layer_mix",
        "forms",
        "form_mix",
    )
    reached = {name for name, p in template.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}  # fmt: skip
    for name, parameter in template.named_parameters():
        if any(part in name for part in learned):
            assert name in reached, name
            assert parameter.grad is not None
            assert torch.isfinite(parameter.grad).all(), name


def test_the_depth_of_a_plane_has_the_derivative_of_the_shape() -> None:
    generator = growing_ball()
    ws = ws_of((0.0,)).requires_grad_()
    near = generator.synthesize_planes(ws)[0, 0, 0, 31:33, 31:33].mean()
    (slope,) = torch.autograd.grad(near, ws)
    # The pole moves by 0.1 field units, of which half the box has 0.5; the texels lie close beside the pole.
    assert slope[0, 0, 0].item() == pytest.approx(0.2, abs=0.01)
    assert slope[0, 0, 1:].abs().max() == 0.0


def test_a_picture_without_labels_is_the_same_picture() -> None:
    generator = rich_template()
    planes = generator.draft_planes(torch.zeros(1, 1, generator.config.w_dim))
    assert planes.shape[-1] == DRAFT_RESOLUTION
    camera = look_at_camera(0.4, 0.1, 2.7, 24.0).label()[None]
    full = generator.render(planes, camera, 12)
    plain = generator.render(planes, camera, 12, with_labels=False)
    assert full.labels is not None
    assert plain.labels is None
    assert torch.equal(plain.image_raw, full.image_raw)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_planes_drawn_in_threads_equal_those_with_gradients(
    mode: type[torch.no_grad] | type[torch.inference_mode],
) -> None:
    generator = rich_template(inset=PlaneInset(0.0, 0.0, 0.5))
    ws = ws_of((0.3, -1.0, 0.5, 1.0)).requires_grad_()
    expected = generator.synthesize_planes(ws)
    assert expected.requires_grad
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with mode():
            drawn = generator.synthesize_planes(ws)
            assert drawn.is_inference() == torch.is_inference_mode_enabled()
    finally:
        torch.set_num_threads(threads)
    assert not drawn.requires_grad
    assert torch.equal(drawn, expected)

"""One mesh of a template: where its points hang, and what w paints on it."""

import dataclasses

import pytest
import torch

from backend.generator.template_surface import TemplateSurface
from tests.backend.generator.templates import (
    W_DIM,
    Part,
    build_template,
    choice_of,
    ramp_texture,
    rich_template,
    square,
    surface_of,
    template_of,
)

NO_W = torch.zeros(W_DIM)


def hung_surface() -> TemplateSurface:
    """A square of which one point hangs between two vertices, with offsets."""
    surface = surface_of(build_template(square("card", 0.2, 0.1)))
    surface.anchors[3] = torch.tensor([0, 2, 0])
    surface.anchor_weights[3] = torch.tensor([0.25, 0.75, 0.0])
    surface.offsets.copy_(torch.tensor([[0.1, 0.2, 0.3]]).expand(4, 3))
    return surface


def test_points_hang_between_their_anchors_and_add_their_offsets() -> None:
    vertices = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    points = hung_surface().place(vertices, NO_W)
    offset = torch.tensor([0.1, 0.2, 0.3])
    torch.testing.assert_close(points[:3], vertices[:3] + offset)
    torch.testing.assert_close(points[3], 0.25 * vertices[0] + 0.75 * vertices[2] + offset)


def test_offsets_grow_with_the_distance_of_their_pair_along_each_axis() -> None:
    surface = hung_surface()
    vertices = torch.tensor([[0.0, 0.0, 0.0], [0.3, 5.0, 5.0], [7.0, -0.4, 7.0], [0.0, 0.0, 0.9]])
    surface.scale_pairs.copy_(torch.tensor([[0, 1], [0, 2], [3, 0]]))
    surface.scale_rest.copy_(torch.tensor([0.15, 0.4, 0.0]))  # twice, once, not scaled
    points = surface.place(vertices, NO_W)
    torch.testing.assert_close(points[0], torch.tensor([0.2, 0.2, 0.3]))


def test_forms_are_added_to_the_offsets_as_w_says() -> None:
    forms = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(1))
    generator = build_template(square("card", 0.2, 0.1, forms=forms))
    surface, mean = surface_of(generator), template_of(generator).mean
    surface.form_mix.weight[0, 0], surface.form_mix.weight[1, 1] = 1.0, 2.0
    w = NO_W.clone()
    w[:2] = torch.tensor([0.5, -0.25])
    torch.testing.assert_close(surface.place(mean, NO_W), mean)
    torch.testing.assert_close(surface.place(mean, w), mean + 0.5 * forms[0] - 0.5 * forms[1])
    surface.scale_rest[1] = 0.1  # forms are scaled as offsets are
    surface.scale_pairs[1] = torch.tensor([0, 2])  # 0.4 apart in y
    moved = surface.place(mean, w) - mean
    torch.testing.assert_close(
        moved, (0.5 * forms[0] - 0.5 * forms[1]) * torch.tensor([1.0, 4.0, 1.0])
    )


def test_w_mixes_pictures_into_each_colour() -> None:
    texture = torch.rand(3, 4, 6, generator=torch.Generator().manual_seed(2)) * 0.3
    surface = surface_of(build_template(square("card", 0.2, 0.1, texture=texture)))
    torch.testing.assert_close(surface.paint(NO_W), texture)
    surface.picture_mix.weight[1 * 3 + 2, 4] = 1.0  # the third picture joins green
    w = NO_W.clone()
    w[4] = 0.5
    expected = texture.clone()
    expected[1] += 0.5 * texture[2]
    torch.testing.assert_close(surface.paint(w), expected)
    surface.picture_mix.bias.fill_(9.0)
    assert surface.paint(NO_W).max() == 1.0
    surface.picture_mix.bias.fill_(-9.0)
    assert surface.paint(NO_W).abs().max() == 0.0


def painted(strengths: tuple[float, float]) -> tuple[torch.Tensor, Part]:
    """A card under two layers: red through the first mask, then blue through the second."""
    masks = torch.zeros(2, 4, 4)
    masks[0, :, :2], masks[1, :2] = 1.0, 0.5
    part = square("card", 0.2, 0.1, texture=torch.full((3, 4, 4), 0.4), masks=masks)
    surface = surface_of(build_template(part))
    red, blue = strengths
    surface.layer_mix.bias.copy_(torch.tensor([red, red, 0.0, 0.0, blue, 0.0, 0.0, blue]))
    return surface.paint(NO_W), part


def test_layers_cover_by_strength_and_mask_one_after_the_other() -> None:
    color, part = painted((0.5, 0.8))
    assert part.masks is not None
    expected = part.texture.clone()
    for strength, mask, look in zip((0.5, 0.8), part.masks, torch.eye(3)[[0, 2]], strict=True):
        expected = torch.lerp(expected, look[:, None, None].expand(3, 4, 4), strength * mask)
    torch.testing.assert_close(color, expected)
    assert color[0, 3, 0].item() == pytest.approx(0.7)  # red half covers 0.4
    assert color[0, 3, 3].item() == pytest.approx(0.4)  # outside both masks


def test_absent_layers_leave_the_colour_and_full_ones_replace_it() -> None:
    color, part = painted((0.0, -1.0))
    torch.testing.assert_close(color, part.texture)
    color, _ = painted((1.0, 0.0))
    torch.testing.assert_close(
        color[:, :, :2], torch.tensor([1.0, 0, 0])[:, None, None].expand(3, 4, 2)
    )


def test_coarse_masks_are_stretched_over_the_texture() -> None:
    masks = torch.tensor([[[0.0, 1.0]]])  # [1 layer,1 row,2 columns]
    part = square("card", 0.2, 0.1, texture=torch.zeros(3, 4, 8), masks=masks)
    surface = surface_of(build_template(part))
    surface.layer_mix.bias.fill_(1.0)
    color = surface.paint(NO_W)
    assert (color.diff(dim=2) >= 0).all()
    torch.testing.assert_close(color[:, :, 0], torch.zeros(3, 4))
    torch.testing.assert_close(color[:, :, 7], torch.ones(3, 4))


def test_texture_coordinates_run_along_columns_and_down_rows() -> None:
    surface = surface_of(build_template(square("card", 0.2, 0.1, texture=ramp_texture())))
    triangles = torch.tensor([0, 0, 1, 1])
    weights = torch.tensor([[1.0, 0, 0], [0, 1.0, 0], [0, 1.0, 0], [0, 0, 1.0]])
    expected = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    torch.testing.assert_close(surface.uvs(triangles, weights), expected)


def test_texture_coordinates_may_differ_between_the_triangles_at_a_point() -> None:
    part = square("card", 0.2, 0.1)
    generator = build_template(part)
    surface = surface_of(generator)
    surface.triangle_corners[1] = torch.tensor([3, 1, 0])
    middle = torch.full((1, 3), 1 / 3)
    first, second = (surface.uvs(torch.tensor([index]), middle)[0] for index in (0, 1))
    torch.testing.assert_close(first, torch.tensor([1 / 3, -1 / 3]))
    torch.testing.assert_close(second, torch.tensor([-1 / 3, -1 / 3]))


def test_a_heads_triangles_know_their_surface() -> None:
    generator = rich_template()
    template = template_of(generator)
    w = NO_W.clone()
    heads = []
    for index in range(2):
        choice_of(template, 0).bias.copy_(torch.tensor([1.0 - index, float(index)]) * 100)
        heads.append(template.assemble(w))
    bare, capped = heads
    assert [len(head.surfaces) for head in heads] == [1, 2]
    count = capped.surfaces[0].config.triangles
    assert capped.first == [0, count]
    assert not bare.may_have_holes.any()
    assert torch.equal(capped.may_have_holes, torch.arange(len(capped.corners)) >= count)
    asked = torch.tensor([0, count - 1, count, len(capped.corners) - 1])
    assert capped.owned(0, asked).tolist() == [True, True, False, False]
    assert capped.owned(1, asked).tolist() == [False, False, True, True]


def test_a_surface_has_only_the_weights_that_it_needs() -> None:
    plain = square("card", 0.2, 0.1)
    names = set(surface_of(build_template(plain)).state_dict())
    assert not {"alpha", "masks", "forms"} & names
    rich = dataclasses.replace(
        plain, alpha=torch.ones(2, 2), masks=torch.ones(1, 2, 2), forms=torch.zeros(1, 4, 3)
    )
    added = set(surface_of(build_template(rich)).state_dict()) - names
    assert added == {
        "alpha", "masks", "forms", "layer_mix.weight", "layer_mix.bias", "form_mix.weight", "form_mix.bias",
    }  # fmt: skip

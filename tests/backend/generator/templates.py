"""Small templates of known shape and colour, so that their planes and fields are known too."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from backend.generator.config import (
    DecoderConfig,
    GeneratorConfig,
    LatentBlock,
    MappingConfig,
    MappingGroup,
    PlaneInset,
    PlanesConfig,
    RendererConfig,
)
from backend.generator.layers import FullyConnected
from backend.generator.model import Generator
from backend.generator.side_decoder import SideDecoder
from backend.generator.template import Template
from backend.generator.template_config import ChoiceConfig, SurfaceConfig, TemplateConfig
from backend.generator.template_surface import UV_STEPS, TemplateSurface

LABELS = ("skin", "hair", "lips")
LABEL_CODES = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
RESOLUTION = 64
TEXEL = 1.0 / RESOLUTION  # field units: the box has the side 1
W_DIM = 8


@dataclass(frozen=True)
class Part:
    """One surface of a template."""

    name: str
    points: Tensor  # [P,3] field units
    triangles: Tensor  # [T,3]
    texture: Tensor = field(default_factory=lambda: torch.full((3, 2, 2), 0.5))  # [3,H,W]
    uvs: Tensor | None = None  # [P,2] in [0,1]; the middle of the texture by default
    labels: Tensor | None = None  # [T]; all 0 by default
    alpha: Tensor | None = None  # [H,W]; no holes by default
    is_hair: bool = False
    forms: Tensor | None = None  # [K,P,3]
    masks: Tensor | None = None  # [L,h,w]


def sphere(
    radius: float, centre: tuple[float, float, float] = (0.0, 0.0, 0.0), levels: int = 4
) -> tuple[Tensor, Tensor]:
    """Points [P,3] and triangles [T,3], wound outwards, of an octahedron refined `levels` times."""
    points = [(1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0), (-1.0, 0, 0), (0, -1.0, 0), (0, 0, -1.0)]
    triangles = [(0, 1, 2), (1, 3, 2), (3, 4, 2), (4, 0, 2), (1, 0, 5), (3, 1, 5), (4, 3, 5), (0, 4, 5)]  # fmt: skip
    corners = torch.tensor(points)[torch.tensor(triangles)]  # [T,3,3]
    for _ in range(levels):
        a, b, c = corners.unbind(1)
        ab, bc, ca = a + b, b + c, c + a
        quarters = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        corners = torch.cat([torch.stack(quarter, 1) for quarter in quarters])
        corners = corners / corners.norm(dim=-1, keepdim=True)
    unique, indices = corners.mul(1e5).round().view(-1, 3).unique(dim=0, return_inverse=True)
    directions = unique / unique.norm(dim=-1, keepdim=True)
    return directions * radius + torch.tensor(centre), indices.view(-1, 3)


def ball(name: str, radius: float, **changes: Any) -> Part:
    """A grey ball around the origin."""
    return dataclasses.replace(Part(name, *sphere(radius)), **changes)


def square(name: str, half: float, depth: float, **changes: Any) -> Part:
    """A square across the z axis, with texture coordinates 0..1 along x and y."""
    points = torch.tensor([[-half, -half, depth], [half, -half, depth], [half, half, depth], [-half, half, depth]])  # fmt: skip
    uvs = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    part = Part(name, points, torch.tensor([[0, 1, 2], [0, 2, 3]]), uvs=uvs)
    return dataclasses.replace(part, **changes)


def config_of(
    parts: tuple[Part, ...],
    choices: tuple[ChoiceConfig, ...] = (),
    shapes: int = 2,
    resolution: int = RESOLUTION,
    inset: PlaneInset | None = None,
) -> GeneratorConfig:
    """A generator whose w has two groups and whose template has these parts."""
    template = TemplateConfig(
        vertices=sum(len(part.points) for part in parts),
        shapes=shapes,
        surfaces=tuple(_surface_config(part) for part in parts),
        choices=choices,
        resolution=resolution,
        label_code=LABEL_CODES.shape[1],
    )
    blocks = (
        LatentBlock("shape", 3),
        LatentBlock("hair", 3, "categorical"),
        LatentBlock("skin", 2),
    )
    groups = (MappingGroup(("shape",), 3, 16), MappingGroup(("hair", "skin"), W_DIM - 3, 16))
    return GeneratorConfig(
        name="narrow template",
        licence="none",
        z_dim=8,
        w_dim=W_DIM,
        c_dim=0,
        mapping=MappingConfig(normalize_z=False, latent_blocks=blocks, groups=groups),
        template=template,
        planes=PlanesConfig("orthogonal", template.plane_channels, 1, "concat", inset),
        decoder=DecoderConfig(
            hidden=16,
            hidden_layers=2,
            activation="silu",
            geometry_inputs="position_and_depth",
            color_channels=3,
            color_activation="none",
            label_names=LABELS,
            reads_sides=True,
        ),
        renderer=RendererConfig(
            ray_range="box",
            depth_resolution=12,
            depth_resolution_importance=12,
            density_activation="sigmoid",
            density_scale=400.0,
        ),
        surface_sigma=0.0,
    )


def _surface_config(part: Part) -> SurfaceConfig:
    rows, columns = part.texture.shape[-2:]
    masks = part.masks if part.masks is not None else torch.zeros(0, 1, 1)
    return SurfaceConfig(
        name=part.name,
        points=len(part.points),
        corners=len(part.points),
        triangles=len(part.triangles),
        texture=(rows, columns),
        rank=3,
        layers=len(masks),
        mask=(masks.shape[1], masks.shape[2]),
        alpha_cut=0.0 if part.alpha is None else 0.5,
        is_hair=part.is_hair,
        forms=0 if part.forms is None else len(part.forms),
    )


def build_template(
    *parts: Part,
    choices: tuple[ChoiceConfig, ...] = (),
    shapes: int = 2,
    resolution: int = RESOLUTION,
    inset: PlaneInset | None = None,
) -> Generator:
    """A generator that draws these parts whatever w is, and whose surface is the hull of the planes."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        generator = Generator(config_of(parts, choices, shapes, resolution, inset))
        generator.requires_grad_(False)
    for name, parameter in generator.named_parameters():
        if name.startswith(("template", "decoder.layers")):
            parameter.zero_()
    template = template_of(generator)
    template.mean.copy_(torch.cat([part.points for part in parts]))
    template.label_codes.copy_(LABEL_CODES)
    assert isinstance(generator.decoder, SideDecoder)
    generator.decoder.label_codes.copy_(LABEL_CODES)
    first = 0
    for index, part in enumerate(parts):
        _fill(surface_of(generator, index), part, first)
        first += len(part.points)
    return generator.eval()


def _fill(surface: TemplateSurface, part: Part, first: int) -> None:
    count = len(part.points)
    surface.anchors.copy_((torch.arange(count) + first)[:, None].expand(-1, 3))
    surface.anchor_weights[:, 0] = 1.0
    surface.triangles.copy_(part.triangles)
    surface.triangle_corners.copy_(part.triangles)
    if part.labels is not None:
        surface.triangle_labels.copy_(part.labels)
    uvs = torch.full((count, 2), 0.5) if part.uvs is None else part.uvs
    surface.corner_uvs.copy_((uvs * UV_STEPS).round())
    surface.pictures.copy_(part.texture)
    surface.picture_mix.bias.copy_(torch.eye(3).flatten())  # red, green, blue of the pictures
    if part.alpha is not None:
        surface.alpha.copy_(part.alpha)
    if part.forms is not None:
        surface.forms.copy_(part.forms)
    if part.masks is not None:
        surface.masks.copy_(part.masks)


def choice_of(template: Template, index: int) -> nn.Linear:
    choice = template.choices[index]
    assert isinstance(choice, nn.Linear)
    return choice


def template_of(generator: Generator) -> Template:
    assert generator.template is not None
    return generator.template


def surface_of(generator: Generator, index: int = 0) -> TemplateSurface:
    surface = template_of(generator).surfaces[index]
    assert isinstance(surface, TemplateSurface)
    return surface


def ws_of(*rows: tuple[float, ...]) -> Tensor:
    """ws [B,1,W_DIM] that begin with these numbers; zeros follow."""
    ws = torch.zeros(len(rows), 1, W_DIM)
    for index, row in enumerate(rows):
        ws[index, 0, : len(row)] = torch.tensor(row)
    return ws


def ramp_texture() -> Tensor:
    """[3,32,32]: red grows along the columns, green down the rows, blue is none."""
    steps = (torch.arange(32) + 0.5) / 32
    return torch.stack([steps.expand(32, 32), steps[:, None].expand(32, 32), torch.zeros(32, 32)])


def rich_template(seed: int = 0, inset: PlaneInset | None = None) -> Generator:
    """A ball with hair, lips, layers, forms and a choice, all of which w moves; nothing is zero."""
    random = torch.Generator().manual_seed(seed)
    points, triangles = sphere(0.3, levels=3)
    labels = torch.where(points[triangles].mean(1)[:, 1] < 0, 2, 0)
    head = Part(
        "head",
        points,
        triangles,
        ramp_texture(),
        uvs=points[:, :2] / 0.6 + 0.5,
        labels=labels,
        masks=torch.rand(2, 4, 4, generator=random),
    )
    cap_points, cap_triangles = sphere(0.33, (0.0, 0.03, -0.04), levels=3)
    above = (cap_points[cap_triangles][..., 1] > 0.1).all(1)
    cap = Part(
        "cap",
        cap_points,
        cap_triangles[above],
        torch.rand(3, 8, 8, generator=random) * 0.5 + 0.25,
        uvs=cap_points[:, :2] + 0.5,
        labels=torch.ones(int(above.sum())),
        alpha=(torch.rand(8, 8, generator=random) > 0.1).float(),
        is_hair=True,
        forms=torch.randn(2, len(cap_points), 3, generator=random) * 0.003,
    )
    choices = (ChoiceConfig("hair", ("", "cap")),)
    generator = build_template(head, cap, choices=choices, shapes=3, inset=inset)
    template = template_of(generator)
    template.shapes.normal_(0, 0.003, generator=random)
    readouts = [("shape_mix", 0.5), ("picture_mix", 0.05), ("layer_mix", 0.2), ("form_mix", 0.5), ("choices", 1.0)]  # fmt: skip
    for name, parameter in template.named_parameters():
        for readout, size in readouts:
            if readout in name:
                parameter.add_(torch.randn(parameter.shape, generator=random) * size)
    for layer in generator.decoder.layers:
        assert isinstance(layer, FullyConnected)
        assert layer.bias is not None
        layer.weight.normal_(0, 0.5, generator=random)
        layer.bias.normal_(0, 0.1, generator=random)
    generator.mapping.w_avg.normal_(generator=random)
    return generator

"""The starter's first stage: shape, pictures and readouts by least squares.

Given the features that w is taught (features.py), vertices, shares of pictures and looks of layers are linear,
so their best readouts have a closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...generator.model import Generator
from ...generator.template import Template
from ...generator.template_surface import TemplateSurface
from ..kit.assets import Floats
from ..kit.formed import hair_amounts
from ..kit.latent import BROW_STYLES, HAIR_STYLES, HeadParameters, parameters_from_latent
from ..kit.sampler import HeadSampler
from ..kit.skin_layers import (
    EYE_LAYER_NAMES,
    LAYER_NAMES,
    LayerLook,
    eye_look,
    part_colors,
    skin_gain,
    skin_look,
)
from ..kit.skin_painter import EyePainter, SkinPainter
from ..kit.skins import skin_weights
from ..kit.uv_layout import pack_picture
from ..kit.variety import GLASSES_STYLES
from .features import latent_features, layer_values, teaching_latents
from .template_build import kit_surfaces, template_vertices

_SKIN_SOURCE_PIXELS = 2048
HEADS = 1500  # whose vertices are built


@dataclass(frozen=True)
class _Heads:
    """Heads that the readouts are fitted to."""

    parameters: list[HeadParameters]
    features: Tensor  # [N,F]


def fit_template(generator: Generator, sampler: HeadSampler, count: int = HEADS) -> None:
    """Set the template of a generator made by `build_generator` from `count` heads. Deterministic."""
    template = generator.template
    assert template is not None
    z = teaching_latents(count, np.random.default_rng((0, 1)))
    heads = _Heads([parameters_from_latent(row) for row in z], torch.from_numpy(latent_features(z)))
    with torch.no_grad():
        _fit_shape(template, sampler, heads)
        _fit_skin(_surface(template, "skin"), sampler, heads)
        _fit_eyes(_surface(template, "eyes"), heads)
        _fit_teeth(_surface(template, "teeth"), heads)
        _fit_proxies(template, sampler, heads)
        _fit_choices(template, heads)


def _surface(template: Template, name: str) -> TemplateSurface:
    for surface in template.surfaces:
        assert isinstance(surface, TemplateSurface)
        if surface.config.name == name:
            return surface
    raise KeyError(name)


def _read_out(readout: nn.Module, features: Tensor, targets: Tensor) -> None:
    """Set a linear layer so that features [N,F] give targets [N,T], by least squares."""
    assert isinstance(readout, nn.Linear)
    ones = torch.ones(len(features), 1)
    design = torch.cat([features, ones], dim=1).double()
    # A trace of ridge: some features sum to one, and no weight should grow to cancel another.
    ridge = 1e-6 * len(features) * torch.eye(design.shape[1], dtype=torch.float64)
    solved = torch.linalg.solve(design.t() @ design + ridge, design.t() @ targets.double())
    readout.weight.copy_(solved[:-1].t())
    readout.bias.copy_(solved[-1])


def _fit_shape(template: Template, sampler: HeadSampler, heads: _Heads) -> None:
    """Displacements of the template's vertices: principal ones of what the features explain."""
    used = template_vertices(kit_surfaces(sampler))
    placed = []
    for p in heads.parameters:
        head = sampler.shape(p)
        placed.append(head.place(head.kit_vertices[used]))
    vertices = torch.from_numpy(np.stack(placed))  # [N,V,3]
    mean = vertices.mean(0)
    rows = (vertices - mean).flatten(1)
    values, vectors = torch.linalg.eigh((rows @ rows.t()).double())
    values, vectors = values.flip(0), vectors.flip(1)
    count = template.config.shapes
    scale = values[:count].clamp(min=1e-12).sqrt()
    # Coefficients of unit mean square keep the readout's numbers in the range of half precision.
    coefficients = (vectors[:, :count] * len(rows) ** 0.5).float()
    basis = (
        (vectors[:, :count] / scale).float().t()
        @ rows
        * (scale / len(rows) ** 0.5)[:, None].float()
    )
    template.mean.copy_(mean)
    template.shapes.copy_(basis.view_as(template.shapes))
    _read_out(template.shape_mix, heads.features, coefficients)
    found = template.shape_mix(heads.features) @ basis
    error = (found - rows).view(len(rows), -1, 3).norm(dim=2) * 360.0
    print(f"shape: {error.mean():.3f} mm mean, {error.amax():.2f} mm at most", flush=True)


def _fit_skin(surface: TemplateSurface, sampler: HeadSampler, heads: _Heads) -> None:
    painter = SkinPainter(sampler.kit, _SKIN_SOURCE_PIXELS)
    names = [name for name, _ in skin_weights(heads.parameters[0])]
    skins = np.stack([pack_picture(painter.skin(name)) for name in names])  # [S,H,W,3]
    sources = torch.from_numpy(skins).permute(3, 0, 1, 2).flatten(2)  # [3,S,HW]
    shares = np.stack(
        [np.outer(skin_gain(p), [w for _, w in skin_weights(p)]) for p in heads.parameters]
    )
    pictures, mixes = _principal_pictures(
        sources, torch.from_numpy(shares).float(), surface.config.rank
    )
    surface.pictures.copy_(pictures.view_as(surface.pictures))
    _read_out(surface.picture_mix, heads.features, mixes.flatten(1))
    _fit_layers(surface, heads, [skin_look(p).layers for p in heads.parameters])
    for index, name in enumerate(LAYER_NAMES):
        packed = torch.from_numpy(pack_picture(painter.mask(name)[..., None]))[..., 0]
        surface.masks[index] = F.interpolate(packed[None, None], surface.config.mask, mode="area")[
            0, 0
        ]


def _principal_pictures(sources: Tensor, shares: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """The best pictures for mixtures of sources.

    Args:
        sources: [3,S,P] red, green and blue of S pictures of P texels.
        shares: [N,3,S] how N mixtures are made of them.

    Returns:
        Pictures [rank,P], each for all three channels, and how the mixtures are made of them [N,3,rank].
    """
    flat = sources.flatten(0, 1).double()  # [3S,P]
    moment = torch.block_diag(*[c.t() @ c / len(c) for c in shares.double().unbind(1)])
    root = torch.linalg.cholesky(moment + 1e-9 * torch.eye(len(moment)))
    weighted = root.t() @ flat
    values, vectors = torch.linalg.eigh(weighted @ weighted.t())
    explained = values.flip(0).cumsum(0) / values.sum()
    print(
        f"skin: {1 - explained[rank - 1]:.2e} of the squares unexplained by {rank} pictures",
        flush=True,
    )
    pictures = vectors.flip(1)[:, :rank].t() @ weighted
    pictures /= pictures.abs().amax(1, keepdim=True)
    onto = torch.linalg.solve(pictures @ pictures.t(), pictures @ flat.t()).t()  # [3S,rank]
    mixes = torch.einsum("ncs,csr->ncr", shares.double(), onto.view(3, -1, rank))
    return pictures.float(), mixes.float()


def _fit_layers(
    surface: TemplateSurface, heads: _Heads, looks: list[tuple[LayerLook, ...]]
) -> None:
    values = [[v for layer in look for v in layer_values(layer)] for look in looks]
    _read_out(surface.layer_mix, heads.features, torch.tensor(values))


def _fit_eyes(surface: TemplateSurface, heads: _Heads) -> None:
    """White, under layers."""
    painter = EyePainter(surface.config.mask[0])
    surface.pictures.fill_(1.0)
    surface.picture_mix.bias.fill_(1.0)
    for index, name in enumerate(EYE_LAYER_NAMES):
        surface.masks[index] = torch.from_numpy(painter.mask(name))
    _fit_layers(surface, heads, [eye_look(p).layers for p in heads.parameters])


def _fit_teeth(surface: TemplateSurface, heads: _Heads) -> None:
    """Teeth left, tongue right."""
    surface.pictures[0] = torch.tensor([1.0, 0.0])
    surface.pictures[1] = torch.tensor([0.0, 1.0])
    colors = [part_colors(p) for p in heads.parameters]
    both = torch.tensor([[c.teeth, c.tongue] for c in colors])  # [N,2,3]
    _read_out(surface.picture_mix, heads.features, both.transpose(1, 2).flatten(1))


def _fit_proxies(template: Template, sampler: HeadSampler, heads: _Heads) -> None:
    colors = [part_colors(p) for p in heads.parameters]
    for kit_surface in kit_surfaces(sampler):
        if kit_surface.proxy is None:
            continue
        surface = _surface(template, kit_surface.config.name)
        shaded = sampler.shade(kit_surface.proxy.picture)
        surface.pictures[0] = _resized(shaded.shade[..., 0], surface.config.texture)
        if surface.config.alpha_cut > 0:
            alpha = shaded.alpha.astype(np.float32) / 255
            surface.alpha.copy_(_resized(alpha, surface.config.texture))
        wanted = torch.tensor([getattr(c, kit_surface.color) for c in colors])
        _read_out(surface.picture_mix, heads.features, wanted)
        if surface.config.forms:
            amounts = [_form_amounts(p, surface.config.name) for p in heads.parameters]
            _read_out(surface.form_mix, heads.features, torch.tensor(amounts))


def _resized(picture: Floats, size: tuple[int, int]) -> Tensor:
    return F.interpolate(torch.from_numpy(picture)[None, None], size, mode="area")[0, 0]


def _form_amounts(p: HeadParameters, surface: str) -> tuple[float, ...]:
    """How much of each of its forms this head's surface has."""
    whiskers = p.facial_hair
    if surface == "beard":
        return whiskers.beard_forms
    if surface == "moustache":
        return (whiskers.moustache,)
    if surface == "horns":
        return (p.styles["demon"],)
    return hair_amounts(p.hair_form)


def _fit_choices(template: Template, heads: _Heads) -> None:
    for choice, readout in zip(template.config.choices, template.choices, strict=True):
        picked = torch.tensor([_picked(p, choice.name) for p in heads.parameters])
        wanted = F.one_hot(picked, len(choice.options)).float()
        _read_out(readout, heads.features, wanted)


def _picked(p: HeadParameters, choice: str) -> int:
    """Which option of a choice of CHOICES a head has."""
    options = {
        "hair": HAIR_STYLES.index(p.hair_style),
        "brow": BROW_STYLES.index(p.brow_style),
        "lash": int(p.male > 0.5),
        "beard": int(p.facial_hair.beard > 0),
        "moustache": int(p.facial_hair.moustache > 0),
        "horns": int(p.styles["demon"] > 0),
        "glasses": ("none", *GLASSES_STYLES).index(p.glasses),
    }
    return options[choice]

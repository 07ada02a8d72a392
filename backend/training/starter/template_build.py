"""The starter's template out of the head kit: its meshes, how they hang together, and the empty generator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...generator.config import GeneratorConfig
from ...generator.model import Generator
from ...generator.side_decoder import SideDecoder
from ...generator.template_config import ChoiceConfig, SurfaceConfig, TemplateConfig
from ...generator.template_surface import UV_STEPS, TemplateSurface
from ..kit.accessories import PROXY_KINDS
from ..kit.assets import Floats, Ints, Proxy
from ..kit.latent import BROW_STYLES, HAIR_STYLES, Z_DIM, parameters_from_latent
from ..kit.sampler import (
    FIELD_UNITS_PER_METRE,
    KIT_UNITS_PER_METRE,
    LABEL_INDEX,
    HeadSampler,
    eye_faces,
    eye_uvs,
    mouth_parts,
)
from ..kit.skin_layers import EYE_LAYER_NAMES, LAYER_NAMES
from ..kit.uv_layout import TEXTURE_SIZE, pack_uvs
from ..kit.variety import GLASSES_STYLES

SKIN_RANK = 20
_MASK_SIZE = (512, 320)
_EYE_PIXELS = 256
FIELD_PER_KIT = FIELD_UNITS_PER_METRE / KIT_UNITS_PER_METRE
# Labels with opposite codes must not touch on a head: halfway between them lies the code of no label.
_OPPOSITE_LABELS = (
    ("skin", "background"), ("brow", "teeth"), ("eye", "neck"), ("lips", "ear"),
    ("hair", "mouth interior"), ("beard", "glasses"),
)  # fmt: skip
LABEL_CODE = len(_OPPOSITE_LABELS)


@dataclass(frozen=True)
class KitSurface:
    """One of the kit's meshes as the template has it."""

    config: SurfaceConfig
    anchors: Ints  # [P,3] base vertices
    anchor_weights: Floats  # [P,3]
    offsets: Floats  # [P,3] field units
    scales: tuple[tuple[int, int, float], ...]  # per axis: base vertices, field units between them
    triangles: Ints  # [T,3]
    triangle_corners: Ints  # [T,3]
    triangle_labels: Ints  # [T]
    uvs: Floats  # [C,2] u along columns, v down rows, 0..1
    forms: tuple[Floats, ...] = ()  # [P,3] each, field units: what may be added to the offsets
    proxy: Proxy | None = None  # whose picture it shows
    color: str = ""  # field of PartColors


def kit_surfaces(sampler: HeadSampler) -> list[KitSurface]:
    """Everything that a head may show."""
    surfaces = [_skin(sampler), _eyes(sampler), _teeth(sampler)]
    brows, lashes, accessories = sampler.kit.eyebrows, sampler.kit.eyelashes, sampler.accessories
    surfaces += [_proxy(f"brow {name}", brows[name], "brow") for name in BROW_STYLES]
    surfaces += [_proxy(f"lash {name}", lashes[name], "lash") for name in _LASHES]
    for name in HAIR_STYLES[1:]:
        hair = accessories.hair(name)
        surfaces.append(_proxy(f"hair {name}", hair.proxy, "hair", hair.forms))
    surfaces.append(_proxy("beard", accessories.beard.proxy, "beard", accessories.beard.forms))
    surfaces.append(
        _proxy("moustache", accessories.moustache.proxy, "beard", accessories.moustache.forms)
    )
    surfaces.append(_proxy("horns", accessories.horns.proxy, "horn", accessories.horns.forms))
    surfaces += [_proxy(f"glasses {n}", accessories.glasses[n], "frame") for n in GLASSES_STYLES]
    return surfaces


_LASHES = ("eyelashes02", "eyelashes01")
CHOICES = (
    ChoiceConfig("hair", ("", *(f"hair {name}" for name in HAIR_STYLES[1:]))),
    ChoiceConfig("brow", tuple(f"brow {name}" for name in BROW_STYLES)),
    ChoiceConfig("lash", tuple(f"lash {name}" for name in _LASHES)),
    ChoiceConfig("beard", ("", "beard")),
    ChoiceConfig("moustache", ("", "moustache")),
    ChoiceConfig("horns", ("", "horns")),
    ChoiceConfig("glasses", ("", *(f"glasses {name}" for name in GLASSES_STYLES))),
)


def template_vertices(surfaces: list[KitSurface]) -> Ints:
    """The base vertices [V] that any surface hangs on, ascending."""
    used = [surface.anchors[surface.anchor_weights != 0] for surface in surfaces]
    pairs = [[v for pair in surface.scales for v in pair[:2]] for surface in surfaces]
    return np.unique(np.concatenate([*used, *(np.array(p, np.int64) for p in pairs)]))


def template_config(surfaces: list[KitSurface], shapes: int, resolution: int) -> TemplateConfig:
    return TemplateConfig(
        vertices=len(template_vertices(surfaces)),
        shapes=shapes,
        surfaces=tuple(surface.config for surface in surfaces),
        choices=CHOICES,
        resolution=resolution,
        label_code=LABEL_CODE,
        cavity_labels=tuple(LABEL_INDEX[name] for name in ("mouth interior", "teeth")),
    )


def build_generator(config: GeneratorConfig, surfaces: list[KitSurface]) -> Generator:
    """A generator whose template has the kit's meshes, but neither shape nor colour yet."""
    generator = Generator(config).requires_grad_(False)
    template, decoder = generator.template, generator.decoder
    assert template is not None and isinstance(decoder, SideDecoder)
    place = np.zeros(int(template_vertices(surfaces).max()) + 1, np.int64)
    place[template_vertices(surfaces)] = np.arange(template.config.vertices)
    for module, surface in zip(template.surfaces, surfaces, strict=True):
        assert isinstance(module, TemplateSurface)
        _fill(module, surface, place)
    codes = label_codes(config.decoder.label_names)
    template.label_codes.copy_(codes)
    decoder.label_codes.copy_(codes)
    return generator


def label_codes(names: tuple[str, ...]) -> torch.Tensor:
    """[L,D]: unit vectors, so that labels are told apart however two of them are mixed."""
    codes = torch.zeros(len(names), LABEL_CODE)
    for axis, pair in enumerate(_OPPOSITE_LABELS):
        for name, sign in zip(pair, (1.0, -1.0), strict=True):
            if name in names:
                codes[names.index(name), axis] = sign
    return codes


def _fill(module: TemplateSurface, surface: KitSurface, place: Ints) -> None:
    anchors = np.where(surface.anchor_weights != 0, surface.anchors, surface.anchors[:, :1])
    module.anchors.copy_(torch.from_numpy(place[anchors]))
    module.anchor_weights.copy_(torch.from_numpy(surface.anchor_weights))
    module.offsets.copy_(torch.from_numpy(surface.offsets))
    for axis, (first, second, rest) in enumerate(surface.scales):
        module.scale_pairs[axis] = torch.tensor([int(place[first]), int(place[second])])
        module.scale_rest[axis] = rest
    module.triangles.copy_(torch.from_numpy(surface.triangles))
    module.triangle_corners.copy_(torch.from_numpy(surface.triangle_corners))
    module.triangle_labels.copy_(torch.from_numpy(surface.triangle_labels))
    module.corner_uvs.copy_(torch.from_numpy((surface.uvs * UV_STEPS).round().astype(np.int64)))
    module.picture_mix.weight.zero_()
    module.picture_mix.bias.zero_()
    for index, form in enumerate(surface.forms):
        module.forms[index] = torch.from_numpy(form)


def _from_base(
    name: str,
    faces: Ints,
    uvs: Floats,
    labels: Floats,
    texture: tuple[int, int],
    rank: int,
    layers: int = 0,
    mask: tuple[int, int] = (1, 1),
) -> KitSurface:
    """Faces [F,6] of the base mesh; uvs as in KitSurface; labels [V] of the base vertices."""
    points, triangles = np.unique(faces[:, :3], return_inverse=True)
    corners, triangle_corners = np.unique(faces[:, 3:], return_inverse=True)
    anchors = np.repeat(points[:, None], 3, axis=1)
    weights = np.zeros((len(points), 3), np.float32)
    weights[:, 0] = 1.0
    config = SurfaceConfig(name, len(points), len(corners), len(faces), texture, rank, layers, mask)
    return KitSurface(
        config,
        anchors,
        weights,
        np.zeros((len(points), 3), np.float32),
        (),
        triangles.reshape(-1, 3),
        triangle_corners.reshape(-1, 3),
        np.median(labels[faces[:, :3]], axis=1).astype(np.int64),
        uvs[corners],
    )


def _skin(sampler: HeadSampler) -> KitSurface:
    faces, uvs = sampler.head_faces, pack_uvs(sampler.kit.base.uvs)
    return _from_base(
        "skin",
        faces,
        uvs,
        sampler.body_labels,
        TEXTURE_SIZE,
        SKIN_RANK,
        len(LAYER_NAMES),
        _MASK_SIZE,
    )


def _eyes(sampler: HeadSampler) -> KitSurface:
    """Both eyeballs, mapped from the front on the plain head."""
    plain = sampler.shape(parameters_from_latent(np.zeros(Z_DIM, np.float32))).vertices
    uvs = np.zeros((len(plain), 2), np.float32)
    for faces in eye_faces(sampler.kit):
        used = np.unique(faces[:, :3])
        uvs[used] = eye_uvs(plain, faces)[used] * (1, -1) + (0, 1)
    faces = np.concatenate(eye_faces(sampler.kit))
    labels = np.full(len(plain), LABEL_INDEX["eye"], np.float32)
    size = (_EYE_PIXELS, _EYE_PIXELS)
    return _from_base("eyes", faces, uvs, labels, size, 1, len(EYE_LAYER_NAMES), size)


def _teeth(sampler: HeadSampler) -> KitSurface:
    """Teeth show the left half of their picture, the tongue the right half."""
    faces, uvs, labels = mouth_parts(sampler.kit)
    return _from_base("teeth", faces, uvs, labels, (2, 2), 2)


def _proxy(name: str, proxy: Proxy, color: str, forms: tuple[Floats, ...] = ()) -> KitSurface:
    kind = PROXY_KINDS[color]
    config = SurfaceConfig(
        name,
        len(proxy.anchors),
        len(proxy.uvs),
        len(proxy.faces),
        proxy_texture_size(color),
        rank=1,
        alpha_cut=kind.alpha_cut,
        is_hair=kind.label in ("hair", "beard"),
        forms=len(forms),
    )
    uvs = np.stack([proxy.uvs[:, 0], 1 - proxy.uvs[:, 1]], axis=1)
    scale = np.float32(FIELD_PER_KIT)
    return KitSurface(
        config,
        proxy.anchors,
        proxy.weights,
        proxy.offsets * scale,
        tuple(
            (first, second, rest * FIELD_PER_KIT)
            for first, second, rest in proxy.scales
            if rest > 0
        ),
        proxy.faces[:, :3],
        proxy.faces[:, 3:],
        np.full(len(proxy.faces), LABEL_INDEX[kind.label]),
        uvs.astype(np.float32),
        tuple(form * scale for form in forms),
        proxy,
        color,
    )


def proxy_texture_size(color: str) -> tuple[int, int]:
    """Rows and columns of a proxy's picture: strands of hair need more than brows, and frames have none."""
    sizes = {"hair": (512, 512), "beard": (512, 512), "horn": (2, 2), "frame": (2, 2)}
    return sizes.get(color, (256, 256))

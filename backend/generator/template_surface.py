"""One mesh of a template, and all the meshes of a head ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .side_rasteriser import blend_corners
from .template_config import SurfaceConfig

UV_STEPS = (
    65536  # texture coordinates are stored in whole steps: half precision is too coarse for them
)
_FAINTEST = 4e-3  # strength of a layer that nobody would see
_EDGES = 0.08  # share of a mask that edges may take


class TemplateSurface(nn.Module):
    """A mesh bound to the template's vertices, and its texture.

    Convention: texture coordinates (u, v) run along columns and down rows, (0, 0) is the picture's corner.
    """

    anchors: Tensor
    anchor_weights: Tensor
    offsets: Tensor
    scale_pairs: Tensor
    scale_rest: Tensor
    triangles: Tensor
    triangle_corners: Tensor
    triangle_labels: Tensor
    corner_uvs: Tensor

    def __init__(self, surface: SurfaceConfig, w_dim: int) -> None:
        super().__init__()
        self.config = surface
        points, count = surface.points, surface.triangles
        self._whole("anchors", points, 3)  # template vertices that a point hangs on
        self._whole("triangles", count, 3)
        self._whole("triangle_corners", count, 3)
        self._whole("triangle_labels", count)
        self._whole("corner_uvs", surface.corners, 2)  # in UV_STEPS
        self._whole(
            "scale_pairs", 3, 2
        )  # template vertices whose distance along an axis scales offsets
        self.register_buffer("anchor_weights", torch.zeros(points, 3))
        self.register_buffer("offsets", torch.zeros(points, 3))
        self.register_buffer("scale_rest", torch.zeros(3))  # that distance at rest; 0: no scaling
        if surface.forms:
            self.forms = nn.Parameter(torch.zeros(surface.forms, points, 3))  # added to the offsets
            self.form_mix = nn.Linear(w_dim, surface.forms)
        self.pictures = nn.Parameter(torch.zeros(surface.rank, *surface.texture))
        self.picture_mix = nn.Linear(w_dim, 3 * surface.rank)
        if surface.layers:
            self.masks = nn.Parameter(torch.zeros(surface.layers, *surface.mask))
            # Strength, and red, green and blue times the strength: an absent layer's colour is not unknown.
            self.layer_mix = nn.Linear(w_dim, 4 * surface.layers)
        if surface.alpha_cut > 0:
            self.alpha = nn.Parameter(torch.ones(surface.texture))

    def _whole(self, name: str, *shape: int) -> None:
        self.register_buffer(name, torch.zeros(shape, dtype=torch.int32))

    def place(self, vertices: Tensor, w: Tensor) -> Tensor:
        """Template vertices [V,3] -> the surface's points [P,3], before they are gathered into the box."""
        hung = (vertices[self.anchors] * self.anchor_weights[..., None]).sum(1)
        first, second = vertices[self.scale_pairs].unbind(1)  # [3,3] each
        distance = (first - second).diagonal().abs()
        is_scaled = self.scale_rest > 0
        scale = torch.where(is_scaled, distance / torch.where(is_scaled, self.scale_rest, 1.0), 1.0)
        offsets = self.offsets
        if self.config.forms:
            offsets = offsets + torch.einsum("f,fpc->pc", self.form_mix(w), self.forms)
        return hung + offsets * scale

    def paint(self, w: Tensor, size: tuple[int, int] | None = None) -> Tensor:
        """w [w_dim] -> unlit sRGB texture [3,H,W] in [0,1], of another size if asked; edges of masks stay as sharp."""
        mix = self.picture_mix(w).view(3, -1)
        color = torch.einsum("cr,rhw->chw", mix, self.pictures)
        if size is not None:
            color = F.interpolate(color[None], size, mode="bicubic", antialias=True)[0]
        if self.config.layers:
            for mask, look in zip(self.masks, self.layer_mix(w).view(-1, 4), strict=True):
                if look[0] > _FAINTEST:
                    cover = _enlarged(mask, size or self.config.texture, is_sharp=size is not None)
                    rest = color * (1 - look[0].clamp(max=1.0) * cover)
                    color = torch.addcmul(rest, look[1:, None, None], cover)
        return color.clamp(0.0, 1.0)

    def uvs(self, triangles: Tensor, weights: Tensor) -> Tensor:
        """Texture coordinates [N,2] in [-1,1] at barycentric weights [N,3] of triangles [N]."""
        corners = self.corner_uvs[self.triangle_corners[triangles]].to(weights.dtype)
        return blend_corners(corners, weights).mul(2.0 / UV_STEPS).sub(1.0)


def _enlarged(mask: Tensor, size: tuple[int, int], is_sharp: bool) -> Tensor:
    """A mask [h,w] as [1,H,W]; one that is either 0 or 1 nearly everywhere keeps the width of its edges in texels."""
    cover = F.interpolate(mask[None, None], size, mode="bilinear")[0]
    if not is_sharp:
        return cover
    between = ((mask > 0.02) & (mask < 0.98)).float().mean()
    gain = size[0] / mask.shape[0]
    if mask.max() < 0.98 or between > _EDGES or gain <= 1:
        return cover
    return ((cover - 0.5) * gain + 0.5).clamp(0.0, 1.0)


@dataclass(frozen=True)
class DrawnHead:
    """The triangles of one head, of all its surfaces."""

    surfaces: list[TemplateSurface]
    first: list[int]  # index of each surface's first triangle
    corners: Tensor  # [T,3,3] normalised coordinates
    normals: Tensor  # [T,3,3] of the corners, smooth over each surface
    textures: list[Tensor]  # [3,H,W] of each surface
    label_codes: Tensor  # [L,D]
    cavity_labels: tuple[int, ...] = ()  # of parts that lie in a cavity wider than its opening
    accessories: frozenset[str] = frozenset()  # surfaces that a head may have or not, but for hair

    @cached_property
    def is_in_cavity(self) -> Tensor:
        """[T] bool: triangles of parts that lie in a cavity."""
        labels = torch.cat([surface.triangle_labels for surface in self.surfaces])
        return torch.isin(labels, labels.new_tensor(self.cavity_labels))

    @cached_property
    def may_have_holes(self) -> Tensor:
        """[T] bool: triangles of surfaces whose texture has holes."""
        return self._marked([surface.config.alpha_cut > 0 for surface in self.surfaces])

    @cached_property
    def is_hair(self) -> Tensor:
        """[T] bool: triangles of hair and beards."""
        return self._marked([surface.config.is_hair for surface in self.surfaces])

    @cached_property
    def is_accessory(self) -> Tensor:
        """[T] bool: triangles of what lies on the skin or before it, but for hair: brows, lashes, glasses."""
        return self._marked([surface.config.name in self.accessories for surface in self.surfaces])

    def _marked(self, marks: list[bool]) -> Tensor:
        """The marks of the surfaces, for each of their triangles [T]."""
        counts = [surface.config.triangles for surface in self.surfaces]
        return torch.repeat_interleave(
            torch.tensor(marks, dtype=torch.bool), torch.tensor(counts, dtype=torch.long)
        ).to(self.corners.device)

    def owned(self, index: int, triangles: Tensor) -> Tensor:
        """Which of the triangles [N] are of the surface with this index."""
        last = self.first[index] + self.surfaces[index].config.triangles
        return (triangles >= self.first[index]) & (triangles < last)

"""Texture-rasterised planes: w shapes and paints a template of meshes, which is drawn into the planes.

Next3D (Sun et al., CVPR 2023) generates a texture in the UV space of a head template and rasterises it
orthographically into tri-planes, so that what moves with the face stays sharp. Here all of the starter's head
comes this way, from six sides: the template's shape is a mixture of learned displacements, its colours a
mixture of learned pictures in UV space, both read linearly from w.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor, nn

from .config import GeneratorConfig
from .planes import PLANE_AXES
from .side_rasteriser import Holes, Seen, barycentric, rasterise_plane
from .template_config import SurfaceConfig, TemplateConfig

UV_STEPS = (
    65536  # texture coordinates are stored in whole steps: half precision is too coarse for them
)
MIN_HALF_THICKNESS = 0.012  # of half the box: hair cards have no thickness of their own
# A side that sees a surface at a grazing angle knows its depth badly, and another side knows it better: so it
# carves this many texels times the slope less deep.
SLACK = 1.0
MAX_SLACK = 0.03
_FAINTEST = 4e-3  # strength of a layer that nobody would see
_OUTSIDE_LIMIT = 0.3  # how negative the thickness beside the head becomes, of half the box


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

    def paint(self, w: Tensor) -> Tensor:
        """w [w_dim] -> unlit sRGB texture [3,H,W] in [0,1]."""
        mix = self.picture_mix(w).view(3, -1)
        color = torch.einsum("cr,rhw->chw", mix, self.pictures)
        if self.config.layers:
            masks = F.interpolate(self.masks[None], self.config.texture, mode="bilinear")[0]
            looks = self.layer_mix(w).view(-1, 4)
            for mask, look in zip(masks, looks, strict=True):
                if look[0] > _FAINTEST:
                    color = (
                        color * (1 - look[0].clamp(max=1.0) * mask) + look[1:, None, None] * mask
                    )
        return color.clamp(0.0, 1.0)

    def uvs(self, triangles: Tensor, weights: Tensor) -> Tensor:
        """Texture coordinates [N,2] in [-1,1] at barycentric weights [N,3] of triangles [N]."""
        corners = self.corner_uvs[self.triangle_corners[triangles]].to(weights.dtype)
        return (corners * weights[..., None]).sum(1) * (2.0 / UV_STEPS) - 1.0


@dataclass(frozen=True)
class _Drawn:
    """The triangles of one head, of all its surfaces."""

    surfaces: list[TemplateSurface]
    first: list[int]  # index of each surface's first triangle
    corners: Tensor  # [T,3,3] normalised coordinates
    normals: Tensor  # [T,3,3] of the corners, smooth over each surface

    @property
    def may_have_holes(self) -> Tensor:
        """[T] bool: triangles of surfaces whose texture has holes."""
        return torch.cat(
            [torch.full((s.config.triangles,), s.config.alpha_cut > 0) for s in self.surfaces]
        )

    def owned(self, index: int, triangles: Tensor) -> Tensor:
        """Which of the triangles [N] are of the surface with this index."""
        last = self.first[index] + self.surfaces[index].config.triangles
        return (triangles >= self.first[index]) & (triangles < last)


class Template(nn.Module):
    """w -> planes.

    Convention: a plane's channels are near depth, far depth, near rgb, far rgb, near and
    far label code.
    """

    mean: Tensor
    label_codes: Tensor

    def __init__(self, config: GeneratorConfig, template: TemplateConfig) -> None:
        super().__init__()
        self.config = template
        self._axes = PLANE_AXES[config.planes.axes]
        self._half_box = config.box_warp / 2
        self.register_buffer("mean", torch.zeros(template.vertices, 3))
        self.shapes = nn.Parameter(torch.zeros(template.shapes, template.vertices, 3))
        self.shape_mix = nn.Linear(config.w_dim, template.shapes)
        self.surfaces = nn.ModuleList(
            TemplateSurface(surface, config.w_dim) for surface in template.surfaces
        )
        self.choices = nn.ModuleList(
            nn.Linear(config.w_dim, len(choice.options)) for choice in template.choices
        )
        labels = len(config.decoder.label_names)
        self.register_buffer("label_codes", torch.zeros(labels, template.label_code))

    def forward(self, w: Tensor) -> Tensor:
        """w [B,w_dim] -> planes [B,3,C,R,R]."""
        planes = torch.stack([self._planes(one) for one in w])  # [B,3,R,R,C]
        return planes.permute(0, 1, 4, 2, 3)

    def vertices(self, w: Tensor) -> Tensor:
        """w [w_dim] -> the template's vertices [V,3] in field units."""
        return self.mean + torch.einsum("k,kvc->vc", self.shape_mix(w), self.shapes)

    def drawn_surfaces(self, w: Tensor) -> list[TemplateSurface]:
        """The surfaces that the head of w [w_dim] has."""
        optional, chosen = set(), set()
        for choice, readout in zip(self.config.choices, self.choices, strict=True):
            optional.update(choice.options)
            chosen.add(choice.options[int(readout(w).argmax())])
        surfaces = cast(list[TemplateSurface], list(self.surfaces))
        return [s for s in surfaces if s.config.name in chosen or s.config.name not in optional]

    def _planes(self, w: Tensor) -> Tensor:
        drawn = self._assemble(w)
        textures = [surface.paint(w) for surface in drawn.surfaces]
        return torch.stack([self._plane(drawn, textures, axes) for axes in self._axes])

    def _assemble(self, w: Tensor) -> _Drawn:
        vertices, surfaces = self.vertices(w), self.drawn_surfaces(w)
        gather, corners, normals, first = self.config.gather, [], [], []
        for surface in surfaces:
            points = surface.place(vertices, w)
            points = gather.hair(points) if surface.config.is_hair else gather.points(points)
            first.append(sum(len(c) for c in corners))
            corners.append(points[surface.triangles] / self._half_box)
            normals.append(_point_normals(points.detach(), surface.triangles)[surface.triangles])
        return _Drawn(surfaces, first, torch.cat(corners), torch.cat(normals))

    def _plane(self, drawn: _Drawn, textures: list[Tensor], axes: tuple[int, int, int]) -> Tensor:
        """One plane [R,R,C]."""
        resolution = self.config.resolution
        corners = drawn.corners[..., list(axes)]
        holes = Holes(
            drawn.may_have_holes,
            lambda triangles, texels: _is_solid(
                drawn, triangles, barycentric(corners, Seen(texels, triangles), resolution)
            ),
        )
        sides = rasterise_plane(corners, resolution, holes)
        pictures = [self._side(drawn, textures, corners, axes[2], side) for side in sides]
        near, far = pictures
        covered = sides[0].texels
        size = (resolution, resolution)
        if len(covered) == 0:
            return near.new_zeros(*size, self.config.plane_channels)
        is_solid = torch.zeros(resolution * resolution, dtype=torch.bool)
        is_solid[covered.cpu()] = True
        distance, (rows, columns) = ndimage.distance_transform_edt(
            ~is_solid.view(size).numpy(), return_indices=True
        )
        # Every texel beside the head continues what the nearest texel on it shows.
        nearest = torch.from_numpy(rows.astype("int64") * resolution + columns).flatten()
        place = torch.zeros(resolution * resolution, dtype=torch.long)
        place[covered.cpu()] = torch.arange(len(covered))
        source = place[nearest].to(near.device)
        near, far = near[source], far[source]  # [R*R,5+D]
        slack = torch.stack(
            [
                near[:, 4] + _step_slack(near[:, 0].view(size), near[:, 4].view(size)),
                far[:, 4] + _step_slack(-far[:, 0].view(size), far[:, 4].view(size)),
            ]
        )
        middle = (near[:, 0] + far[:, 0]) / 2
        half = ((near[:, 0] - far[:, 0]) / 2).clamp(min=MIN_HALF_THICKNESS)
        # Outside the outline the slab gets negative thickness that grows with the distance: a signed field
        # without a jump carves the outline where it belongs.
        beside = torch.from_numpy(distance).to(half).flatten() * (2.0 / resolution)
        texel = 2.0 / resolution
        outside = (texel - beside).clamp(min=-_OUTSIDE_LIMIT)
        # An outline is jagged by a texel, so the first texels beside it still belong to the slab: whichever
        # side sees the surface there from ahead draws it smoothly.
        slack = torch.where(beside > 0, MAX_SLACK, slack)
        up, down = (torch.where(beside > 1.5 * texel, outside, half + one) for one in slack)
        depths = torch.stack([middle + up, middle - down], dim=1)
        looks = [near[:, 1:4], far[:, 1:4], near[:, 5:], far[:, 5:]]
        return torch.cat([depths, *looks], dim=1).view(*size, -1)

    def _side(
        self, drawn: _Drawn, textures: list[Tensor], corners: Tensor, depth_axis: int, seen: Seen
    ) -> Tensor:
        """Depth, rgb, slack of the depth and label code [N,5+D] of the covered texels."""
        weights = barycentric(corners, seen, self.config.resolution)
        depth = (corners[seen.triangles][..., 2] * weights).sum(1)
        color = depth.new_zeros(len(depth), 3)
        labels = torch.zeros(len(depth), dtype=torch.long, device=depth.device)
        for index, (surface, texture) in enumerate(zip(drawn.surfaces, textures, strict=True)):
            mine = torch.nonzero(drawn.owned(index, seen.triangles))[:, 0]
            triangles = seen.triangles[mine] - drawn.first[index]
            uvs = surface.uvs(triangles, weights[mine])[None, None]
            looked_up = F.grid_sample(
                texture[None], uvs, padding_mode="border", align_corners=False
            )
            color = color.index_copy(0, mine, looked_up[0, :, 0].t())
            labels[mine] = surface.triangle_labels[triangles].long()
        normals = (drawn.normals[seen.triangles] * weights.detach()[..., None]).sum(1)
        facing = F.normalize(normals, dim=1)[:, depth_axis].abs()
        slope = (1 - facing.square()).clamp(min=0).sqrt() / facing.clamp(min=1e-3)
        slack = (slope * (2 * SLACK / self.config.resolution)).clamp(max=MAX_SLACK)
        return torch.cat([depth[:, None], color, slack[:, None], self.label_codes[labels]], dim=1)


def _step_slack(depth: Tensor, slack: Tensor) -> Tensor:
    """How much less deep to carve [R*R] where a depth map [R,R] steps up beside a texel.

    The wall of such a step is jagged by a texel, as an outline is; what is more than the slope explains counts.
    """
    texel = 2.0 / len(depth)
    step = F.max_pool2d(depth.detach()[None, None], 3, 1, 1)[0, 0] - depth.detach()
    return torch.where(step > 2 * texel + 2 * slack, step, 0.0).flatten()


def _point_normals(points: Tensor, triangles: Tensor) -> Tensor:
    """[P,3] sums of the neighbouring triangles' normals, weighted by area."""
    a, b, c = points[triangles].unbind(1)
    normals = torch.linalg.cross(b - a, c - a)
    return torch.zeros_like(points).index_add_(
        0, triangles.flatten().long(), normals.repeat_interleave(3, dim=0)
    )


def _is_solid(drawn: _Drawn, triangles: Tensor, weights: Tensor) -> Tensor:
    """[M] bool: where the textures with holes have none."""
    solid = torch.ones_like(triangles, dtype=torch.bool)
    for index, surface in enumerate(drawn.surfaces):
        if surface.config.alpha_cut > 0:
            mine = torch.nonzero(drawn.owned(index, triangles))[:, 0]
            uvs = surface.uvs(triangles[mine] - drawn.first[index], weights[mine])[None, None]
            alpha = F.grid_sample(surface.alpha[None, None], uvs, align_corners=False)[0, 0, 0]
            solid[mine] = alpha >= surface.config.alpha_cut
    return solid

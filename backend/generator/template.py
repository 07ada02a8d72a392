"""Texture-rasterised planes: w shapes and paints a template of meshes, which is drawn into the planes.

Next3D (Sun et al., CVPR 2023) generates a texture in the UV space of a head template and rasterises it
orthographically into tri-planes, so that what moves with the face stays sharp. Here all of the starter's head
comes this way, from six sides: the template's shape is a mixture of learned displacements, its colours a
mixture of learned pictures in UV space, both read linearly from w.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from typing import cast

import torch
from torch import Tensor, nn

from .config import GeneratorConfig
from .plane_drawing import Window, draw_inset, draw_plane
from .planes import PLANE_AXES
from .template_config import TemplateConfig
from .template_surface import DrawnHead, TemplateSurface

_THREADS = 2  # planes at a time
_HEM = 0.0035  # field units
_FAR_AWAY = 9.0  # field units


class Template(nn.Module):
    """w -> planes.

    Convention: a plane's channels are near depth, far depth, near rgb, far rgb, near and far depth_error (how far the
    depth lies from the surface that the side sees), near and far label code.
    """

    mean: Tensor
    label_codes: Tensor

    def __init__(self, config: GeneratorConfig, template: TemplateConfig) -> None:
        super().__init__()
        self.config = template
        axes, inset = PLANE_AXES[config.planes.axes], config.planes.inset
        self._windows = [Window(three) for three in axes]
        self._inset = (
            None if inset is None else Window(axes[0], (inset.column, inset.row), inset.half)
        )
        self._half_box = config.box_warp / 2
        options = {name for choice in template.choices for name in choice.options}
        hair = {surface.name for surface in template.surfaces if surface.is_hair}
        self._accessories = frozenset(options - hair)
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

    def forward(self, w: Tensor, resolution: int | None = None) -> Tensor:
        """w [B,w_dim] -> planes [B,P,C,R,R], P = 3, or 4 with an inset; R is the configuration's resolution
        unless another is given."""
        side = resolution or self.config.resolution
        planes = [plane for one in w for plane in self._planes(self.assemble(one), side)]
        # One copy of them only: they are large.
        return torch.stack(planes).unflatten(0, (len(w), -1)).permute(0, 1, 4, 2, 3)

    def _planes(self, head: DrawnHead, resolution: int) -> list[Tensor]:
        """The planes [R,R,C] of a head, the inset last."""

        def draw(window: Window) -> Tensor:
            return draw_plane(head, window, resolution)

        inset = self._inset
        if torch.is_grad_enabled() or torch.get_num_threads() == 1:
            planes = [draw(window) for window in self._windows]
            return planes if inset is None else [*planes, draw_inset(head, inset, planes[0])]
        # Half of the work knows only one thread, so two planes at a time use the cores better. A plane is
        # submitted before the inset that waits for it, so that it is always drawn.
        drawn = [_submit(partial(draw, window)) for window in self._windows]
        if inset is not None:
            drawn.append(_submit(lambda: draw_inset(head, inset, drawn[0].result())))
        return [plane.result() for plane in drawn]

    def vertices(self, w: Tensor) -> Tensor:
        """w [w_dim] -> the template's vertices [V,3] in field units."""
        return self.mean + torch.einsum("k,kvc->vc", self.shape_mix(w), self.shapes)

    def drawn_surfaces(self, w: Tensor) -> list[TemplateSurface]:
        """The surfaces that the head of w [w_dim] has."""
        optional: set[str] = set()
        chosen: set[str] = set()
        for choice, readout in zip(self.config.choices, self.choices, strict=True):
            optional.update(choice.options)
            chosen.add(choice.options[int(readout(w).argmax())])
        surfaces = cast(list[TemplateSurface], list(self.surfaces))
        return [s for s in surfaces if s.config.name in chosen or s.config.name not in optional]

    def assemble(self, w: Tensor) -> DrawnHead:
        """The meshes and textures of the head of w [w_dim]."""
        vertices, surfaces = self.vertices(w), self.drawn_surfaces(w)
        box = self.config.soft_box
        nothing = self.mean.new_zeros(0, 3, 3)  # of which a head may consist
        corners, normals = [nothing], [nothing]
        first, total = [], 0
        for surface in surfaces:
            points = surface.place(vertices, w)
            points = box.hair(points) if surface.config.is_hair else box.points(points)
            first.append(total)
            total += surface.config.triangles
            of_triangles = points[surface.triangles]
            if surface.config.is_hair:
                of_triangles = _without_clamped_hair(of_triangles, box.lowest_hair)
            corners.append(of_triangles / self._half_box)
            normals.append(_point_normals(points.detach(), surface.triangles)[surface.triangles])
        return DrawnHead(
            surfaces,
            first,
            torch.cat(corners),
            torch.cat(normals),
            [surface.paint(w) for surface in surfaces],
            self.label_codes,
            self.config.cavity_labels,
            self._accessories,
        )


def _submit(draw: Callable[[], Tensor]) -> Future[Tensor]:
    """Draw in a thread, without gradients."""
    is_inference = torch.is_inference_mode_enabled()

    def draw_quietly() -> Tensor:
        with (
            torch.inference_mode(is_inference),
            torch.no_grad(),
        ):  # every thread has modes of its own
            return draw()

    return _threads().submit(draw_quietly)


@cache
def _threads() -> ThreadPoolExecutor:
    """Kept, because torch gives every new thread helpers of its own, which takes long."""
    return ThreadPoolExecutor(_THREADS, "planes")


def _without_clamped_hair(corners: Tensor, floor: float) -> Tensor:
    """Triangles [T,3,3] of hair without those that the floor has pressed flat: out of every plane's sight."""
    is_pressed = corners.detach()[..., 1].amax(1) < floor + _HEM
    return torch.where(is_pressed[:, None, None], _FAR_AWAY, corners)


def _point_normals(points: Tensor, triangles: Tensor) -> Tensor:
    """[P,3] sums of the neighbouring triangles' normals, weighted by area."""
    a, b, c = points[triangles].unbind(1)
    normals = torch.linalg.cross(b - a, c - a)
    return torch.zeros_like(points).index_add_(
        0, triangles.flatten().long(), normals.repeat_interleave(3, dim=0)
    )

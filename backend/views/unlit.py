"""Unlit views of a head: where each ray first meets the surface of its field, and what it sees there.

A coarse mesh of the surface says where to look, so that no time is spent in empty space.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from ..generator.renderer import camera_rays
from ..surface.extract import march_cells
from ..surface.field import Field
from ..surface.sparse import sample_sparse
from .cameras import Camera
from .previews import first_crossing

GUIDE_RESOLUTION = 256  # cells along a side of the box
SUPERSAMPLES = 2  # rays along a side of a pixel
_MAX_BLOCKS = 256  # along a side; the rays of a block look for the surface at the same depths
_MARGIN = 2.0  # cells before and behind what the guide shows
_SPACING = 2.0  # cells between samples
_SAMPLES = (6, 12, 36)  # along a ray, as many as its way needs


class LabelledField(Field, Protocol):
    """A field that also says which part of the head a point belongs to."""

    def labels(self, points: Tensor) -> Tensor:
        """[N,3] float32 -> [N,L] logits of the part labels."""
        ...


@dataclass(frozen=True)
class UnlitView:
    """What a camera sees. Row 0 is the top of the picture."""

    color: Tensor  # [S,S,3] unlit sRGB in [0,1] times coverage
    coverage: Tensor  # [S,S] 0..1
    labels: Tensor  # [S,S] uint8 most probable part label over each pixel's rays, 0 beside the head
    points: Tensor  # [N,3] where one ray of each pixel meets the head, field units

    def over(self, grey: float) -> Tensor:
        """The picture [S,S,3] before a grey background."""
        return self.color + grey * (1 - self.coverage[..., None])


class UnlitRenderer:
    """Draws views of one field."""

    def __init__(self, field: LabelledField) -> None:
        self.field = field
        cells = sample_sparse(field, GUIDE_RESOLUTION)
        vertices, _ = march_cells(cells)
        self._cell = 2.0 * field.box_half / GUIDE_RESOLUTION
        # [N,3] points of the surface, what no ray reaches included; field units.
        self.guide = torch.from_numpy(vertices * self._cell - field.box_half).float()

    def draw(self, camera: Camera, size: int, supersamples: int = SUPERSAMPLES) -> UnlitView:
        """The view of a camera; `size` is a power of 2, and so is `supersamples`."""
        with torch.inference_mode():
            seen, _, points = self.find_surface(camera, size * supersamples)
            return self._look(points, seen, size, supersamples)

    def find_surface(self, camera: Camera, side: int) -> tuple[Tensor, Tensor, Tensor]:
        """What the rays of a picture [side,side] meet, row by row; `side` is a power of 2.

        Returns:
            The rays [N] that meet the head, how far [N] along they do, and the points [N,3], field units.
        """
        with torch.inference_mode():
            rays = camera_rays(camera.label()[None], side)
            origins, directions = rays.origins[0], rays.directions[0]
            near, far, last = self._range(camera, side)
            depth = self._first_depths(origins, directions, near, far)
            # Along outlines and in clefts a ray may pass what its neighbours meet.
            missed = torch.nonzero(depth.isinf() & (near < far))[:, 0]
            depth[missed] = self._first_depths(
                origins[missed], directions[missed], far[missed], last[missed]
            )
            seen = torch.nonzero(torch.isfinite(depth))[:, 0]
            depths = depth[seen]
            return seen, depths, origins[seen] + depths[:, None] * directions[seen]

    def _first_depths(
        self, origins: Tensor, directions: Tensor, near: Tensor, far: Tensor
    ) -> Tensor:
        """Distance [R] along rays [R,3] to the surface between `near` and `far` [R], infinite if there is none."""
        depth = torch.full_like(near, torch.inf)
        needed = torch.where(far > near, (far - near) / (_SPACING * self._cell), -1.0)
        fewer = 0
        for samples in _SAMPLES:
            upper = samples if samples < _SAMPLES[-1] else torch.inf
            some = torch.nonzero((needed >= fewer) & (needed < upper))[:, 0]
            depth[some] = first_crossing(
                self.field, origins[some], directions[some], near[some], far[some], samples
            )
            fewer = samples
        return depth

    def _look(self, points: Tensor, seen: Tensor, size: int, supersamples: int) -> UnlitView:
        """Colours and labels at the points [N,3] of the rays [N] that meet the head."""
        side = size * supersamples
        rows, columns = seen // side, seen % side
        # What meets the head does not see the background.
        parts = self.field.labels(points)[:, 1:].softmax(dim=1)
        looks = torch.cat([self.field.rgb(points), torch.ones(len(points), 1), parts], dim=1)
        pixels = rows // supersamples * size + columns // supersamples
        blocks = torch.zeros(size * size, looks.shape[1]).index_add_(0, pixels, looks)
        blocks = (blocks / supersamples**2).view(size, size, -1)
        coverage = blocks[..., 3]
        odds = torch.cat([1 - coverage[..., None], blocks[..., 4:]], dim=-1)
        middle = supersamples // 2
        is_middle = (rows % supersamples == middle) & (columns % supersamples == middle)
        return UnlitView(
            blocks[..., :3], coverage, odds.argmax(dim=-1).to(torch.uint8), points[is_middle]
        )

    def _range(self, camera: Camera, side: int) -> tuple[Tensor, Tensor, Tensor]:
        """Depths [side^2] between which each ray probably meets the surface, and the last where it may.

        The first lies behind the others where there is nothing.
        """
        blocks = min(side // 2, _MAX_BLOCKS)
        rays_in_block = side // blocks
        offset = self.guide - camera.cam2world[:3, 3]
        x, y, z = (offset @ camera.cam2world[:3, :3]).unbind(1)
        columns = camera.intrinsics[0, 0] * x / z + camera.intrinsics[0, 2]
        rows = camera.intrinsics[1, 1] * y / z + camera.intrinsics[1, 2]
        place = torch.stack([rows, columns]).mul(blocks).floor().long()
        is_inside = ((place >= 0) & (place < blocks)).all(dim=0)
        flat = (place[0] * blocks + place[1])[is_inside]
        depths = offset.norm(dim=1)[is_inside]
        nearest, farthest = (
            torch.full((blocks * blocks,), empty)
            .scatter_reduce_(0, flat, depths, reduce)
            .view(1, 1, blocks, blocks)
            for empty, reduce in ((torch.inf, "amin"), (-torch.inf, "amax"))
        )
        near = -F.max_pool2d(-nearest, 3, 1, 1)
        far = F.max_pool2d(torch.where(nearest.isfinite(), nearest, -torch.inf), 3, 1, 1)
        last = F.max_pool2d(farthest, 3, 1, 1)
        margin = _MARGIN * self._cell
        return tuple(  # type: ignore[return-value]
            depth[0, 0]
            .repeat_interleave(rays_in_block, 0)
            .repeat_interleave(rays_in_block, 1)
            .flatten()
            for depth in (near - margin, far + margin, last + margin)
        )

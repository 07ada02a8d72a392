"""What a camera sees of a textured triangle mesh: a small renderer to judge delivered heads by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..generator.side_rasteriser import Holes, barycentric, blend_corners, rasterise_near
from ..views.cameras import Camera

SUPERSAMPLES = 2  # along a side of a pixel, as the views of the field have


@dataclass(frozen=True)
class MeshView:
    """What a camera sees of a mesh. Row 0 is the top of the picture."""

    color: Tensor  # [S,S,3] unlit sRGB in [0,1] times coverage
    coverage: Tensor  # [S,S] 0..1

    def over(self, grey: float) -> Tensor:
        """The picture [S,S,3] before a grey background."""
        return self.color + grey * (1 - self.coverage[..., None])


def draw_mesh(
    vertices: NDArray[np.floating[Any]],
    faces: NDArray[np.integer[Any]],
    corner_uvs: NDArray[np.float32],
    texture: NDArray[np.uint8],
    camera: Camera,
    size: int,
) -> MeshView:
    """The unlit view [size,size] of a textured mesh.

    Args:
        vertices: [V,3] field units, all before the camera.
        faces: [F,3].
        corner_uvs: [F,3,2].
        texture: [H,W,3] sRGB, row 0 at the top (v = 1); read bilinearly.
    """
    side = size * SUPERSAMPLES
    corners, inverse_depth = _on_screen(vertices, faces, camera)
    none = Holes(torch.zeros(len(faces), dtype=torch.bool), lambda a, b: a >= 0)
    seen = rasterise_near(corners, side, none)
    # What is linear in space is linear on the screen only after a division by the depth.
    weights = barycentric(corners, seen, side) * inverse_depth[seen.triangles]
    weights = weights / weights.sum(dim=1, keepdim=True)
    uvs = blend_corners(torch.from_numpy(corner_uvs)[seen.triangles], weights)
    looks = torch.zeros(side * side, 4)
    looks[seen.texels, :3] = read_texture(texture, uvs)
    looks[seen.texels, 3] = 1.0
    pixels = F.avg_pool2d(looks.view(side, side, 4).permute(2, 0, 1), SUPERSAMPLES)
    return MeshView(pixels[:3].permute(1, 2, 0), pixels[3])


def read_texture(texture: NDArray[np.uint8], uvs: Tensor) -> Tensor:
    """Colours [N,C] in [0,1] of a texture [H,W,C] at UVs [N,2], bilinear."""
    picture = torch.from_numpy(texture).permute(2, 0, 1)[None].float() / 255
    grid = (uvs * torch.tensor([2.0, -2.0]) + torch.tensor([-1.0, 1.0])).float()
    read = F.grid_sample(picture, grid[None, None], padding_mode="border", align_corners=False)
    return read[0, :, 0].t()


def _on_screen(
    vertices: NDArray[np.floating[Any]], faces: NDArray[np.integer[Any]], camera: Camera
) -> tuple[Tensor, Tensor]:
    """Corners [F,3,3] as the rasteriser takes them, and their inverse depths [F,3]."""
    points = torch.from_numpy(np.asarray(vertices, np.float32))
    x, y, z = ((points - camera.cam2world[:3, 3]) @ camera.cam2world[:3, :3]).unbind(1)
    columns = camera.intrinsics[0, 0] * x / z + camera.intrinsics[0, 2]
    rows = camera.intrinsics[1, 1] * y / z + camera.intrinsics[1, 2]
    index = torch.from_numpy(np.asarray(faces, np.int64))
    screen = torch.stack([2 * columns - 1, 2 * rows - 1, 1 / z], dim=1)[index]
    return screen, screen[..., 2]

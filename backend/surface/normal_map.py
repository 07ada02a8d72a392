"""Normals of a detailed surface, painted as a tangent-space normal map for a mesh with fewer triangles."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from .grid import OnProgress
from .tangents import corner_tangents
from .texels import LocatedTexels, UvMesh

# Points [N,3] float32 of the detailed surface -> its outward unit normals [N,3] there, or 0 where it has none.
DetailNormals = Callable[[Tensor], Tensor]

FLAT = np.array([128, 128, 255], np.uint8)
# Between these two angles the detail fades out: beyond, it is that of another sheet of a thin part.
FADE_FROM, FADE_TO = math.radians(50), math.radians(85)
LOOKS = 1.5  # along the standard deviation of the smoothing
DETAIL_SHARE = 0.8  # of the time
MAX_TILT = math.radians(40)  # steeper ones would glitter


def bake_normal_map(
    detail_normals: DetailNormals,
    mesh: UvMesh,
    texels: LocatedTexels,
    smoothing: float = 0.0,
    noise_tilt: float = 0.0,
    on_progress: OnProgress | None = None,
) -> NDArray[np.uint8]:
    """The map [H,W,3] that makes the mesh look as if it had the detailed surface's normals.

    Args:
        detail_normals: asked at `texels.points`.
        mesh: the one that `texels` belong to.
        smoothing: standard deviation, in units of the mesh, over which the detail is averaged within charts.
        noise_tilt: radians; tilts below it are hardly drawn, and larger ones that much less.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.

    Convention: tangent space of MikkTSpace, x to where u grows, y to where v grows (OpenGL), z along the mesh's
    interpolated normal; a byte is 127.5 * (1 + value).
    """
    normals = mesh.normals[mesh.faces].astype(np.float32)
    tangents = corner_tangents(mesh).astype(np.float32)
    detail = np.zeros((len(texels), 3), np.float32)
    shares = np.zeros(len(texels), np.float32)
    for some in texels.grid(
        int(smoothing / texels.size)
    ):  # nobody sees what the average takes away
        normal = F.normalize(torch.from_numpy(texels.interpolate(normals, some)), dim=1)
        with torch.inference_mode():
            found = detail_normals(torch.from_numpy(texels.points[some]))
            trust = trust_of(torch.arccos((found * normal).sum(dim=1).clamp(-1.0, 1.0)))
        detail[some] = found.numpy()
        shares[some] = torch.where((found == 0).all(dim=1), 0.0, trust).numpy()
        if on_progress is not None:
            on_progress(DETAIL_SHARE * (some[-1] + 1) / len(texels))
    detail = texels.average(detail, shares, smoothing)
    painted = np.zeros((len(texels), 3), np.uint8)
    for batch in texels.batches():
        frame = (torch.from_numpy(texels.interpolate(x, batch)) for x in (normals, tangents))
        inside = to_tangent_space(torch.from_numpy(detail[batch]), *frame)
        direction = limit_tilt(inside, noise_tilt)
        painted[batch] = ((direction + 1.0) * 127.5 + 0.5).to(torch.uint8).numpy()
        if on_progress is not None:
            done = min(1.0, batch.stop / len(texels))
            on_progress(DETAIL_SHARE + (1.0 - DETAIL_SHARE) * done)
    return texels.paint(painted, FLAT)


def to_tangent_space(detail: Tensor, normal: Tensor, tangent: Tensor) -> Tensor:
    """Directions [N,3] in the frame of interpolated normals [N,3] and tangents with signs [N,4], as units [N,3].

    Renderers do not make the interpolated vectors perpendicular, so neither does this. What has no direction
    there is 0.
    """
    along_u, sign = tangent[:, :3], tangent[:, 3:]
    along_v = sign * torch.linalg.cross(normal, along_u)
    # The rows of the frame's inverse are cross products, up to a factor that makes no difference (Cramer).
    volume = (along_u * torch.linalg.cross(along_v, normal)).sum(dim=1, keepdim=True)
    inverse = (
        torch.linalg.cross(along_v, normal),
        torch.linalg.cross(normal, along_u),
        torch.linalg.cross(along_u, along_v),
    )
    inside = torch.stack([(detail * row).sum(dim=1) for row in inverse], dim=1)
    unit = F.normalize(inside * volume.sign(), dim=1)
    return torch.where(volume.abs() > 1e-6, unit, torch.zeros_like(unit))


def limit_tilt(directions: Tensor, noise_tilt: float = 0.0) -> Tensor:
    """Tangent-space units [N,3], or 0, tilted no more than the mesh can carry; [N,3] unit.

    Args:
        noise_tilt: radians by which tilts lose, smoothly: they are small where there is only noise.
    """
    angle = torch.arccos(directions[:, 2].clamp(-1.0, 1.0))
    angle = torch.where((directions == 0).all(dim=1), math.pi, angle)
    signal = torch.sqrt(angle.square() + noise_tilt**2) - noise_tilt
    # Small tilts stay as they are, large ones approach the limit.
    kept = MAX_TILT * torch.tanh(signal / MAX_TILT) * trust_of(angle)
    across = F.normalize(directions[:, :2], dim=1)
    return torch.cat([across * kept.sin()[:, None], kept.cos()[:, None]], dim=1)


def trust_of(angle: Tensor) -> Tensor:
    """How far to believe a detail at angles [N] from the mesh's normal, 0..1."""
    return ((FADE_TO - angle) / (FADE_TO - FADE_FROM)).clamp(0.0, 1.0)

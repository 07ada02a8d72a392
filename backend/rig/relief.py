"""Normal maps of what a texture's colours show in fine: dark lines, pores and gaps between hairs lie deeper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Picture = NDArray[np.uint8]

FLAT = (128, 128, 255)
_TEXELS = 2.0 / 1024  # of the texture's side: what is finer becomes relief
SKIN_RELIEF, HAIR_RELIEF = 2.5, 4.0  # slope of a step from black to white over one texel of 1024


def relief(albedo: Picture, strength: float) -> Picture:
    """Colours [side,side,3 or 4] -> normals [side,side,3] in tangent space, +Y (OpenGL)."""
    side = len(albedo)
    height = albedo[..., :3].astype(np.float32).mean(axis=2) / 255
    wide = _TEXELS * side
    detail = gaussian_filter(height, wide / 4) - gaussian_filter(height, wide)
    down, across = np.gradient(detail * strength * side / 1024)
    normal = np.stack([-across, down, np.ones_like(across)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return np.asarray(((normal + 1) / 2 * 255 + 0.5).clip(0, 255).astype(np.uint8))

"""Pictures that cannot show a face: of one colour, a plain gradient, noise or a fine pattern.

The portrait CLIP has seen nothing but heads and rates a landscape as high as a portrait, so it cannot be asked. These
are properties of any picture of a face instead: it has contrast, more of it than a gradient, and keeps it when it is
seen from afar. What has all three may still show no face; docs/user-guide.md has the figures.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_SIDE = 24  # pixels to which a picture is reduced: the coarsest size at which a face is still one
_LEAST_CONTRAST = 0.012  # standard deviation of a reduced picture's brightness
_LEAST_KEPT = 0.4  # of the contrast, when a picture is reduced
_LEAST_BEYOND_GRADIENT = 0.3  # of the contrast that no smooth gradient explains


def why_faceless(picture: Tensor) -> str:
    """Why a picture [3,H,W], sRGB, cannot show a face; empty if it may."""
    grey = picture.mean(0, keepdim=True)[None]
    small = F.interpolate(grey, (_SIDE, _SIDE), mode="area")[0, 0]
    contrast, seen = float(grey.std()), float(small.std())
    if contrast < _LEAST_CONTRAST:
        return "it is of one colour"
    if seen < _LEAST_KEPT * contrast:
        return "it is noise or a fine pattern"
    if _beyond_gradient(small) < _LEAST_BEYOND_GRADIENT:
        return "it is a plain gradient"
    return ""


def _beyond_gradient(small: Tensor) -> float:
    """Share of the contrast of a picture [S,S] that remains beside the nearest surface of second order."""
    places = torch.linspace(-1, 1, len(small), dtype=torch.float64)
    y, x = torch.meshgrid(places, places, indexing="ij")
    terms = torch.stack([torch.ones_like(x), x, y, x * y, x * x, y * y], -1).reshape(-1, 6)
    values = small.double().reshape(-1, 1)
    fitted = terms @ torch.linalg.lstsq(terms, values).solution
    return float((values - fitted).std() / values.std().clamp_min(1e-9))

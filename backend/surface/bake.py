"""Colours of the field, painted into the texture of a mesh."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from .field import Field, broken_field_error
from .grid import OnProgress
from .texels import LocatedTexels

Picture = NDArray[np.uint8]


def bake_albedo(
    field: Field, texels: LocatedTexels, on_progress: OnProgress | None = None
) -> Picture:
    """The unlit colour of the field at every texel.

    Args:
        texels: located in field units.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.

    Returns:
        [H,W,3] sRGB; row 0 is the top (v = 1). What lies beside the charts has their mean colour.
    """
    colors = np.zeros((len(texels), 3), np.uint8)
    for batch in texels.batches():
        rgb = _evaluate_rgb(field, texels.points[batch])
        colors[batch] = (rgb * 255.0 + 0.5).astype(np.uint8)
        if on_progress is not None:
            on_progress(min(1.0, batch.stop / len(texels)))
    mean = colors.mean(axis=0).round() if len(colors) else np.zeros(3)
    return texels.paint(colors, mean.astype(np.uint8))


def _evaluate_rgb(field: Field, points: NDArray[np.float32]) -> NDArray[np.float32]:
    with torch.inference_mode():
        rgb = field.rgb(torch.from_numpy(points))
    colors = rgb.float().cpu().numpy()
    if not np.isfinite(colors).all():
        raise broken_field_error()
    return np.asarray(colors.clip(0.0, 1.0))

"""Which part of the head every texel shows: a mask for each part, and how rough its surface is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .grid import OnProgress
from .texels import LocatedTexels

Picture = NDArray[np.uint8]

DEFAULT_ROUGHNESS = 0.6
ROUGHNESS = {
    "skin": 0.55,
    "brow": 0.7,
    "eye": 0.15,
    "lips": 0.42,
    "mouth": 0.35,
    "teeth": 0.25,
    "ear": 0.55,
    "neck": 0.55,
    "hair": 0.6,
    "beard": 0.7,
    "glasses": 0.2,
}
BACKGROUND_LABEL = "background"


@dataclass(frozen=True)
class PartLabels:
    """What a field knows of the parts of a head."""

    names: tuple[str, ...]  # of the labels, the background among them
    logits: Callable[[Tensor], Tensor]  # points [N,3] -> [N,L]
    masks: bool = False  # whether a mask of every part is wanted beside the roughness

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts, as masks are called: the first word of a label."""
        return tuple(name.split()[0] for name in self.names if name != BACKGROUND_LABEL)

    def odds(self, points: Tensor) -> Tensor:
        """How much of each part [N,P] there is at points [N,3]; they sum to 1."""
        kept = [index for index, name in enumerate(self.names) if name != BACKGROUND_LABEL]
        return self.logits(points)[:, kept].softmax(dim=1)


@dataclass(frozen=True)
class PartMask:
    """Where a part is."""

    part: str
    picture: Picture  # [H,W] 0 elsewhere .. 255 this part only


@dataclass(frozen=True)
class PartMaps:
    """The maps that follow from the labels."""

    roughness: Picture  # [H,W] linear, 0 .. 255 for 0 .. 1
    masks: tuple[PartMask, ...]  # none unless they were wanted


def bake_part_maps(
    labels: PartLabels,
    texels: LocatedTexels,
    smoothing: float = 0.0,
    on_progress: OnProgress | None = None,
) -> PartMaps:
    """The roughness that follows from the parts, and their masks where they are wanted.

    Args:
        texels: located in the units of `labels`.
        smoothing: standard deviation, in these units, over which the roughness is averaged within charts.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    parts = labels.parts
    levels = torch.tensor([ROUGHNESS.get(part, DEFAULT_ROUGHNESS) for part in parts])
    shares = np.zeros((len(parts) if labels.masks else 0, len(texels)), np.uint8)
    levels_at = np.zeros((len(texels), 1), np.float32)
    for batch in texels.batches():
        with torch.inference_mode():
            odds = labels.odds(torch.from_numpy(texels.points[batch]))
            if labels.masks:
                shares[:, batch] = _bytes(odds.t())
            levels_at[batch, 0] = (odds @ levels).numpy()
        if on_progress is not None:
            on_progress(min(1.0, batch.stop / len(texels)))
    smooth = texels.average(levels_at, np.ones(len(texels), np.float32), smoothing)
    roughness = _bytes(torch.from_numpy(smooth[:, 0]))
    nothing = np.zeros((), np.uint8)
    mean = np.asarray(roughness.mean().round() if len(roughness) else 0, np.uint8)
    return PartMaps(
        texels.paint(roughness, mean),
        tuple(
            PartMask(part, texels.paint(share, nothing))
            for part, share in zip(parts if labels.masks else (), shares, strict=True)
        ),
    )


def even_roughness(side: int) -> Picture:
    """The roughness [side,side] of a head whose parts nobody knows."""
    return np.full((side, side), round(DEFAULT_ROUGHNESS * 255), np.uint8)


def _bytes(values: Tensor) -> Picture:
    """0..1 -> 0..255."""
    return np.asarray((values.clamp(0.0, 1.0) * 255.0 + 0.5).to(torch.uint8).numpy())

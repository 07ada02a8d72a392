"""How close pictures come to true ones: noise, structure, sharpness, labels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Picture = NDArray[np.float32]  # [H,W,3] sRGB in [0,1]
Mask = NDArray[np.bool_]  # [H,W]

_SIGMA = 1.5  # pixels of the window of SSIM
_WINDOW = 3.5  # its half width in sigmas: 11 pixels in all


@dataclass(frozen=True)
class SquareSum:
    """Squares added up, and how many."""

    total: float
    count: int

    def __add__(self, other: SquareSum) -> SquareSum:
        return SquareSum(self.total + other.total, self.count + other.count)

    @property
    def root_mean(self) -> float:
        return math.sqrt(self.total / self.count) if self.count else math.nan

    @property
    def psnr_db(self) -> float:
        """Of errors of pictures in [0,1]; at most 100."""
        return -20 * math.log10(max(self.root_mean, 1e-5)) if self.count else math.nan


NOTHING = SquareSum(0.0, 0)


def squared_error(actual: Picture, true: Picture, mask: Mask) -> SquareSum:
    """Of all channels within the mask."""
    difference = (actual - true)[mask].astype(np.float64)
    return SquareSum(float((difference**2).sum()), difference.size)


def gradient_energy(picture: Picture, mask: Mask) -> SquareSum:
    """Squared differences between neighbours that both lie within the mask."""
    energy = NOTHING
    for first, second in (
        ((slice(None), slice(1, None)), (slice(None), slice(None, -1))),
        ((slice(1, None), slice(None)), (slice(None, -1), slice(None))),
    ):
        energy += squared_error(picture[first], picture[second], mask[first] & mask[second])
    return energy


def energy_ratio(actual: SquareSum, true: SquareSum) -> float:
    return actual.total / true.total if true.total else math.nan


def structural_similarity(actual: Picture, true: Picture, mask: Mask) -> float:
    """Mean SSIM within the mask, with a Gaussian window (Wang et al., 2004)."""

    def blur(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(ndimage.gaussian_filter(x, (_SIGMA, _SIGMA, 0), truncate=_WINDOW))

    x, y = actual.astype(np.float64), true.astype(np.float64)
    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    similarity = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    )
    return float(similarity[mask].mean())


def box_around(mask: Mask, margin: float) -> Mask:
    """The mask's bounding box, larger by a share of its longer side on every side; empty if it is."""
    box = np.zeros_like(mask)
    rows, columns = np.nonzero(mask)
    if len(rows):
        grow = round(margin * max(np.ptp(rows), np.ptp(columns)))
        box[
            max(rows.min() - grow, 0) : rows.max() + grow + 1,
            max(columns.min() - grow, 0) : columns.max() + grow + 1,
        ] = True
    return box


def near(mask: Mask, pixels: int) -> Mask:
    """Everything within so many pixels (city blocks) of the mask."""
    return np.asarray(ndimage.binary_dilation(mask, iterations=pixels))


def confusion(
    actual: NDArray[np.uint8], true: NDArray[np.uint8], mask: Mask, labels: int
) -> NDArray[np.int64]:
    """How often [true label, given label] meet within the mask."""
    pairs = true[mask].astype(np.int64) * labels + actual[mask]
    return np.bincount(pairs, minlength=labels * labels).reshape(labels, labels)


def mean_iou(counts: NDArray[np.int64]) -> float:
    """Mean intersection over union of the labels that truly occur, without label 0 (the background)."""
    both = np.diag(counts)
    either = counts.sum(0) + counts.sum(1) - both
    occurs = counts.sum(1) > 0
    occurs[0] = False
    return float((both[occurs] / either[occurs]).mean())

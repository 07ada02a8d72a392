"""How two sets of heads compare as wholes: by the distance of their distributions, and by their variety."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

Floats = NDArray[np.floating[Any]]


def kernel_distance(first: Floats, second: Floats) -> float:
    """KID (Binkowski et al., "Demystifying MMD GANs", 2018) of features [N,D] and [M,D] of length 1.

    The unbiased estimate of the squared MMD with the kernel (x.y + 1)^3, where x and y are scaled to a mean
    square of 1 before the paper's division by D; it may fall below 0.
    """

    def kernel(x: Floats, y: Floats) -> Floats:
        return np.asarray((x @ y.T + 1.0) ** 3)

    def mean_of_others(x: Floats) -> float:
        values = kernel(x, x)
        return float((values.sum() - np.trace(values)) / (len(x) * (len(x) - 1)))

    across = float(kernel(first, second).mean())
    return mean_of_others(first) + mean_of_others(second) - 2 * across


def variety(items: Floats) -> float:
    """Mean distance between two of the rows [N,D]."""
    return float(pdist(items).mean())

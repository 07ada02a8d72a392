"""How many triangles cover each texel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def coverage(triangle_uvs: NDArray[np.floating[Any]], size: int = 512) -> NDArray[np.integer[Any]]:
    """[size,size] counts of triangles [T,3,2] over the middles of texels; those on an edge belong to nobody."""
    covered = np.zeros((size, size), np.int32)
    for a, b, c in triangle_uvs.astype(np.float64) * size:
        low = np.maximum(np.floor(np.minimum(np.minimum(a, b), c)).astype(int), 0)
        high = np.minimum(np.ceil(np.maximum(np.maximum(a, b), c)).astype(int), size)
        grid = np.stack(np.meshgrid(*(np.arange(low[k], high[k]) + 0.5 for k in range(2))), -1)
        signs = [
            (q - p)[0] * (grid[..., 1] - p[1]) - (q - p)[1] * (grid[..., 0] - p[0])
            for p, q in ((a, b), (b, c), (c, a))
        ]
        margin = 1e-4 * size
        inside = np.all([s > margin for s in signs], axis=0) | np.all(
            [s < -margin for s in signs], axis=0
        )
        covered[low[1] : high[1], low[0] : high[0]] += inside
    return covered

"""Any triangles get places of their own in the texture."""

from __future__ import annotations

import numpy as np
import pytest

from backend.surface.triangle_packing import pack_triangles
from backend.surface.unwrap import uv_coverage


@pytest.mark.parametrize("count", [1, 2, 7, 5000])
def test_triangles_of_any_mesh_overlap_nowhere(count: int) -> None:
    """Random ones, that share corners at random: each lies in its own half of a cell."""
    rng = np.random.default_rng(count)
    vertices, faces = rng.standard_normal((50, 3)), rng.integers(0, 50, (count, 3))
    uvs = pack_triangles(vertices, faces, 1024).astype(np.float64)
    assert uvs.min() >= 0.0 and uvs.max() <= 1.0
    side = int(np.ceil(np.sqrt(np.ceil(count / 2))))
    inside = uvs * side - (np.floor(uvs.mean(axis=1) * side))[:, None]
    assert inside.min() > 0.0 and inside.max() < 1.0
    below = inside.sum(axis=2)
    assert ((below < 1.0).all(axis=1) | (below > 1.0).all(axis=1)).all()
    keys = np.floor(uvs.mean(axis=1) * side) @ [1, side] * 2 + (below.mean(axis=1) > 1.0)
    assert len(np.unique(keys)) == count
    assert uv_coverage(uvs.astype(np.float32)) > (0.6 if count == 5000 else 0.3)


def test_a_right_angle_stays_one() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    for faces in ([[0, 1, 2]], [[1, 2, 0]], [[2, 0, 1]]):
        (uvs,) = pack_triangles(vertices, np.array(faces), 256)
        at = {vertex: uvs[corner] for corner, vertex in enumerate(faces[0])}
        assert (at[1] - at[0]) @ (at[2] - at[0]) == pytest.approx(0.0, abs=1e-6)

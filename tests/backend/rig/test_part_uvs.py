"""UVs of parts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.rig.part_uvs import CORNER, unwrap_part
from backend.surface.unwrap import uv_coverage
from backend.surface.uv_rasteriser import rasterise_uvs
from tests.backend.rig.balls import sphere_mesh


def unwrap(is_hidden_below: float) -> tuple[NDArray[np.floating[Any]], NDArray[np.integer[Any]]]:
    vertices, faces = sphere_mesh(0.2, steps=2)
    is_hidden = (vertices[faces][:, :, 1] < is_hidden_below).all(axis=1)
    return unwrap_part(vertices, faces, is_hidden, 512), is_hidden


def test_what_is_hidden_lies_in_the_corner_and_nothing_else_does() -> None:
    uvs, is_hidden = unwrap(0.0)
    in_corner = (uvs > 1 - CORNER - 1e-6).all(axis=(1, 2))
    np.testing.assert_array_equal(in_corner, is_hidden)
    assert uvs.min() >= 0 and uvs.max() <= 1


def test_what_shows_gets_more_texels_than_if_all_were_equal() -> None:
    hiding, is_hidden = unwrap(0.0)
    equal, _ = unwrap(-1.0)
    assert uv_coverage(hiding[~is_hidden]) > 1.4 * uv_coverage(equal[~is_hidden])


def test_no_texel_lies_in_two_faces() -> None:
    uvs, _ = unwrap(0.0)
    side = 2048
    area = uv_coverage(uvs) * side**2
    covered = len(np.unique(rasterise_uvs(uvs, side).flat))
    np.testing.assert_allclose(covered, area, rtol=0.03)

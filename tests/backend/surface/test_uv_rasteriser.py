"""Texels of known triangles."""

from collections.abc import Sequence

import numpy as np
import pytest

from backend.surface.uv_rasteriser import Texels, rasterise_uvs


def texels_of(uvs: Sequence[Sequence[Sequence[float]]], side: int) -> Texels:
    return rasterise_uvs(np.array(uvs, np.float32), side)


def test_a_full_square_covers_every_texel_once() -> None:
    square = [[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]]
    texels = texels_of(square, 16)
    np.testing.assert_array_equal(texels.flat, np.arange(256))
    assert set(texels.face) == {0, 1}


def test_weights_give_back_the_centres_of_texels_with_v_upwards() -> None:
    uvs = np.array([[[0.1, 0.2], [0.9, 0.25], [0.5, 0.8]]], np.float32)
    side = 40
    texels = rasterise_uvs(uvs, side)
    points = (uvs[0][None] * texels.weights[:, :, None]).sum(axis=1)
    centres = np.stack(
        [(texels.flat % side + 0.5) / side, 1.0 - (texels.flat // side + 0.5) / side], axis=1
    )
    inside = (texels.weights > 1e-9).all(axis=1)
    np.testing.assert_allclose(points[inside], centres[inside], atol=1e-6)
    assert np.abs(points - centres).max() < 1.0 / side
    assert inside.sum() / side**2 == pytest.approx(0.23, abs=0.01)


def test_every_texel_that_a_triangle_touches_is_painted() -> None:
    side = 32
    sliver = np.array([[[0.05, 0.111], [0.95, 0.902], [0.96, 0.9]]], np.float32)
    texels = rasterise_uvs(sliver, side)
    steps = np.linspace(0.0, 1.0, 2000)[:, None]
    line = sliver[0, 0] * (1 - steps) + sliver[0, 1] * steps
    touched = np.floor((1 - line[:, 1]) * side) * side + np.floor(line[:, 0] * side)
    assert set(touched.astype(int)) <= set(texels.flat)


def test_winding_does_not_matter() -> None:
    uvs = np.array([[[0.1, 0.2], [0.9, 0.25], [0.5, 0.8]]], np.float32)
    one, other = rasterise_uvs(uvs, 24), rasterise_uvs(uvs[:, ::-1], 24)
    np.testing.assert_array_equal(one.flat, other.flat)
    np.testing.assert_allclose(one.weights, other.weights[:, ::-1], atol=1e-9)


def test_many_small_triangles_in_batches_equal_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    uvs = (rng.random((300, 1, 2)) * 0.8 + rng.random((300, 3, 2)) * 0.2).astype(np.float32)
    whole = rasterise_uvs(uvs, 128)
    monkeypatch.setattr("backend.surface.uv_rasteriser.BATCH", 1000)
    parts = rasterise_uvs(uvs, 128)
    np.testing.assert_array_equal(whole.face, parts.face)
    np.testing.assert_array_equal(whole.weights, parts.weights)

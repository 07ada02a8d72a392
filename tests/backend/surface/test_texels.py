"""Texels know their place on the mesh, and pictures go on over the edges of charts."""

import numpy as np
import pytest

from backend.surface.texels import MARGIN, LocatedTexels, UvMesh, locate_texels

SIDE = 64
# A square of side 2 in the plane z = 1, on the middle quarter of the texture.
VERTICES = np.array([[-1.0, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]])
FACES = np.array([[0, 1, 2], [0, 2, 3]])
SQUARE = UvMesh(
    VERTICES,
    FACES,
    np.tile([0.0, 0.0, 1.0], (4, 1)),
    (0.5 + VERTICES[FACES][:, :, :2] / 4).astype(np.float32),
)


@pytest.fixture(scope="module")
def texels() -> LocatedTexels:
    return locate_texels(SQUARE, SIDE)


def test_every_texel_shows_its_point_of_the_mesh(texels: LocatedTexels) -> None:
    columns, rows = texels.flat % SIDE, texels.flat // SIDE
    x = ((columns + 0.5) / SIDE - 0.5) * 4
    y = (0.5 - (rows + 0.5) / SIDE) * 4
    inside = (np.abs(x) <= 1) & (np.abs(y) <= 1)
    assert inside.sum() == (SIDE / 2) ** 2
    expected = np.stack([x, y, np.ones_like(x)], axis=1)
    np.testing.assert_allclose(texels.points[inside], expected[inside], atol=1e-5)


def test_points_are_settled_along_the_meshs_normals() -> None:
    settled = locate_texels(SQUARE, SIDE, lambda points, normals: points + 0.25 * normals)
    np.testing.assert_allclose(settled.points[:, 2], 1.25, atol=1e-6)


def test_the_size_of_a_texel_is_that_on_the_mesh(texels: LocatedTexels) -> None:
    assert texels.size == pytest.approx(
        2 / (SIDE / 2 + 2), rel=1e-6
    )  # a rim of texels is touched only


def test_maps_go_on_for_the_margin_and_then_have_the_background(texels: LocatedTexels) -> None:
    picture = texels.paint(np.full(len(texels), 9, np.uint8), np.array(3, np.uint8))
    middle, low = SIDE // 2, SIDE // 4
    assert (picture[middle, low - MARGIN + 1 : SIDE - low + MARGIN - 1] == 9).all()
    assert (picture[middle, : low - MARGIN - 2] == 3).all()


def test_a_map_has_as_many_channels_as_its_values(texels: LocatedTexels) -> None:
    values = np.tile(np.array([1, 2, 3], np.uint8), (len(texels), 1))
    picture = texels.paint(values, np.array([7, 8, 9], np.uint8))
    assert tuple(picture[SIDE // 2, SIDE // 2]) == (1, 2, 3)
    assert tuple(picture[0, 0]) == (7, 8, 9)


def test_averages_keep_what_is_even_up_to_the_edge_of_a_chart(texels: LocatedTexels) -> None:
    shares = np.random.default_rng(1).uniform(0.1, 1.0, len(texels)).astype(np.float32)
    even = np.full((len(texels), 2), 0.7, np.float32)
    averaged = texels.average(even, shares, 4 * texels.size)
    np.testing.assert_allclose(averaged, even, atol=1e-4)


def test_an_average_spreads_over_the_distance_asked_for(texels: LocatedTexels) -> None:
    spike = np.zeros((len(texels), 1), np.float32)
    middle = int(np.abs(texels.points[:, :2]).sum(axis=1).argmin())
    spike[middle] = 1.0
    deviation = 3 * texels.size
    spread = texels.average(spike, np.ones(len(texels), np.float32), deviation)[:, 0]
    offset = texels.points[:, 0] - texels.points[middle, 0]
    found = np.sqrt((spread * offset**2).sum() / spread.sum())
    assert found == pytest.approx(deviation, rel=0.15)


def test_texels_that_count_nothing_do_not_show_in_the_average(texels: LocatedTexels) -> None:
    values = np.where(texels.points[:, :1] > 0, 1.0, 5.0).astype(np.float32)
    shares = (texels.points[:, 0] > 0).astype(np.float32)
    averaged = texels.average(values, shares, 4 * texels.size)
    near = (shares > 0) | (texels.points[:, 0] > -2 * texels.size)
    np.testing.assert_allclose(averaged[near], 1.0, atol=1e-4)
    assert averaged[texels.points[:, 0] < -0.9].max() == 0.0


def test_a_grid_takes_a_texel_out_of_each_square(texels: LocatedTexels) -> None:
    (some,) = texels.grid(3)
    assert set((texels.flat[some] % SIDE) % 3) == {0}
    assert set((texels.flat[some] // SIDE) % 3) == {0}
    assert len(some) == pytest.approx(len(texels) / 9, rel=0.15)
    assert sum(len(batch) for batch in texels.grid(0)) == len(texels)


def test_an_exception_from_the_progress_cancels() -> None:
    def cancel(_share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        locate_texels(SQUARE, SIDE, None, cancel)

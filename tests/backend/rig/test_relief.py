"""Relief of a texture: flat where nothing is drawn, as steep as the formula says, with dark lines as furrows."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.relief import FLAT, HAIR_RELIEF, SKIN_RELIEF, relief

Picture = NDArray[np.uint8]
Wide = NDArray[np.float64]


def grey(values: Wide) -> Picture:
    """[H,W] 0..1 -> [H,W,3]."""
    return np.round(values[..., None] * 255).astype(np.uint8).repeat(3, axis=2)


def normals(picture: Picture) -> Wide:
    return picture.astype(np.float64) / 255 * 2 - 1


def pores(side: int) -> Picture:
    """Dots in no order."""
    return grey(np.random.default_rng(0).random((side, side)))


@pytest.mark.parametrize("color", [(0, 0, 0), (200, 150, 120), (255, 255, 255)])
def test_one_colour_is_flat(color: tuple[int, int, int]) -> None:
    picture = np.tile(np.array(color, np.uint8), (64, 64, 1))
    assert (relief(picture, HAIR_RELIEF) == FLAT).all()


def test_normals_have_length_one_and_look_outwards() -> None:
    found = normals(relief(pores(256), HAIR_RELIEF))
    assert np.linalg.norm(found, axis=2) == pytest.approx(1.0, abs=0.01)
    assert found[..., 2].min() > 0.0


def test_a_dark_line_is_a_furrow() -> None:
    """Its left side leans to the right, its upper side down; y counts upwards."""
    values = np.full((512, 512), 0.7)
    values[:, 255:257] = 0.2
    across = normals(relief(grey(values), SKIN_RELIEF))[256]
    assert across[254, 0] > 0.1
    assert across[257, 0] < -0.1
    assert abs(across[:, 1]).max() < 0.01
    assert across[:240] == pytest.approx(np.tile([0.004, 0.004, 1.0], (240, 1)), abs=0.01)
    down = normals(relief(grey(values.T), SKIN_RELIEF))[:, 256]
    assert down[254, 1] < -0.1
    assert down[257, 1] > 0.1


@pytest.mark.parametrize("period", [8, 16, 64])
@pytest.mark.parametrize("strength", [SKIN_RELIEF, HAIR_RELIEF])
def test_waves_are_as_steep_as_the_formula_says(period: int, strength: float) -> None:
    """The difference of two Gaussians' transfer functions, times that of the central difference."""
    side, height = 1024, 0.25
    column = np.arange(side)
    wave = 0.5 + height * np.sin(2 * np.pi * column / period)
    picture = grey(np.tile(wave, (side, 1)))
    x = normals(relief(picture, strength))[side // 2, 64:-64, 0]
    turn = 2 * np.pi / period
    passed = np.exp(-((turn * 0.5) ** 2) / 2) - np.exp(-((turn * 2.0) ** 2) / 2)
    slope = height * passed * np.sin(turn) * strength
    assert abs(x).max() == pytest.approx(slope / np.hypot(1, slope), abs=0.012)


def test_a_picture_on_its_side_gives_normals_on_their_side() -> None:
    picture = pores(96)
    plain = normals(relief(picture, SKIN_RELIEF))
    turned = normals(relief(np.ascontiguousarray(picture.transpose(1, 0, 2)), SKIN_RELIEF))
    expected = np.stack([-plain[..., 1], -plain[..., 0], plain[..., 2]], axis=2).transpose(1, 0, 2)
    assert turned == pytest.approx(expected, abs=0.017)


def test_a_texture_of_another_size_has_the_same_relief() -> None:
    """Waves that both can show: what counts is their share of the texture."""
    found = []
    for side in (1024, 512):
        place = (np.arange(side) + 0.5) / side
        values = 0.5 + 0.2 * np.sin(2 * np.pi * 48 * place)
        found.append(normals(relief(grey(np.tile(values, (side, 1))), HAIR_RELIEF))[side // 2])
    halves = found[0].reshape(512, 2, 3).mean(axis=1)
    assert found[1][32:-32] == pytest.approx(halves[32:-32], abs=0.03)


def test_opacity_and_hue_are_no_relief() -> None:
    random = np.random.default_rng(0)
    picture = pores(64)
    clear = np.concatenate([picture, random.integers(0, 256, (64, 64, 1), np.uint8)], axis=2)
    assert np.array_equal(relief(clear, SKIN_RELIEF), relief(picture, SKIN_RELIEF))
    hues = np.full((64, 64, 3), 90, np.uint8)
    shift = random.integers(0, 60, (64, 64), np.uint8)
    hues[..., 0], hues[..., 1] = 90 + shift, 90 - shift
    assert (relief(hues, SKIN_RELIEF) == FLAT).all()

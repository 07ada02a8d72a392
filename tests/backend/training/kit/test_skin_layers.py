"""The looks of skins and eyes: fixed layers, and plain colours that the kit's pictures have."""

import os
from pathlib import Path

import numpy as np
import pytest

from backend.training.kit.assets import HeadKit
from backend.training.kit.latent import Z_DIM, block_slices, parameters_from_latent
from backend.training.kit.skin_layers import (
    EYE_LAYER_NAMES,
    LAYER_NAMES,
    LayerLook,
    cheek_color,
    eye_look,
    part_colors,
    skin_look,
)
from backend.training.kit.skin_painter import EyePainter, SkinPainter
from backend.training.kit.style_looks import MATERIAL_COLORS
from backend.training.kit.variety import CREATURES, MATERIALS, STYLES, style_coordinate

KIT = os.environ.get("HEADSMITH_KIT", "")
needs_kit = pytest.mark.skipif(not KIT, reason="HEADSMITH_KIT names no head kit")


def test_every_head_has_every_layer_in_the_same_order() -> None:
    rng = np.random.default_rng(0)
    for z in rng.standard_normal((50, Z_DIM)).astype(np.float32):
        head = parameters_from_latent(z)
        assert tuple(layer.name for layer in skin_look(head).layers) == LAYER_NAMES
        assert tuple(layer.name for layer in eye_look(head).layers) == EYE_LAYER_NAMES
        assert all(0 <= layer.strength <= 1 for layer in skin_look(head).layers)


def test_a_plain_young_head_has_only_its_scalp_painted() -> None:
    z = np.zeros(Z_DIM, np.float32)
    z[block_slices()["age"]] = -1
    look = skin_look(parameters_from_latent(z))
    assert {layer.name for layer in look.layers if layer.strength > 0} == {"scalp"}


@pytest.mark.parametrize("style", STYLES)
def test_the_layers_of_a_style_grow_with_its_strength(style: str) -> None:
    z = np.zeros(Z_DIM, np.float32)
    first = block_slices()["material"].start
    found = []
    for strength in (0.0, 0.5, 1.0):
        z[first + STYLES.index(style)] = style_coordinate(strength)
        head = parameters_from_latent(z)
        found.append(np.array([layer.strength for layer in skin_look(head).layers]))
    assert found[1] - found[0] == pytest.approx((found[2] - found[0]) / 2, abs=1e-5)
    assert style == "caricature" or (found[2] > found[0]).any()


def test_a_creature_takes_the_cheek_to_its_color() -> None:
    for tone in (-2, 2):
        z = np.zeros(Z_DIM, np.float32)
        z[block_slices()["ethnicity"].start] = tone
        z[block_slices()["creature"].start + CREATURES.index("goblin")] = style_coordinate(1.0)
        red, green, blue = cheek_color(parameters_from_latent(z))
        assert green > 1.2 * red > 1.2 * blue


def test_a_statue_is_of_one_material() -> None:
    z = np.zeros(Z_DIM, np.float32)
    z[block_slices()["material"].start + MATERIALS.index("gold")] = style_coordinate(1.0)
    colors = part_colors(parameters_from_latent(z))
    gold = np.array(MATERIAL_COLORS["gold"])
    for color in (colors.hair, colors.brow, colors.teeth, colors.lash):
        assert np.corrcoef(color, gold)[0, 1] > 0.99


def test_the_middle_of_an_eye_is_its_pupil_and_its_edge_its_sclera() -> None:
    head = parameters_from_latent(np.zeros(Z_DIM, np.float32))
    look = eye_look(head)
    picture = EyePainter(64).paint(look)
    pupil = next(layer for layer in look.layers if layer.name == "pupil")
    assert picture[31:33, 31:33] == pytest.approx(np.broadcast_to(pupil.rgb, (2, 2, 3)), abs=1e-3)
    assert picture[32, 2] == pytest.approx((0.9, 0.88, 0.86), abs=0.07)


@pytest.fixture(scope="module")
def painter() -> SkinPainter:
    return SkinPainter(HeadKit.load(Path(KIT)), 256)


@needs_kit
def test_the_cheek_has_the_cheek_color(painter: SkinPainter) -> None:
    rng = np.random.default_rng(1)
    for z in rng.standard_normal((10, Z_DIM)).astype(np.float32):
        head = parameters_from_latent(z)
        look = skin_look(head)
        bare = type(look)(look.weights, look.gain, ())
        picture = painter.paint(bare)
        cheek = np.median(picture[107:117, 226:236].reshape(-1, 3), axis=0)
        assert cheek == pytest.approx(cheek_color(head), abs=0.06)


@needs_kit
def test_masks_lie_between_nothing_and_all(painter: SkinPainter) -> None:
    for name in LAYER_NAMES:
        mask = painter.mask(name)
        assert mask.shape == (256, 256)
        assert mask.min() >= 0 and mask.max() <= 1 and mask.max() > 0.2, name


@needs_kit
def test_an_unknown_layer_is_refused(painter: SkinPainter) -> None:
    look = skin_look(parameters_from_latent(np.zeros(Z_DIM, np.float32)))
    with pytest.raises(ValueError, match="beehive"):
        painter.paint(type(look)(look.weights, look.gain, (LayerLook("beehive", 1, (0, 0, 0)),)))

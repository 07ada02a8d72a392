"""The texture of a rig-ready head: every part's look at its own UVs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.atlas import AtlasLook, atlas_texels, cell_size, paint_atlas
from backend.rig.atlas_layout import LASHES, LEFT_EYE, SKIN
from backend.rig.head_topology import load_topology
from backend.wire.rig_names import MATERIALS

SIDE = 256
COLORS = {
    "skin": (0.8, 0.6, 0.5),
    "eyes": (0.1, 0.2, 0.9),
    "lashes": (0.05, 0.05, 0.05),
    "teeth": (0.9, 0.9, 0.8),
    "tongue": (0.7, 0.2, 0.2),
}


def plain(size: tuple[int, int], name: str) -> NDArray[np.float32]:
    return np.broadcast_to(np.array(COLORS[name], np.float32), (*size, 3))


def look(opacity: float = 0.5, side: int = SIDE) -> AtlasLook:
    eye = plain(cell_size(LEFT_EYE, side), "eyes")
    lashes = cell_size(LASHES, side)
    return AtlasLook(
        plain(cell_size(SKIN, side), "skin"),
        eye,
        eye,
        plain(lashes, "lashes"),
        np.full(lashes, opacity, np.float32),
        COLORS["teeth"],
        COLORS["tongue"],
    )


def values_of(picture: NDArray[Any], material: str) -> NDArray[Any]:
    texels = atlas_texels(load_topology(), SIDE)
    of_face = np.repeat(load_topology().face_materials, 2)
    chosen = of_face[texels.face] == MATERIALS.index(material)
    return picture.reshape(SIDE * SIDE, -1)[texels.flat[chosen]]


@pytest.mark.parametrize("material", ["skin", "eyes", "lashes"])
def test_a_part_s_texels_have_its_colour(material: str) -> None:
    albedo = values_of(paint_atlas(load_topology(), look(), SIDE).albedo, material)
    assert np.abs(albedo[:, :3] - np.array(COLORS[material]) * 255).max() <= 1.0


@pytest.mark.parametrize("material", ["teeth", "tongue"])
def test_teeth_and_tongue_darken_towards_their_roots_only(material: str) -> None:
    albedo = values_of(paint_atlas(load_topology(), look(), SIDE).albedo, material)
    share = albedo[:, :3] / (np.array(COLORS[material]) * 255)
    assert share.min() > 0.7 and share.max() < 1.01


def test_only_lashes_are_transparent() -> None:
    albedo = paint_atlas(load_topology(), look(opacity=0.25), SIDE).albedo
    assert np.abs(values_of(albedo, "lashes")[:, 3].astype(int) - 64).max() <= 1
    for material in ("skin", "eyes", "teeth", "tongue"):
        assert (values_of(albedo, material)[:, 3] == 255).all()


def test_eyes_are_glossier_than_lips_and_lips_than_skin() -> None:
    roughness = paint_atlas(load_topology(), look(), SIDE).roughness
    eyes, skin = values_of(roughness, "eyes"), values_of(roughness, "skin")
    assert eyes.max() < 40 < skin.min()
    assert np.median(skin) == pytest.approx(0.55 * 255, abs=1)


def test_an_even_skin_has_no_relief_and_a_dark_line_lies_deep() -> None:
    side = 1024
    lined = look(side=side)
    assert (paint_atlas(load_topology(), lined, side).normal[300:700, 300:400, 2] >= 254).all()
    skin = lined.skin.copy()
    skin[512] *= 0.3
    normal = paint_atlas(load_topology(), replace(lined, skin=skin), side).normal
    above, below = normal[511, 200:500, 1], normal[513, 200:500, 1]
    # +Y: the slope above the line falls towards it, so its normal leans down; below it leans up.
    assert (above < 120).all() and (below > 136).all()

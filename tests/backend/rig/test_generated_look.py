"""What the generator that ships paints, at its place in the rig-ready head's texture."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from backend.bench.sheet_subjects import plain_head
from backend.rig.atlas import AtlasLook, atlas_texels, cell_size
from backend.rig.atlas_layout import LASHES, LEFT_EYE, SKIN
from backend.rig.generated_look import generated_look
from tests.backend.rig.starter_heads import starter, topology

SIDE = 256


@cache
def look_of(side: int = SIDE, age: float = 0.2, hair: str = "brown") -> AtlasLook:
    generator = starter()
    z = plain_head(gender=1.2, age=age, hair_style="bald", hair_color=hair)
    with torch.inference_mode():
        w = generator.map(torch.from_numpy(z)[None]).reshape(-1)
    assert generator.template is not None
    to_metres = np.eye(4)
    to_metres[:3, :3] /= generator.config.field_units_per_metre
    vertices = topology().vertices
    return generated_look(generator.template, topology(), vertices, to_metres, w, side)


def pictures(look: AtlasLook) -> list[NDArray[np.float32]]:
    return [look.skin, look.left_eye, look.right_eye, look.lashes, look.lash_opacity]


def test_every_picture_fills_its_cell_and_holds_colours() -> None:
    look = look_of()
    assert look.skin.shape == (*cell_size(SKIN, SIDE), 3)
    assert look.left_eye.shape == (*cell_size(LEFT_EYE, SIDE), 3)
    assert look.lashes.shape == (*cell_size(LASHES, SIDE), 3)
    assert look.lash_opacity.shape == cell_size(LASHES, SIDE)
    for picture in pictures(look):
        assert picture.dtype == np.float32
        assert 0.0 <= picture.min() < picture.max() <= 1.0


def test_an_eye_is_dark_in_the_middle_and_white_around_both_alike() -> None:
    look = look_of()
    assert np.array_equal(look.left_eye, look.right_eye)
    middle = len(look.left_eye) // 2
    pupil, white = (
        look.left_eye[middle, middle],
        look.left_eye[middle, middle + round(0.6 * middle)],
    )
    assert pupil.max() < 0.25 < 0.6 < white.min()


def test_skin_is_painted_wherever_a_face_of_it_lies() -> None:
    texels = atlas_texels(topology(), SIDE)
    is_skin = (np.repeat(topology().face_materials, 2) == 0)[texels.face]
    rows, columns = np.divmod(texels.flat[is_skin], SIDE)
    painted = look_of().skin[rows, columns]
    assert painted.max(axis=1).min() > 0.02
    outer = topology().is_outer_skin[topology().triangles].all(axis=1)[texels.face][is_skin]
    red, green, blue = painted[outer].mean(axis=0)
    assert red > green > blue


def test_it_is_the_same_every_time() -> None:
    first, second = look_of(), look_of.__wrapped__()
    for one, other in zip(pictures(first), pictures(second), strict=True):
        assert np.array_equal(one, other)


def test_a_larger_texture_shows_the_same_skin() -> None:
    """Each texel is about the mean of the four that take its place."""
    small, large = look_of(), look_of(2 * SIDE)
    texels = atlas_texels(topology(), SIDE)
    is_skin = (np.repeat(topology().face_materials, 2) == 0)[texels.face]
    rows, columns = np.divmod(texels.flat[is_skin], SIDE)
    four = large.skin.reshape(len(small.skin), 2, small.skin.shape[1], 2, 3)
    is_full = (four.max(axis=4) > 0).all(axis=(1, 3))[rows, columns]
    off = np.abs(four.mean(axis=(1, 3)) - small.skin)[rows, columns][is_full]
    assert off.mean() < 0.02


def test_teeth_are_lighter_than_the_tongue_and_the_tongue_is_red() -> None:
    look = look_of()
    teeth, tongue = np.array(look.teeth), np.array(look.tongue)
    assert teeth.mean() > tongue.mean()
    assert tongue[0] > 1.2 * tongue[1]


def test_lashes_cover_some_of_their_cell() -> None:
    opacity = look_of().lash_opacity
    assert 0.02 < (opacity > 0.5).mean() < 0.6


@pytest.mark.parametrize("part", ["skin"])
def test_another_head_looks_different(part: str) -> None:
    other = look_of(age=0.9, hair="grey")
    assert np.abs(getattr(other, part) - getattr(look_of(), part)).max() > 0.05

"""Masks and roughness from labels that are known."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from backend.surface.part_maps import ROUGHNESS, PartLabels, bake_part_maps, even_roughness
from backend.surface.texels import LocatedTexels, locate_texels
from tests.backend.surface.test_texels import SIDE, SQUARE


def skin_and_lips(points: Tensor) -> Tensor:
    """Background nowhere, skin at the left, lips at the right, half of each in the middle."""
    x = 12 * points[:, 0]
    return torch.stack([torch.full_like(x, 99.0), -x, x, torch.full_like(x, -99.0)], dim=1)


LABELS = PartLabels(("background", "skin", "lips", "mouth interior"), skin_and_lips, masks=True)


@pytest.fixture(scope="module")
def texels() -> LocatedTexels:
    return locate_texels(SQUARE, SIDE)


def test_every_part_but_the_background_has_a_mask(texels: LocatedTexels) -> None:
    maps = bake_part_maps(LABELS, texels)
    assert [mask.part for mask in maps.masks] == ["skin", "lips", "mouth"]
    skin, lips, mouth = (mask.picture for mask in maps.masks)
    middle, left, right = SIDE // 2, SIDE // 4 + 4, 3 * SIDE // 4 - 4
    assert (skin[middle, left], lips[middle, left]) == (255, 0)
    assert (skin[middle, right], lips[middle, right]) == (0, 255)
    assert mouth.max() == 0
    assert skin[0, 0] == 0  # beside all charts


def test_masks_of_a_texel_sum_to_one(texels: LocatedTexels) -> None:
    pictures = np.stack([mask.picture for mask in bake_part_maps(LABELS, texels).masks])
    total = pictures.astype(int).sum(axis=0).reshape(-1)[texels.flat]
    assert np.abs(total - 255).max() <= 1


def test_without_masks_the_roughness_is_the_same(texels: LocatedTexels) -> None:
    alone = bake_part_maps(dataclasses.replace(LABELS, masks=False), texels, 2 * texels.size)
    assert alone.masks == ()
    assert (alone.roughness == bake_part_maps(LABELS, texels, 2 * texels.size).roughness).all()


def test_roughness_is_that_of_the_part_and_smooth_across_the_border(texels: LocatedTexels) -> None:
    roughness = bake_part_maps(LABELS, texels, 2 * texels.size).roughness / 255.0
    row = roughness[SIDE // 2, SIDE // 4 : 3 * SIDE // 4]
    assert row[2] == pytest.approx(ROUGHNESS["skin"], abs=0.01)
    assert row[-3] == pytest.approx(ROUGHNESS["lips"], abs=0.01)
    assert (np.diff(row) <= 0).all()
    assert np.abs(np.diff(row)).max() < 0.25 * (ROUGHNESS["skin"] - ROUGHNESS["lips"])


def test_parts_that_nobody_knows_are_as_rough_as_most() -> None:
    picture = even_roughness(8)
    assert picture.shape == (8, 8)
    assert 0.5 < picture[0, 0] / 255 < 0.7


def test_an_exception_from_the_progress_cancels(texels: LocatedTexels) -> None:
    def cancel(_share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        bake_part_maps(LABELS, texels, 0.0, cancel)

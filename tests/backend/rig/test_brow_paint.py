"""Brows are painted onto the skin behind them: whole, alike on both sides, where the cards are seen."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import label

from backend.bench.sheet_subjects import plain_head
from backend.rig.atlas import cell_size
from backend.rig.atlas_layout import SKIN
from backend.rig.brow_paint import meet_cards, paint_brow
from backend.rig.generated import wrap_generated
from backend.training.kit.latent import BROW_STYLES, block_slices

from .starter_heads import starter, topology

SIDE = 1024


def painted(style: str) -> NDArray[np.uint8]:
    """[H,W] whether a texel of a white skin has got darker."""
    z = plain_head(gender=-1.0, age=0.0, hair_style="bald", hair_color="black")
    z[block_slices()["brow_style"]] = 2.0 * (np.array(BROW_STYLES) == style)
    generator = starter()
    assert generator.template is not None
    with torch.inference_mode():
        w = generator.map(torch.from_numpy(z)[None]).reshape(-1)
    wrapped = wrap_generated(generator, topology(), w)
    assert wrapped is not None
    vertices, placement = wrapped
    inner = generator.template
    (brow,) = (s for s in inner.drawn_surfaces(w) if s.config.name.startswith("brow "))
    cards = inner.config.soft_box.points(brow.place(inner.vertices(w), w)).numpy()
    points = (cards - placement.origin) / placement.units_per_metre
    skin = np.ones((*cell_size(SKIN, SIDE), 3), np.float32)
    paint_brow(skin, brow, w, points, topology(), vertices, SIDE)
    return np.asarray(skin.mean(axis=2) < 0.9)


@pytest.mark.parametrize("style", BROW_STYLES)
def test_each_brow_is_in_one_piece_and_as_large_as_the_other(style: str) -> None:
    dark = painted(style)
    middle = dark.shape[0] // 2
    sizes = []
    for side in (dark[:middle], dark[middle:]):
        pieces = np.bincount(label(side, np.ones((3, 3)))[0].ravel())[1:]
        assert pieces.max() > 0.8 * pieces.sum()
        sizes.append(pieces.sum())
    assert min(sizes) > 0.75 * max(sizes)


def test_lines_meet_cards_where_they_pass_through_them() -> None:
    cards = np.array([[[0.0, 0, 1], [1, 0, 1], [0, 1, 1]], [[0.0, 0, 9], [1, 0, 9], [0, 1, 9]]])
    points = np.array([[0.25, 0.5, 0.0], [0.9, 0.9, 0.0], [0.0, 0.0, 2.0]])
    ways = np.tile([0.0, 0.0, 1.0], (3, 1))
    point, card, weights = meet_cards(points, ways, cards, 1.5)
    assert point.tolist() == [0, 2] and card.tolist() == [0, 0]  # the other card is too far away
    assert weights[0] == pytest.approx([0.25, 0.25, 0.5])
    assert weights[1] == pytest.approx([1.0, 0.0, 0.0])

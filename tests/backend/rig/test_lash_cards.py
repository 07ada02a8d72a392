"""Lashes are single hairs with sharp edges, for every head."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
import torch

from backend.generator.template_surface import TemplateSurface
from backend.rig.atlas import cell_size
from backend.rig.atlas_layout import LASHES
from backend.rig.lash_cards import in_lash_cell, sharp_lashes, starter_lashes

from .starter_heads import starter


def test_lashes_that_ship_are_those_that_the_starter_draws() -> None:
    inner = starter().template
    assert inner is not None
    surfaces = cast(list[TemplateSurface], list(inner.surfaces))
    cards = next(s for s in surfaces if s.config.name.startswith("lash "))
    expected = sharp_lashes(cards.alpha, cards.config.alpha_cut, 512)
    assert starter_lashes(512) == pytest.approx(expected, abs=1e-6)


def test_lashes_are_hairs_and_no_bands() -> None:
    opacity = starter_lashes(2048)
    assert opacity.shape == cell_size(LASHES, 2048)
    assert 0.02 < (opacity > 0.5).mean() < 0.25
    # Hairs side by side: along a row opacity goes up and down many times.
    changes = np.abs(np.diff((opacity > 0.5).astype(int), axis=1)).sum(axis=1)
    assert changes.max() > 40


def test_the_cell_shows_the_whole_picture() -> None:
    picture = torch.linspace(0, 1, 64).expand(1, 64, 64)
    seen = in_lash_cell(picture, 1024)[0]
    assert seen[:, 0].max() < 0.02 and seen[:, -1].min() > 0.98

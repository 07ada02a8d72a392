"""Plausible heads: what goes together does so mostly."""

import numpy as np
import pytest

from backend.training.kit.latent import HeadParameters, parameters_from_latent
from backend.training.kit.plausible import plausible_latents
from backend.training.kit.plausible_variety import STYLED


@pytest.fixture(scope="module")
def heads() -> list[HeadParameters]:
    z = plausible_latents(1200, np.random.default_rng(0))
    return [parameters_from_latent(row) for row in z]


def test_some_heads_have_one_style(heads: list[HeadParameters]) -> None:
    counts = [sum(value > 0 for value in p.styles.values()) for p in heads]
    assert max(counts) == 1
    assert np.mean(counts) == pytest.approx(STYLED, abs=0.04)


def test_beards_are_for_men(heads: list[HeadParameters]) -> None:
    bearded = [p for p in heads if p.facial_hair.beard > 0]
    men = [p for p in bearded if p.male > 0.5 and p.age_years > 18]
    assert len(bearded) > 50
    assert len(men) > 0.93 * len(bearded)


def test_make_up_is_mostly_for_women(heads: list[HeadParameters]) -> None:
    painted = [p for p in heads if p.makeup.lipstick > 0]
    assert len(painted) > 50
    assert sum(p.male < 0.5 for p in painted) > 0.9 * len(painted)


def test_old_people_wear_glasses_more(heads: list[HeadParameters]) -> None:
    old = [p.glasses != "none" for p in heads if p.age_years > 60]
    young = [p.glasses != "none" for p in heads if p.age_years < 35]
    assert np.mean(old) > 1.5 * np.mean(young) > 0

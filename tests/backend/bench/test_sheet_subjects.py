"""Sheets show what they say: random heads, every style at its strength, and what prompts propose."""

import numpy as np
import pytest

from backend.bench.sheet_subjects import (
    RANDOM_HEADS,
    STRENGTHS,
    plain_head,
    random_sheet,
    style_sheet,
    styled,
)
from backend.training.kit.latent import Z_DIM, parameters_from_latent
from backend.training.kit.variety import STYLES


def test_random_heads_differ_and_are_the_same_every_time() -> None:
    first, again = random_sheet(), random_sheet()
    latents = np.stack([subject.heads[0] for subject in first.subjects])
    assert latents.shape == (RANDOM_HEADS, Z_DIM)
    assert abs(latents.std() - 1) < 0.05
    assert np.array_equal(latents, np.stack([s.heads[0] for s in again.subjects]))
    assert first.truncation == 0.7


def test_every_style_is_shown_at_every_strength_and_alone() -> None:
    subjects = style_sheet().subjects
    assert [subject.label for subject in subjects] == list(STYLES)
    assert len(subjects) == 20
    for subject in subjects:
        for z, strength in zip(subject.heads, STRENGTHS, strict=True):
            shown = parameters_from_latent(z).styles
            assert shown.pop(subject.label) == pytest.approx(strength, abs=1e-5)
            assert not any(shown.values())


def test_a_plain_head_is_what_was_asked_for_and_nothing_more() -> None:
    head = parameters_from_latent(plain_head(-1.2, 0.0, "bob01", "red"))
    assert (head.hair_style, head.hair_color, head.eye_color) == ("bob01", "red", "brown")
    assert head.male < 0.1
    assert head.glasses == "none"
    assert head.facial_hair.beard == head.facial_hair.stubble == 0
    assert not any(head.styles.values())


def test_styling_changes_one_number() -> None:
    base = plain_head(1.2, 0.0, "short01", "brown")
    assert np.count_nonzero(styled(base, "material", "gold", 0.5) != base) == 1

"""A head of morph space is known again from a part of it."""

import numpy as np

from backend.rig.head_template import HeadTemplate
from backend.rig.morph_space import complete_head, shape_of


def test_no_coefficients_are_the_mean(template: HeadTemplate) -> None:
    assert np.array_equal(shape_of(template, np.zeros(len(template.morphs))), template.vertices)


def test_coefficients_come_back(template: HeadTemplate) -> None:
    given = np.random.default_rng(0).standard_normal(len(template.morphs))
    everything = np.ones(len(template.vertices), np.bool_)
    found = complete_head(template, shape_of(template, given), everything, 1e-14)
    assert np.abs(found.coefficients - given).max() < 0.02


def test_the_front_tells_the_back(template: HeadTemplate) -> None:
    given = np.zeros(len(template.morphs))
    given[:6] = [1.5, -1, 1, 0.5, -0.5, 1]
    truth = shape_of(template, given)
    is_front = template.vertices[:, 2] > -0.05
    found = complete_head(template, truth, is_front, 1e-10).vertices
    assert np.linalg.norm(found - truth, axis=1).max() < 0.002

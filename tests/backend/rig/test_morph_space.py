"""A head of morph space is known again from a part of it."""

import numpy as np

from backend.rig.head_topology import HeadTopology
from backend.rig.morph_space import complete_head, shape_of


def test_no_coefficients_are_the_mean(topology: HeadTopology) -> None:
    assert np.array_equal(shape_of(topology, np.zeros(len(topology.morphs))), topology.vertices)


def test_coefficients_come_back(topology: HeadTopology) -> None:
    given = np.random.default_rng(0).standard_normal(len(topology.morphs))
    everything = np.ones(len(topology.vertices), np.bool_)
    found = complete_head(topology, shape_of(topology, given), everything, 1e-14)
    assert np.abs(found.coefficients - given).max() < 0.02


def test_the_front_tells_the_back(topology: HeadTopology) -> None:
    given = np.zeros(len(topology.morphs))
    given[:6] = [1.5, -1, 1, 0.5, -0.5, 1]
    truth = shape_of(topology, given)
    is_front = topology.vertices[:, 2] > -0.05
    found = complete_head(topology, truth, is_front, 1e-10).vertices
    assert np.linalg.norm(found - truth, axis=1).max() < 0.002

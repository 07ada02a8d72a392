"""What heads wear, on the kit itself: it sits where it should and follows the head."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.training.kit.assets import HeadKit
from backend.training.kit.latent import Z_DIM, block_slices, parameters_from_latent
from backend.training.kit.morphs import morphed_vertices
from backend.training.kit.sampler import LABEL_INDEX, HeadSampler
from backend.training.kit.variety import CREATURES, style_coordinate

KIT = os.environ.get("HEADSMITH_KIT", "")
pytestmark = pytest.mark.skipif(not KIT, reason="HEADSMITH_KIT names no head kit")


@pytest.fixture(scope="module")
def sampler() -> HeadSampler:
    return HeadSampler(HeadKit.load(Path(KIT)))


def labels_of(sampler: HeadSampler, z: NDArray[np.float32]) -> set[int]:
    parts = sampler.build(parameters_from_latent(z))
    return {int(label) for part in parts for label in np.unique(part.labels)}


def test_beard_and_glasses_have_labels_and_a_plain_head_neither(sampler: HeadSampler) -> None:
    z = np.zeros(Z_DIM, np.float32)
    new = {LABEL_INDEX["beard"], LABEL_INDEX["glasses"]}
    assert not labels_of(sampler, z) & new
    z[block_slices()["beard"]] = 2
    z[block_slices()["glasses"]] = 2
    assert new <= labels_of(sampler, z)


def test_frames_lie_before_the_eyes_and_are_thick(sampler: HeadSampler) -> None:
    base = sampler.kit.base.vertices
    for proxy in sampler.accessories.glasses.values():
        places = proxy.fit(base)
        front = places[places[:, 2] > 1.42]
        eyes = base[np.unique(sampler.kit.base.faces["helper-l-eye"][:, :3])]
        assert front[:, 2].min() > eyes[:, 2].max()
        assert places[:, 0].max() == pytest.approx(-places[:, 0].min(), abs=5e-3)
        bridge = places[np.abs(places[:, 0]) < 0.02]
        assert np.ptp(bridge[:, 1]) > 0.035  # 3.5 mm


def test_a_beard_moves_with_the_jaw_and_grows_with_its_forms(sampler: HeadSampler) -> None:
    base = sampler.kit.base.vertices
    beard = sampler.accessories.beard
    moved = np.array([0.1, -0.2, 0.3], np.float32)
    short = beard.formed((1.0, 0.0))
    assert short.fit(base + moved) == pytest.approx(short.fit(base) + moved, abs=1e-4)
    assert beard.proxy.weights.sum(1) == pytest.approx(np.ones(len(beard.proxy.weights)), abs=1e-5)
    long = beard.formed((1.0, 1.0)).fit(base)
    assert long[:, 1].min() < short.fit(base)[:, 1].min() - 0.3
    assert short.fit(base)[:, 2].max() > beard.proxy.fit(base)[:, 2].max()


@pytest.mark.parametrize("creature", CREATURES)
def test_vertices_move_linearly_with_a_creatures_strength(
    sampler: HeadSampler, creature: str
) -> None:
    def vertices(strength: float) -> NDArray[np.float32]:
        z = np.zeros(Z_DIM, np.float32)
        place = block_slices()["creature"].start + CREATURES.index(creature)
        z[place] = style_coordinate(strength)
        return morphed_vertices(sampler.kit, parameters_from_latent(z))

    none, half, full = vertices(0.0), vertices(0.5), vertices(1.0)
    assert half - none == pytest.approx((full - none) / 2, abs=1e-4)
    assert np.abs(full - none).max() > 0.02

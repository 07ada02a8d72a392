"""Features of heads: every block has its own, and styles enter them linearly."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.training.kit.latent import LATENT_BLOCKS, Z_DIM, block_slices, parameters_from_latent
from backend.training.kit.variety import MATERIALS, style_coordinate
from backend.training.starter.features import head_features, latent_features


def test_features_are_finite_and_of_moderate_size() -> None:
    z = np.random.default_rng(0).standard_normal((60, Z_DIM)).astype(np.float32)
    features = latent_features(z)
    assert features.shape[0] == 60 and np.isfinite(features).all()
    assert np.abs(features).max() < 4


@pytest.mark.parametrize("block", [block.name for block in LATENT_BLOCKS])
def test_every_block_changes_features(block: str) -> None:
    z = np.zeros(Z_DIM, np.float32)
    z[block_slices()["glasses"]] = 2  # frames have a colour only when worn
    resting = head_features(parameters_from_latent(z))
    where = block_slices()[block]
    z[where.stop - 1] += 2.6 if block != "glasses" else -4
    if block == "beard":  # a length without a beard shows nothing
        z[where.start] = 2
    assert not np.allclose(head_features(parameters_from_latent(z)), resting)


def test_the_features_of_a_material_grow_linearly() -> None:
    def features(strength: float) -> NDArray[np.float32]:
        z = np.zeros(Z_DIM, np.float32)
        place = block_slices()["material"].start + MATERIALS.index("marble")
        z[place] = style_coordinate(strength)
        return head_features(parameters_from_latent(z))

    half, full, none = features(0.5), features(1.0), features(0.0)
    assert half - none == pytest.approx((full - none) / 2, abs=1e-4)
    assert np.abs(full - none).max() > 0.5

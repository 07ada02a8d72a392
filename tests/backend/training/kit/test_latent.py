"""Latents of the starter and the head parameters they stand for."""

import numpy as np
import pytest

from backend.training.kit.latent import (
    HAIR_STYLES,
    LATENT_BLOCKS,
    Z_DIM,
    age_from_z,
    block_slices,
    parameters_from_latent,
)


def test_the_blocks_fill_the_latent_without_gaps() -> None:
    taken = np.zeros(Z_DIM, int)
    for where in block_slices().values():
        taken[where] += 1
    assert (taken == 1).all()


def test_a_categorical_block_names_its_largest_number() -> None:
    for index, style in enumerate(HAIR_STYLES):
        z = np.zeros(Z_DIM, np.float32)
        z[block_slices()["hair_style"].start + index] = 2.0
        assert parameters_from_latent(z).hair_style == style


def test_age_grows_with_its_coordinate() -> None:
    years = [age_from_z(value) for value in np.linspace(-3, 3, 50)]
    assert (np.diff(years) > 0).all()
    assert years[0] < 9 and years[-1] > 82


def test_parameters_of_random_latents_stay_in_range() -> None:
    rng = np.random.default_rng(0)
    for z in rng.standard_normal((200, Z_DIM)).astype(np.float32) * 2:
        head = parameters_from_latent(z)
        assert head.african + head.asian + head.caucasian == pytest.approx(1.0)
        assert 0 <= head.skin_tone <= 1 and 0 <= head.male <= 1 and -1 <= head.weight <= 1
        assert all(0 <= channel <= 1 for channel in head.hair_rgb)


def test_a_shape_coordinate_moves_only_its_modifier() -> None:
    z = np.zeros(Z_DIM, np.float32)
    z[block_slices()["nose"].start] = 1.5
    moved = {name for name, value in parameters_from_latent(z).shape.items() if value}
    nose = next(block for block in LATENT_BLOCKS if block.name == "nose")
    assert moved == {nose.labels[0]}


def test_a_latent_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=str(Z_DIM)):
        parameters_from_latent(np.zeros(3, np.float32))

"""The blocks of variety: at rest a natural plain head, each addition by its own coordinate."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from backend.training.kit.latent import (
    LATENT_BLOCKS,
    Z_DIM,
    HeadParameters,
    block_slices,
    full_latents,
    parameters_from_latent,
    parameters_from_record,
)
from backend.training.kit.variety import (
    CREATURES,
    FACE_PAINTS,
    GRIMACES,
    MATERIALS,
    PROPORTIONS,
    STYLES,
    style_coordinate,
)

STYLE_BLOCKS = {
    "material": MATERIALS,
    "creature": CREATURES,
    "proportion": PROPORTIONS,
    "face_paint": FACE_PAINTS,
}


def head(**coordinates: float) -> HeadParameters:
    """The head at rest but for some blocks, by block and label: material_gold=2.0."""
    z = np.zeros(Z_DIM, np.float32)
    for name, value in coordinates.items():
        block = max(
            (b for b in LATENT_BLOCKS if (name + "_").startswith(b.name + "_")),
            key=lambda b: len(b.name),
        )
        label = name.removeprefix(block.name).removeprefix("_")
        z[block_slices()[block.name].start + (block.labels.index(label) if label else 0)] = value
    return parameters_from_latent(z)


def test_the_blocks_of_older_models_keep_their_places() -> None:
    names = [block.name for block in LATENT_BLOCKS]
    assert names[:11] == [
        "gender", "age", "ethnicity", "weight", "skin", "hair_style", "hair_color", "hair_shade",
        "eye_color", "brow_style", "expression",
    ]  # fmt: skip
    assert names[11:21] == [
        "head", "forehead", "eyes", "nose", "mouth", "cheeks", "chin", "ears", "neck", "asymmetry",
    ]  # fmt: skip
    assert block_slices()["neck"].stop == 88


def test_blocks_at_rest_are_a_natural_plain_head() -> None:
    rng = np.random.default_rng(0)
    z = np.zeros((20, Z_DIM), np.float32)
    z[:, :88] = rng.standard_normal((20, 88))
    for p in map(parameters_from_latent, z):
        assert not any(p.styles.values()) and not any(p.grimace.values())
        assert not any(asdict(p.facial_hair).values()) and p.glasses == "none"
        assert p.makeup.lipstick == p.makeup.eyeshadow == p.makeup.eyeliner == 0
        assert p.skin_detail.freckles == p.skin_detail.blush == p.skin_detail.moles == 0
        assert p.hair_form.volume == p.hair_form.length == p.hair_form.hairline == 0
        assert all(p.shape[name] == 0 for name in p.shape if name.startswith("asym"))


def test_older_latents_are_heads_at_rest() -> None:
    old = np.random.default_rng(1).standard_normal((3, 88)).astype(np.float32)
    full = full_latents(old)
    assert full.shape == (3, Z_DIM)
    assert (full[:, :88] == old).all() and (full[:, 88:] == 0).all()
    with pytest.raises(ValueError, match=str(Z_DIM)):
        full_latents(np.zeros((1, Z_DIM + 1), np.float32))


@pytest.mark.parametrize(
    ("block", "style"), [(block, name) for block, names in STYLE_BLOCKS.items() for name in names]
)
@pytest.mark.parametrize("strength", [0.25, 1.0])
def test_a_style_alone_has_the_strength_of_its_coordinate(
    block: str, style: str, strength: float
) -> None:
    styles = head(**{f"{block}_{style}": style_coordinate(strength)}).styles
    assert tuple(styles) == STYLES
    assert styles.pop(style) == pytest.approx(strength, abs=1e-5)
    assert not any(styles.values())


def test_styles_share_a_head_among_them() -> None:
    full = style_coordinate(1.0)
    styles = head(material_gold=full, creature_elf=full).styles
    assert styles["gold"] == styles["elf"] == pytest.approx(0.5, abs=1e-5)


def test_most_random_heads_have_no_style_and_no_beard() -> None:
    z = np.random.default_rng(2).standard_normal((600, Z_DIM)).astype(np.float32)
    heads = [parameters_from_latent(row) for row in z]
    assert 0.1 < np.mean([any(p.styles.values()) for p in heads]) < 0.4
    assert 0.08 < np.mean([p.facial_hair.beard > 0 for p in heads]) < 0.3
    assert 0.05 < np.mean([p.glasses != "none" for p in heads]) < 0.3


def test_a_wink_has_a_side() -> None:
    assert head(grimace_wink=2.5).grimace["wink"] == 1.0
    assert head(grimace_wink=-2.5).grimace["wink"] == -1.0
    assert head(grimace_blink=-2.5).grimace["blink"] == 0.0
    assert tuple(head().grimace) == GRIMACES


def test_wrinkles_come_with_age() -> None:
    assert head(age=-1.5).skin_detail.wrinkles == 0
    assert head(age=1.8).skin_detail.wrinkles > 0.5
    young = head(age=-1.5, skin_detail_wrinkles=2.0)
    assert young.skin_detail.wrinkles == 0


def test_parameters_survive_a_record() -> None:
    rng = np.random.default_rng(3)
    for z in rng.standard_normal((20, Z_DIM)).astype(np.float32):
        written = parameters_from_latent(z)
        read = parameters_from_record(json.loads(json.dumps(asdict(written))))
        assert json.dumps(asdict(read)) == json.dumps(asdict(written))
    with pytest.raises(ValueError, match="antlers"):
        parameters_from_record({**asdict(written), "antlers": 1.0})
    with pytest.raises(ValueError, match="makeup"):
        parameters_from_record({k: v for k, v in asdict(written).items() if k != "makeup"})

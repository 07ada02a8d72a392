"""The portrait CLIP: its preparation of pictures and words, its files, and the weights that ship."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from backend.errors import HeadsmithError
from backend.guidance.encoder import (
    ClipConfig,
    PortraitClip,
    build_clip,
    load_portrait_clip,
    save_portrait_clip,
)
from backend.models import ASSETS, CLIP_CONFIG_FILE, CLIP_FILE
from backend.wire.json_coding import from_json_text
from backend.wire.requests import ErrorCode
from tests.backend.guidance.tiny import tiny_clip

TEXTS = ["a bald man", "long red hair", ""]


@pytest.fixture(scope="module")
def clip() -> PortraitClip:
    return tiny_clip()


@pytest.fixture(scope="module")
def shipped() -> PortraitClip:
    return load_portrait_clip(ASSETS / CLIP_CONFIG_FILE, ASSETS / CLIP_FILE)


def pictures(height: int, width: int, count: int = 2) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(0))


def of_color(color: Tensor, height: int, width: int) -> Tensor:
    return color.view(1, 3, 1, 1).expand(1, 3, height, width)


def test_embeddings_have_length_one_and_do_not_depend_on_their_neighbours(
    clip: PortraitClip,
) -> None:
    for together, alone in (
        (clip.encode_text(TEXTS), [clip.encode_text([text]) for text in TEXTS]),
        (clip.encode_images(pictures(32, 32)), [clip.encode_images(x[None]) for x in pictures(32, 32)]),
    ):  # fmt: skip
        assert together.shape == (len(alone), clip.config.embed_dim)
        assert together.dtype == torch.float32
        torch.testing.assert_close(together.norm(dim=1), torch.ones(len(alone)))
        torch.testing.assert_close(together, torch.cat(alone), atol=1e-6, rtol=0)


def test_colours_are_taken_from_the_mean_in_units_of_the_spread(clip: PortraitClip) -> None:
    mean, std = (torch.tensor(getattr(clip.config.preprocessing, name)) for name in ("mean", "std"))
    assert len(set(mean.tolist())) > 1  # channels that were swapped would show
    for factor in (0.0, 1.0, -0.5):
        prepared = torch.full((1, 3, 32, 32), factor)
        expected = clip.model.encode_image(prepared, normalize=True)
        found = clip.encode_images(of_color(mean + factor * std, 32, 32))
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (50, 70), (96, 31)])
def test_a_picture_of_any_size_is_seen_whole(clip: PortraitClip, height: int, width: int) -> None:
    """One colour above the other: halves stay halves, whatever the size."""

    def halves(tall: int, wide: int) -> Tensor:
        picture = torch.zeros(1, 3, tall, wide)
        picture[:, 0, : tall // 2] = 0.9
        picture[:, 2, tall // 2 :] = 0.6
        return picture

    found, same = (clip.encode_images(halves(*size)) for size in ((height, width), (32, 32)))
    other = clip.encode_images(halves(32, 32).flip(2))
    assert float((found - same).norm()) < 0.5 * float((found - other).norm())


@pytest.mark.parametrize("size", [32, 45])
def test_the_gradient_of_an_embedding_is_its_change(clip: PortraitClip, size: int) -> None:
    picture = pictures(size, size, 1)
    random = torch.Generator().manual_seed(1)
    toward = torch.randn(picture.shape, generator=random)
    wanted = torch.randn(clip.config.embed_dim, generator=random)

    def value(step: float) -> Tensor:
        return (clip.encode_images(picture + step * toward) @ wanted).sum()

    with torch.enable_grad():
        picture.requires_grad_(True)
        (gradient,) = torch.autograd.grad(value(0.0), picture)
    picture.requires_grad_(False)
    change = float(value(5e-3) - value(-5e-3)) / 1e-2
    assert float((gradient * toward).sum()) == pytest.approx(change, rel=1e-2)


def test_words_take_no_gradients(clip: PortraitClip) -> None:
    clip.model.token_embedding.weight.requires_grad_(True)
    with torch.enable_grad():
        assert not clip.encode_text(["a man"]).requires_grad
    clip.model.token_embedding.weight.requires_grad_(False)


def test_a_text_fits_as_long_as_no_word_of_it_is_cut(clip: PortraitClip) -> None:
    context = 16  # of which two mark the beginning and the end
    longest, longer = " ".join(["man"] * (context - 2)), " ".join(["man"] * (context - 1))
    assert clip.fits(longest) and clip.fits("")
    assert not clip.fits(longer)
    tokens = clip.tokenize([longest, longer])
    assert tokens.shape == (2, context)
    assert torch.equal(tokens[0], tokens[1])
    assert torch.equal(clip.encode_text([longest]), clip.encode_text([longer]))


def test_saved_weights_come_back_in_half_precision(tmp_path: Path, clip: PortraitClip) -> None:
    config, weights = tmp_path / "clip.json", tmp_path / "clip.safetensors"
    save_portrait_clip(clip.config, clip.model, config, weights)
    loaded = load_portrait_clip(config, weights)
    assert loaded.config == clip.config
    assert loaded.sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert not loaded.model.training
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())
    before = clip.model.state_dict()
    for name, tensor in loaded.model.state_dict().items():
        halved = before[name].half().float() if before[name].ndim > 1 else before[name]
        assert torch.equal(tensor, halved), name
    assert torch.allclose(loaded.encode_text(TEXTS), clip.encode_text(TEXTS), atol=5e-3)
    seen = pictures(50, 50)
    assert torch.allclose(loaded.encode_images(seen), clip.encode_images(seen), atol=5e-3)


def test_saving_what_was_loaded_changes_nothing(tmp_path: Path, clip: PortraitClip) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    save_portrait_clip(clip.config, clip.model, tmp_path / "clip.json", first)
    loaded = load_portrait_clip(tmp_path / "clip.json", first)
    text = (tmp_path / "clip.json").read_text()
    save_portrait_clip(loaded.config, loaded.model, tmp_path / "clip.json", second)
    assert (tmp_path / "clip.json").read_text() == text
    before, after = load_file(first), load_file(second)
    assert before.keys() == after.keys()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def test_a_configuration_of_open_clips_own_is_read() -> None:
    model = {"embed_dim": 24, "vision_cfg": {"image_size": 48}, "text_cfg": {"context_length": 9}}
    colors = {"mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]}
    text = json.dumps({"model_cfg": model, "preprocess_cfg": colors})
    config = from_json_text(ClipConfig, text)
    assert (config.image_size, config.embed_dim) == (48, 24)
    assert config.preprocessing.std == (0.4, 0.5, 0.6)
    assert config.vocabulary is None


@pytest.mark.parametrize(
    ("spoiled", "says"),
    [
        ("no config", "clip.json is missing"),
        ("no weights", "clip.safetensors is missing"),
        ("cut weights", "clip.safetensors or clip.json is damaged"),
        ("no json", "damaged"),
        ("no picture size", "damaged"),
        ("other sizes", "damaged"),
        ("unknown setting", "damaged"),
    ],
)
def test_files_that_cannot_be_read_give_one_sentence(
    tmp_path: Path, clip: PortraitClip, spoiled: str, says: str
) -> None:
    config, weights = tmp_path / "clip.json", tmp_path / "clip.safetensors"
    save_portrait_clip(clip.config, clip.model, config, weights)
    spoil(spoiled, config, weights)
    with pytest.raises(HeadsmithError) as caught:
        load_portrait_clip(config, weights)
    assert caught.value.code is ErrorCode.WEIGHTS
    assert says in caught.value.user_text
    assert "get it again, or install the extension again" in caught.value.user_text
    assert "\n" not in caught.value.user_text
    assert caught.value.detail


def spoil(how: str, config: Path, weights: Path) -> None:
    if how == "no config":
        config.unlink()
    elif how == "no weights":
        weights.unlink()
    elif how == "cut weights":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif how == "no json":
        config.write_text("{")
    else:
        content = json.loads(config.read_text())
        vision = content["model_cfg"]["vision_cfg"]
        if how == "no picture size":
            vision["image_size"] = None
        elif how == "other sizes":
            vision["width"] *= 2
        else:
            content["model_cfg"]["colour_of_the_wall"] = "grey"
        config.write_text(json.dumps(content))


def test_the_weights_that_ship_are_those_of_their_model(shipped: PortraitClip) -> None:
    stored = load_file(ASSETS / CLIP_FILE)
    assert stored.keys() == build_clip(shipped.config).state_dict().keys()
    assert all(bool(torch.isfinite(tensor).all()) for tensor in stored.values())


@pytest.mark.parametrize(
    ("text", "nearer", "farther"),
    [
        ("an old man", "an elderly man", "a young man"),
        ("a woman with long blond hair", "a woman with long blonde hair", "a bald woman"),
        ("a man with a beard", "a bearded man", "a man without a beard"),
    ],
)
def test_words_of_one_meaning_lie_near(
    shipped: PortraitClip, text: str, nearer: str, farther: str
) -> None:
    said, near, far = shipped.encode_text([text, nearer, farther])
    assert float(said @ near) > float(said @ far) + 0.05

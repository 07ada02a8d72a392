"""Models come from the user's folder where it holds some, and every bad file is told as such."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.errors import HeadsmithError
from backend.generator.checkpoints import hash_file
from backend.guidance.prior import load_prior, save_prior
from backend.models import ASSETS, find_generator, load_models
from backend.process.models_folder import unread_weights
from backend.wire.requests import (
    ErrorCode,
)


@pytest.fixture
def models_folder(tiny_models: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(tiny_models, tmp_path / "models"))


def test_a_folder_with_everything_gives_its_own_models(models_folder: Path) -> None:
    models = load_models(str(models_folder))
    assert (models.name, models.licence) == ("Tiny", "CC0-1.0")
    assert models.sha256 == hash_file(models_folder / "tiny.safetensors")
    assert models.guide.generator is models.generator


def test_without_a_folder_the_bundled_generator_is_taken(tmp_path: Path) -> None:
    assert find_generator(None) == ASSETS / "starter.safetensors"
    assert find_generator(tmp_path) == ASSETS / "starter.safetensors"


@pytest.mark.parametrize(
    "name", ["tiny.safetensors", "clip.safetensors", "prior.safetensors", "clip.json"]
)
@pytest.mark.parametrize("damage", ["cut", "empty", "noise"])
def test_a_damaged_file_is_a_weights_error(name: str, damage: str, models_folder: Path) -> None:
    path = models_folder / name
    whole = path.read_bytes()
    path.write_bytes(
        {"cut": whole[: len(whole) // 2], "empty": b"", "noise": b"\xff" * 500}[damage]
    )
    with pytest.raises(HeadsmithError) as caught:
        load_models(str(models_folder))
    assert caught.value.code is ErrorCode.WEIGHTS
    assert caught.value.user_text.endswith(".")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
@pytest.mark.parametrize(
    "name", ["generator.safetensors", "clip.json", "clip.safetensors", "prior.safetensors"]
)
def test_a_pipe_or_folder_in_place_of_a_file_is_named_at_once(
    make: Callable[[Path], Any], name: str, models_folder: Path
) -> None:
    (models_folder / name).unlink(missing_ok=True)
    for other in models_folder.glob("*.safetensors") if name == "generator.safetensors" else ():
        other.unlink()
    make(models_folder / name)
    with pytest.raises(HeadsmithError, match=f"{name} is a folder, pipe or device") as caught:
        load_models(str(models_folder))
    assert caught.value.code is ErrorCode.WEIGHTS


def test_two_generators_in_a_folder_are_named(models_folder: Path) -> None:
    shutil.copy(models_folder / "tiny.safetensors", models_folder / "other.safetensors")
    with pytest.raises(HeadsmithError, match=r"other\.safetensors, tiny\.safetensors") as caught:
        load_models(str(models_folder))
    assert caught.value.code is ErrorCode.WEIGHTS


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(HeadsmithError, match="nowhere") as caught:
        load_models(str(tmp_path / "nowhere"))
    assert caught.value.code is ErrorCode.WEIGHTS


@pytest.mark.parametrize("name", ["ffhq512-128.pkl", "model.PT", "a.pth", "b.ckpt", "pytorch.bin"])
def test_weights_in_another_format_are_named_with_what_to_do(
    name: str, models_folder: Path
) -> None:
    assert load_models(str(models_folder)).notices == ()
    (models_folder / name).write_bytes(b"never opened")
    (notice,) = load_models(str(models_folder)).notices
    assert f"Not read from the models folder: {name}." in notice
    assert "put such a generator there" in notice


def test_a_models_folder_that_is_none_has_no_unread_weights(tmp_path: Path) -> None:
    for folder in ("", str(tmp_path / "missing"), "no\0path", "x" * 5000):
        assert unread_weights(folder) == ""


def test_a_prior_of_another_text_model_is_refused(models_folder: Path) -> None:
    prior = load_prior(models_folder / "prior.safetensors")
    prior.config = dataclasses.replace(prior.config, clip_sha256="ab" * 32)
    save_prior(prior, models_folder / "prior.safetensors")
    with pytest.raises(
        HeadsmithError, match=r"another text model .*SHA-256 abababababab"
    ) as caught:
        load_models(str(models_folder))
    assert caught.value.code is ErrorCode.WEIGHTS


def test_another_text_model_without_its_prior_is_refused(models_folder: Path) -> None:
    (models_folder / "prior.safetensors").unlink()
    with pytest.raises(HeadsmithError, match="another text model"):
        load_models(str(models_folder))

"""The measure of parity."""

from pathlib import Path

import pytest
import torch

from backend.bench.parity import FIXTURES, load_expected, load_small_eg3d, relative_error


def test_the_error_is_the_largest_difference_over_the_spread() -> None:
    expected = torch.tensor([0.0, 2.0, 4.0])  # standard deviation 2
    assert relative_error(expected + torch.tensor([0.0, -1.0, 0.5]), expected) == 0.5


def test_different_shapes_are_never_compared() -> None:
    with pytest.raises(ValueError, match="instead of"):
        relative_error(torch.zeros(1, 3), torch.zeros(3))


def test_the_repository_holds_what_the_benchmark_needs() -> None:
    assert load_small_eg3d().config.num_ws == 14
    assert load_expected()["image_every2"].shape == (2, 3, 256, 256)
    assert FIXTURES.is_dir()


def test_missing_figures_are_explained(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="in a clone of the repository"):
        load_small_eg3d(tmp_path / "nowhere")

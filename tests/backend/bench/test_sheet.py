"""The command that draws sheets: what is drawn by which weights, and what it says when it cannot."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from backend.bench import sheet
from backend.bench.sheet_layout import SheetError, beside
from backend.bench.sheet_subjects import FRONT, SIDE, Sheet, Subject
from backend.generator.model import Generator
from tests.backend.generator.configs import STARTER_LIKE, build
from tests.backend.tiny_models import make_generator

LATENTS = tuple(np.full(8, value, np.float32) for value in (1, 2))
SUBJECTS = (Subject("both", LATENTS, (FRONT, SIDE)), Subject("one", LATENTS[:1], (FRONT, SIDE)))


def test_a_strip_shows_every_head_from_every_aim(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(
        _: Generator, z: NDArray[np.float32], truncation: float, aims: Sequence[object]
    ) -> list[NDArray[np.uint8]]:
        color = (int(z[0]), int(10 * truncation), 0)
        return [np.full((4, 4, 3), color, np.uint8) for _ in aims]

    monkeypatch.setattr(sheet, "draw_head", draw)
    shown = Sheet("Some", SUBJECTS, columns=4, truncation=0.7)
    title, strips, columns = sheet.draw_sheet(shown, build(STARTER_LIKE, seed=1))
    assert (title, columns) == ("Some", 4)
    drawn = [tuple(picture[0, 0]) for picture in strips[0].pictures]
    assert drawn == [(1, 7, 0)] * 2 + [(2, 7, 0)] * 2


DRAWS = """import sys
from PIL import Image
Image.new("RGB", (30, 20), (9, 8, 7)).save(sys.argv[sys.argv.index("--out") + 1])
"""


def test_an_older_version_draws_its_own_half(tmp_path: Path) -> None:
    (tmp_path / "build.py").write_text(DRAWS)
    older = sheet.draw_older("prompts", tmp_path)
    assert older.size == (30, 20)
    both = beside(older, Image.new("RGB", (40, 50), (1, 2, 3)))
    assert both.width == 70
    assert both.getpixel((0, both.height - 50)) == (9, 8, 7)
    assert both.getpixel((30, both.height - 1)) == (1, 2, 3)


def test_an_older_version_that_cannot_draw_ends_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="no checkout"):
        sheet.draw_older("prompts", tmp_path)
    (tmp_path / "build.py").write_text("raise SystemExit('no such command')")
    with pytest.raises(SheetError, match=r"did not draw its sheet: no such command"):
        sheet.draw_older("prompts", tmp_path)


def test_a_head_is_drawn_from_every_aim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "PIXELS", 64)
    generator = make_generator()
    # One number more than the generator knows, as if it were older than the latent.
    z = np.ones(generator.config.z_dim + 1, np.float32)
    front, side = sheet.draw_head(generator, z, 1.0, (FRONT, SIDE))
    assert front.shape == side.shape
    assert front.shape[0] == 64
    for picture in (front, side):
        is_paper = (picture == picture[0, 0]).all(axis=2)
        assert 0.02 < (~is_paper).mean() < 0.9
    assert np.abs(front.astype(int) - side).max() > 20


def test_missing_weights_end_the_command_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["sheet", "random", "--weights", str(tmp_path / "none")])
    assert sheet.main() == 1
    assert "Weights not found" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["sheet", "random", "--out", str(tmp_path / "sheet.gif")])
    assert sheet.main() == 1
    assert "choose a name with one of .webp" in capsys.readouterr().err

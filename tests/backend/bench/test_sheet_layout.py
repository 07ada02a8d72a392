"""A sheet holds every picture unchanged under its label, and its file is small enough to keep."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.bench.sheet_layout import LARGEST_FILE, PAPER, SheetError, Strip, lay_out, save_sheet

HEIGHT, WIDTH = 100, 80
GREY = round(PAPER * 255)


def strips(count: int) -> list[Strip]:
    """Of two pictures each, every one of a colour of its own."""
    pictures = [np.full((HEIGHT, WIDTH, 3), (i, 10, 200), np.uint8) for i in range(2 * count)]
    return [Strip(f"strip {i}", (pictures[2 * i], pictures[2 * i + 1])) for i in range(count)]


def test_every_picture_is_there_in_reading_order() -> None:
    sheet = np.asarray(lay_out("title", strips(5), columns=2))
    places = []
    for index in range(10):
        rows, columns = np.nonzero((sheet == (index, 10, 200)).all(axis=2))
        assert len(rows) == HEIGHT * WIDTH
        assert (rows.max() - rows.min(), columns.max() - columns.min()) == (HEIGHT - 1, WIDTH - 1)
        places.append((rows.min(), columns.min()))
    assert places == sorted(places)
    assert places[1] == (places[0][0], places[0][1] + WIDTH), "a strip has no gaps"


def test_labels_are_written_above_their_strips_and_the_title_above_all() -> None:
    sheet = np.asarray(lay_out("title", strips(2), columns=1)).astype(int)
    is_ink = (sheet.sum(axis=2) < 2 * GREY) & (sheet[..., 2] != 200)
    picture_rows = np.nonzero((sheet[..., 2] == 200).any(axis=1))[0]
    first, second = picture_rows[0], picture_rows[HEIGHT]
    ink_rows = np.nonzero(is_ink.any(axis=1))[0]
    assert (ink_rows < first).sum() > 12, "title and label"
    between = ink_rows[(ink_rows > first) & (ink_rows < second)]
    assert len(between) > 4
    assert between.min() >= first + HEIGHT


@pytest.mark.parametrize("name", ["sheet.webp", "sheet.jpg"])
def test_a_busy_sheet_is_made_small_enough(name: str, tmp_path: Path) -> None:
    busy = np.random.default_rng(0).integers(90, 160, (1000, 1400, 3), np.uint8)
    sheet = Image.fromarray(busy)
    size = save_sheet(sheet, tmp_path / "folder" / name)
    assert size == (tmp_path / "folder" / name).stat().st_size <= LARGEST_FILE
    assert Image.open(tmp_path / "folder" / name).size == (1400, 1000)


def test_a_png_is_exact(tmp_path: Path) -> None:
    sheet = lay_out("title", strips(1), columns=1)
    save_sheet(sheet, tmp_path / "sheet.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "sheet.png")), np.asarray(sheet))


def test_an_unknown_kind_of_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match=r"'sheet.bmp'; choose a name with one of .webp"):
        save_sheet(lay_out("title", strips(1), columns=1), tmp_path / "sheet.bmp")

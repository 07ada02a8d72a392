"""Lays pictures of heads out on one sheet, and keeps it small enough for a repository."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ..delivery.files import write_atomically

PAPER = 0.74  # grey; black hair and white hair both stand out from it
LARGEST_FILE = 700_000  # bytes
_INK = (34, 35, 38)
_MARGIN = 24  # pixels around the sheet, and between its columns
_LABEL_SHARE = 0.12  # height of a label, of a picture's
_QUALITIES = (90, 82, 74, 66, 55, 45)
_FORMATS = {".webp": "WEBP", ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}


class SheetError(ValueError):
    """A sheet that cannot be written; the text says why."""


@dataclass(frozen=True)
class Strip:
    """Pictures of one size side by side under one label, their background of the paper's grey."""

    label: str
    pictures: tuple[NDArray[np.uint8], ...]  # each [H,W,3] sRGB

    @property
    def size(self) -> tuple[int, int]:
        """Width and height without the label."""
        height, width, _ = self.pictures[0].shape
        return width * len(self.pictures), height


def lay_out(title: str, strips: Sequence[Strip], columns: int) -> Image.Image:
    """The strips in reading order, `columns` in a row, under a title."""
    width, height = strips[0].size
    label = round(height * _LABEL_SHARE)
    rows = -(-len(strips) // columns)
    top = _MARGIN + round(1.5 * label)
    sheet = Image.new(
        "RGB",
        (
            columns * (width + _MARGIN) + _MARGIN,
            top + rows * (label + height) + _MARGIN,
        ),
        (round(PAPER * 255),) * 3,
    )
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, _MARGIN), title, fill=_INK, font=_font(label))
    for index, strip in enumerate(strips):
        row, column = divmod(index, columns)
        x, y = _MARGIN + column * (width + _MARGIN), top + row * (label + height)
        draw.text((x, y), strip.label, fill=_INK, font=_font(0.75 * label))
        sheet.paste(Image.fromarray(np.concatenate(strip.pictures, axis=1)), (x, y + label))
    return sheet


def beside(older: Image.Image, newer: Image.Image) -> Image.Image:
    """Two sheets under the words Before and Now."""
    top = 3 * _MARGIN
    size = older.width + newer.width, top + max(older.height, newer.height)
    both = Image.new("RGB", size, (round(PAPER * 255),) * 3)
    draw = ImageDraw.Draw(both)
    for word, sheet, x in (("Before", older, 0), ("Now", newer, older.width)):
        draw.text((x + _MARGIN, _MARGIN), word, fill=_INK, font=_font(1.3 * _MARGIN))
        both.paste(sheet, (x, top))
    return both


def file_kind(path: Path) -> str:
    """Pillow's name of the kind of file that `path` names. Raises SheetError for others."""
    kind = _FORMATS.get(path.suffix.lower())
    if kind is None:
        raise SheetError(
            f"A sheet cannot be written as {path.name!r}; choose a name with one of {', '.join(_FORMATS)}."
        )
    return kind


def save_sheet(sheet: Image.Image, path: Path) -> int:
    """Write the sheet as its name says, with the best quality that is small enough; its bytes."""
    kind = file_kind(path)
    for quality in _QUALITIES:
        stored = io.BytesIO()
        if kind == "PNG":
            sheet.save(stored, kind, optimize=True)
        else:
            sheet.save(stored, kind, quality=quality)
        if stored.tell() <= LARGEST_FILE or kind == "PNG":
            break
    path.parent.mkdir(parents=True, exist_ok=True)

    def write(temporary: Path) -> None:
        temporary.write_bytes(stored.getvalue())

    write_atomically(path, write)
    return stored.tell()


def _font(pixels: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that comes with Pillow."""
    return ImageFont.load_default(pixels)

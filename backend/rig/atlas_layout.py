"""Where the parts of the rig-ready topology lie in its one texture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LAYOUT = 1024  # texels of the layout's own scale; the texture has any size
FRONT_SHARE = 0.8  # of an eyeball's disc that its front half takes
_FILLED = 0.98  # of its cell that an eyeball's disc takes
_INSET = 0.02  # of a cell at each side that a part leaves, so that no texel of a chart's edge lies beside the cell


@dataclass(frozen=True)
class Cell:
    """A box of the texture in texels of the layout, from its upper left corner."""

    column: int
    row: int
    width: int
    height: int

    def uvs(self, shares: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """Places [...,2] in 0..1 of the cell, v upwards -> UVs of the texture."""
        u = (self.column + shares[..., 0] * self.width) / LAYOUT
        v = 1 - (self.row + (1 - shares[..., 1]) * self.height) / LAYOUT
        return np.stack([u, v], axis=-1)

    def places(self, uvs: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """UVs [...,2] of the texture, v upwards -> columns and rows in texels of the layout, from the cell's corner."""
        return np.stack(
            [uvs[..., 0] * LAYOUT - self.column, (1 - uvs[..., 1]) * LAYOUT - self.row], axis=-1
        )

    def texels(self, side: int) -> tuple[slice, slice]:
        """Rows and columns of the cell in a texture [side,side]; cells of one size keep one size."""
        scale = side / LAYOUT
        row, column = round(self.row * scale), round(self.column * scale)
        rows = slice(row, row + round(self.height * scale))
        columns = slice(column, column + round(self.width * scale))
        return rows, columns


SKIN = Cell(0, 0, 640, 1024)
LEFT_EYE, RIGHT_EYE = Cell(650, 8, 324, 324), Cell(650, 342, 324, 324)
LASHES = Cell(648, 676, 250, 250)
TONGUE = Cell(908, 676, 104, 250)
UPPER_TEETH, LOWER_TEETH = Cell(648, 934, 180, 82), Cell(836, 934, 180, 82)


def eye_disc(towards: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Unit directions [...,3] from an eyeball's middle, +z to the front -> places [...,2] in 0..1 of its cell.

    The front half is mapped as it looks from the front, so that the circles of the iris stay circles on coarse
    quads; the back lies in a ring around it, and no two places share a texel.
    """
    angle = np.arccos(np.clip(towards[..., 2], -1, 1))
    quarter = np.pi / 2
    radius = np.where(
        angle <= quarter,
        FRONT_SHARE * np.sin(angle),
        FRONT_SHARE + (1 - FRONT_SHARE) * (angle - quarter) / quarter,
    )
    across = np.hypot(towards[..., 0], towards[..., 1])
    direction = towards[..., :2] / np.maximum(across, 1e-9)[..., None]
    return np.asarray(0.5 + _FILLED / 2 * radius[..., None] * direction)


def front_places(rows: int, columns: int) -> NDArray[np.floating[Any]]:
    """Where a picture of an eyeball's front is seen by the texels of its cell: [rows,columns,2] in -1..1, x to the
    right and y down, clipped to the ball's rim behind it."""
    down = (np.arange(rows) + 0.5) / rows * 2 - 1
    across = (np.arange(columns) + 0.5) / columns * 2 - 1
    places = np.stack(np.meshgrid(across, down), axis=-1) / (FRONT_SHARE * _FILLED)
    length = np.linalg.norm(places, axis=-1, keepdims=True)
    return np.asarray(places * np.minimum(1.0, 0.99 / np.maximum(length, 1e-9)))


def skin_places(places: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Columns and rows [...,2] of the base mesh's packed UVs, texels of the layout -> those in the cell of the skin.

    The base mesh gives a face half of the scalp's texels along a side; stretched apart here, it has as many.
    """
    column, row = places[..., 0], places[..., 1]
    is_head = column < _HEAD_COLUMNS
    columns = np.where(is_head, np.interp(column, *_ACROSS), column)
    return np.stack([columns, np.where(is_head, np.interp(row, *_DOWN), row)], axis=-1)


def skin_sources(places: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """The inverse of `skin_places`."""
    column, row = places[..., 0], places[..., 1]
    is_head = column < _HEAD_COLUMNS
    columns = np.where(is_head, np.interp(column, *_ACROSS[::-1]), column)
    return np.stack([columns, np.where(is_head, np.interp(row, *_DOWN[::-1]), row)], axis=-1)


def _stretched(
    length: int, middle: float, reach: float
) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """Places along a side of `length`, and where they come to lie with the part around `middle` twice as long as
    the rest."""
    places = np.linspace(0.0, length, 8 * length + 1)
    between = (places[1:] + places[:-1]) / 2
    rates = 1.0 + np.exp(-(((between - middle) / reach) ** 4))
    moved = np.concatenate([[0.0], np.cumsum(rates)])
    return places, moved * (length / moved[-1])


_HEAD_COLUMNS = (
    547  # texels of the layout: left of it are face, scalp, ears; right of it smaller charts
)
_ACROSS = _stretched(_HEAD_COLUMNS, 360.0, 100.0)
_DOWN = _stretched(SKIN.height, SKIN.height / 2, 200.0)


def inset(shares: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Places in 0..1 of a part's own picture -> places in 0..1 of its cell."""
    return np.asarray(_INSET + (1 - 2 * _INSET) * shares)


def inset_places(rows: int, columns: int) -> NDArray[np.floating[Any]]:
    """Where the texels of a cell see the picture of its part: [rows,columns,2] in -1..1, x to the right, y down."""
    down = (np.arange(rows) + 0.5) / rows * 2 - 1
    across = (np.arange(columns) + 0.5) / columns * 2 - 1
    return np.stack(np.meshgrid(across, down), axis=-1) / (1 - 2 * _INSET)

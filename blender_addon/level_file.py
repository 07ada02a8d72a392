"""Reading the levels of detail that the topology of rig-ready heads has, distrustfully. No bpy here.

They ship with the extension and fit every rig-ready head, so that those in old files have them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..backend import wire
from ..backend.array_file import DAMAGED, read_arrays
from .head_file import Ints, integers

FILE = Path(__file__).resolve().parents[1] / "backend" / "assets" / "head_template.npz"


@dataclass(frozen=True)
class LevelFile:
    """The topology's quads, and which of their corners the faces of its levels have."""

    base_index: Ints  # [V] the vertex of hm08
    quads: Ints  # [F,4]
    levels: tuple[
        Ints, ...
    ]  # each [G,4], finest first: 4 * quad + corner; -1: a triangle has no fourth


def read_levels(path: Path = FILE) -> LevelFile:
    """The topology's levels. Raises RequestError with one sentence if they cannot be read."""
    try:
        arrays = read_arrays(path, ("level_counts", "level_corners", "base_index", "quads"))
        counts = integers(arrays["level_counts"], (-1,))
        corners = integers(arrays["level_corners"], (-1, 4))
        file = LevelFile(
            base_index=integers(arrays["base_index"], (-1,)),
            quads=integers(arrays["quads"], (-1, 4)),
            levels=tuple(np.split(corners, np.cumsum(counts)[:-1])),
        )
        _check(file, counts, corners)
    except DAMAGED as error:
        raise wire.RequestError(
            f"The levels of detail in {path.name} cannot be read ({str(error)[:120]}); install Headsmith again."
        ) from error
    return file


def _check(file: LevelFile, counts: Ints, corners: Ints) -> None:
    if counts.min() < 1 or counts.sum() != len(corners):
        raise ValueError("its arrays do not belong together")
    if corners.max() >= file.quads.size or corners[:, :3].min() < 0 or corners.min() < -1:
        raise ValueError("a face names a corner that is not there")
    if file.quads.min() < 0 or file.quads.max() >= len(file.base_index):
        raise ValueError("a face names a vertex that is not there")

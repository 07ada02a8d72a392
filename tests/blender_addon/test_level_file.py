"""Reading the levels of detail that ship with the extension, distrustfully."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from ..in_blender import part, wire
from .rig_scene import topology


def test_a_file_that_holds_no_levels_is_refused(extension: ModuleType, tmp_path: Path) -> None:
    level_file = part("level_file")
    with np.load(level_file.FILE) as arrays:
        wrong = {k: arrays[k] for k in ("base_index", "quads", "level_counts", "level_corners")}
    wrong["level_corners"] = wrong["level_corners"] + 4 * len(wrong["quads"])
    np.savez(tmp_path / "wrong.npz", **wrong)
    for name in ("wrong.npz", "none.npz"):
        with pytest.raises(wire().RequestError, match="cannot be read") as caught:
            level_file.read_levels(tmp_path / name)
        assert len(str(caught.value).splitlines()) == 1


def test_the_file_that_ships_has_three_levels_each_simpler_than_the_last(
    extension: ModuleType,
) -> None:
    file = part("level_file").read_levels()
    counts = [len(level) for level in file.levels]
    assert len(counts) == 3
    assert len(file.quads) > counts[0] > counts[1] > counts[2] > 0
    assert (file.quads == topology().quads).all()
    assert (file.base_index == topology().base_index).all()
    for ours, theirs in zip(file.levels, topology().levels, strict=True):
        assert (ours == theirs).all()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("level_counts", lambda counts: counts + 1),
        ("level_counts", lambda counts: counts * [1, 1, 0]),
        ("level_corners", lambda corners: corners[:-1]),
        ("level_corners", lambda corners: corners - 2),
        ("level_corners", lambda corners: corners.astype(np.float32)),
        ("level_corners", lambda corners: corners[:, :3]),
        ("quads", lambda quads: quads + len(quads) * 4),
        ("quads", lambda quads: -quads - 1),
        ("base_index", lambda base: base[:-1]),
    ],
)
def test_a_damaged_file_is_refused(
    extension: ModuleType, tmp_path: Path, name: str, wrong: Callable[[Any], Any]
) -> None:
    level_file = part("level_file")
    with np.load(level_file.FILE) as arrays:
        kept = {k: arrays[k] for k in ("base_index", "quads", "level_counts", "level_corners")}
    np.savez(tmp_path / "wrong.npz", **{**kept, name: wrong(kept[name])})
    with pytest.raises(wire().RequestError, match="install Headsmith again"):
        level_file.read_levels(tmp_path / "wrong.npz")

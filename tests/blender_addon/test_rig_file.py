"""The reader of rig-ready heads takes what the backend writes and nothing else."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ..in_blender import part, wire
from .rig_scene import template


def arrays() -> dict[str, NDArray[Any]]:
    mean = template()
    heads, tails = mean.joints(mean.vertices)
    names = ("vertices", "quads", "corner_uvs", "face_materials", "base_index", "mirror")
    return {
        **{name: getattr(mean, name) for name in names},
        "shape_offsets": mean.shape_offsets,
        "joint_heads": heads,
        "joint_tails": tails,
        "bone_weights": mean.bone_weights,
    }


def test_the_template_is_read_as_it_was_written(extension: ModuleType, tmp_path: Path) -> None:
    written = arrays()
    np.savez(tmp_path / "rig.npz", **written)
    rig = part("rig_file").read_rig(tmp_path / "rig.npz")
    for name, array in written.items():
        assert (getattr(rig, name) == array).all(), name


def spoilt(name: str, where: Any, value: float) -> dict[str, NDArray[Any]]:
    found = arrays()
    found[name] = found[name].copy()
    found[name][where] = value
    return found


@pytest.mark.parametrize(
    ("name", "where", "value"),
    [
        ("vertices", (0, 0), np.nan),
        ("vertices", (0, 0), 50_000.0),
        ("quads", (0, 0), 999_999),
        ("quads", (0, slice(0, 2)), 7),
        ("corner_uvs", (0, 0, 0), np.inf),
        ("corner_uvs", (0, 0, 0), 1e30),
        ("quads", slice(None), 0),
        ("base_index", 0, -1),
        ("face_materials", 0, 5),
        ("mirror", 0, 999_999),
        ("mirror", slice(0, 3), 0),
        ("shape_offsets", (3, 0, 0), np.nan),
        ("joint_tails", slice(None), 0.0),
        ("bone_weights", (0, 0), 3.0),
        ("bone_weights", (0, 0), -1.0),
        ("bone_weights", (0, 0), np.nan),
        ("bone_weights", slice(None), 0.0),
    ],
)
def test_spoilt_numbers_are_refused(
    extension: ModuleType, tmp_path: Path, name: str, where: Any, value: float
) -> None:
    found = spoilt(name, where, value)
    if name == "joint_tails":
        found[name] = found["joint_heads"]
    np.savez(tmp_path / "rig.npz", **found)
    with pytest.raises(wire().RequestError, match=r"rig\.npz cannot be used"):
        part("rig_file").read_rig(tmp_path / "rig.npz")


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("shape_offsets", (51, 5124, 3)),
        ("shape_offsets", (52, 5123, 3)),
        ("bone_weights", (5124, 7)),
        ("corner_uvs", (4989, 4, 2)),
        ("mirror", (5123,)),
        ("vertices", (0, 3)),
    ],
)
def test_arrays_of_another_shape_are_refused(
    extension: ModuleType, tmp_path: Path, name: str, shape: tuple[int, ...]
) -> None:
    found = arrays()
    found[name] = np.zeros(shape, found[name].dtype)
    np.savez(tmp_path / "rig.npz", **found)
    with pytest.raises(wire().RequestError, match=r"rig\.npz cannot be used"):
        part("rig_file").read_rig(tmp_path / "rig.npz")


@pytest.mark.parametrize("name", ["quads", "face_materials", "base_index", "mirror"])
def test_whole_numbers_that_would_wrap_around_are_refused(
    extension: ModuleType, tmp_path: Path, name: str
) -> None:
    found = arrays()
    found[name] = found[name].astype(np.int64) + 2**32
    np.savez(tmp_path / "rig.npz", **found)
    with pytest.raises(wire().RequestError, match="too large"):
        part("rig_file").read_rig(tmp_path / "rig.npz")


def test_a_missing_array_is_refused(extension: ModuleType, tmp_path: Path) -> None:
    found = arrays()
    del found["mirror"]
    np.savez(tmp_path / "rig.npz", **found)
    with pytest.raises(wire().RequestError, match="mirror"):
        part("rig_file").read_rig(tmp_path / "rig.npz")

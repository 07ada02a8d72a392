"""The reader of rig-ready heads takes what the backend writes and nothing else."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ..in_blender import part, wire
from .rig_scene import topology


def arrays() -> dict[str, NDArray[Any]]:
    mean = topology()
    heads, tails = mean.joints(mean.vertices)
    names = ("vertices", "quads", "corner_uvs", "face_materials", "base_index", "mirror")
    return {
        **{name: getattr(mean, name) for name in names},
        "shape_offsets": mean.shape_offsets,
        "joint_heads": heads,
        "joint_tails": tails,
        "bone_weights": mean.bone_weights,
    }


def test_the_topology_is_read_as_it_was_written(extension: ModuleType, tmp_path: Path) -> None:
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
        ("joint_tails", 0, 9_000.0),
        ("joint_heads", (2, 1), np.nan),
        ("shape_offsets", (3, 0, 0), 9_999.0),
        ("shape_offsets", (3, 0, 0), -1.0),
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


def test_a_part_that_lies_far_away_or_moves_far_is_refused(
    extension: ModuleType, tmp_path: Path
) -> None:
    head, rig_file = topology().vertices, part("rig_file")
    count, joints, shapes = 3, rig_file.JOINTS, rig_file.SHAPES
    places = np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.2, 0]], np.float32)
    mesh = {"faces": np.array([[0, 1, 2]], np.int32), "corner_uvs": np.zeros((1, 3, 2), np.float32)}
    np.savez(tmp_path / "hair.npz", vertices=places, **mesh)
    assert (rig_file.read_part(tmp_path / "hair.npz", head).vertices == places).all()
    np.savez(tmp_path / "hair.npz", vertices=places + np.float32(900), **mesh)
    with pytest.raises(wire().RequestError, match="far away from its head"):
        rig_file.read_part(tmp_path / "hair.npz", head)
    weights = np.full((count, joints), 1 / joints, np.float32)
    for offset in (0.05, 9_999.0):
        offsets = np.full((shapes, count, 3), offset, np.float32)
        np.savez(tmp_path / "motion.npz", shape_offsets=offsets, bone_weights=weights)
        if offset < 1.0:
            rig_file.read_motion(tmp_path / "motion.npz", count, head)
        else:
            with pytest.raises(wire().RequestError, match="move further than"):
                rig_file.read_motion(tmp_path / "motion.npz", count, head)

"""The file of a rig-ready head: all of it comes back, nothing is pickled, and bones follow the vertices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.rig.head_topology import Floats, HeadTopology
from backend.rig.rig_head import RigHead
from backend.wire.rig_names import ARKIT_SHAPES, BONES

EYES = np.array([[0.031, 0.001, 0.02], [-0.033, 0.002, 0.021]], np.float32)


def head_of(
    topology: HeadTopology, vertices: NDArray[np.floating[Any]], scale: float = 1.0
) -> RigHead:
    radii = np.array([0.0121, 0.0124], np.float32) * np.float32(scale)
    return RigHead(topology, vertices.astype(np.float32), topology.shape_offsets, EYES, radii)


def saved(head: RigHead, path: Path) -> dict[str, NDArray[Any]]:
    head.save(path)
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def test_what_differs_from_head_to_head_comes_back_exactly(
    topology: HeadTopology, true_heads: Floats, tmp_path: Path
) -> None:
    head = head_of(topology, true_heads[2])
    arrays = saved(head, tmp_path / "rig.npz")
    for name in ("vertices", "shape_offsets", "eye_centers", "eye_radii"):
        assert np.array_equal(arrays[name], getattr(head, name)), name
        assert arrays[name].dtype == np.float32


def test_what_all_heads_share_is_the_topology_s(
    topology: HeadTopology, true_heads: Floats, tmp_path: Path
) -> None:
    arrays = saved(head_of(topology, true_heads[2]), tmp_path / "rig.npz")
    for name in (
        "quads", "corner_uvs", "face_materials", "base_index", "mirror", "bone_weights",
    ):  # fmt: skip
        assert np.array_equal(arrays[name], getattr(topology, name)), name
    assert arrays["shape_offsets"].shape == (len(ARKIT_SHAPES), len(topology.vertices), 3)
    assert arrays["bone_weights"].sum(axis=1) == pytest.approx(1.0, abs=1e-4)


def test_bones_turn_shift_and_grow_with_the_head(topology: HeadTopology, tmp_path: Path) -> None:
    turn = Rotation.from_euler("xyz", [0.3, -1.2, 2.0])
    moved = 2.5 * turn.apply(topology.vertices) + [0.1, -0.2, 0.3]
    plain = saved(head_of(topology, topology.vertices), tmp_path / "plain.npz")
    placed = saved(head_of(topology, moved, 2.5), tmp_path / "placed.npz")
    for name in ("joint_heads", "joint_tails"):
        assert plain[name].shape == (len(BONES), 3)
        expected = 2.5 * turn.apply(plain[name]) + [0.1, -0.2, 0.3]
        assert placed[name] == pytest.approx(expected, abs=1e-5)


def test_every_bone_has_a_length_and_lies_about_the_head(
    topology: HeadTopology, true_heads: Floats, tmp_path: Path
) -> None:
    arrays = saved(head_of(topology, true_heads[9]), tmp_path / "rig.npz")
    heads, tails = arrays["joint_heads"], arrays["joint_tails"]
    assert np.linalg.norm(tails - heads, axis=1).min() > 1e-3
    low, high = true_heads[9].min(axis=0) - 0.1, true_heads[9].max(axis=0) + 0.1
    assert ((heads > low) & (heads < high)).all()


def test_the_name_of_the_file_is_the_one_that_was_given(
    topology: HeadTopology, tmp_path: Path
) -> None:
    """numpy would add its own ending."""
    head_of(topology, topology.vertices).save(tmp_path / "a head.rig")
    assert [path.name for path in tmp_path.iterdir()] == ["a head.rig"]

"""The files of a rig-ready head: everything is there, in its place and as the result says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.delivery.head_files import HeadFiles
from backend.delivery.rig_files import write_rig
from backend.head_mesh import HeadMesh
from backend.rig.atlas import AtlasMaps
from backend.rig.head_topology import load_topology
from backend.rig.parts import HeadPart
from backend.rig.rig_head import RigHead
from backend.wire.results import FitFigures, MeshFigures, RigResult, UvFigures
from backend.wire.rig_names import ARKIT_SHAPES, BONES

FIGURES, UV, FIT = MeshFigures(5, 4, True, 1, 0, 0.3), UvFigures(0.6, 8), FitFigures(0.25, 3)


def part(name: str, height: float) -> HeadPart:
    """A tetrahedron at a height, with a colour of its own."""
    corners = np.concatenate([np.zeros((1, 3)), 0.02 * np.eye(3)])
    vertices = np.add(corners, (0, height, 0))
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
    normals = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
    mesh = HeadMesh(vertices.astype(np.float32), faces, np.zeros((4, 3, 2), np.float32), normals)
    return HeadPart(name, mesh, np.full((4, 4, 3), len(name), np.uint8))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RigResult]:
    """The job's folder and what write_rig says of it."""
    folder = tmp_path_factory.mktemp("job")
    topology = load_topology()
    head = RigHead(
        topology,
        topology.vertices + np.array([0.1, 0.0, 0.0], np.float32),
        topology.shape_offsets,
        np.array([[0.03, 0, 0], [-0.03, 0, 0]], np.float32),
        np.array([0.014, 0.015], np.float32),
    )
    maps = AtlasMaps(
        np.full((8, 8, 4), 10, np.uint8), np.full((8, 8, 3), 20, np.uint8), np.full((8, 8), 30, np.uint8)
    )  # fmt: skip
    parts = (part("hair", 0.2), part("beard", -0.05))
    return folder, write_rig(HeadFiles(folder, 2), head, maps, parts, FIGURES, UV, FIT)


def test_everything_lies_in_the_heads_own_folder_and_nothing_else(
    written: tuple[Path, RigResult],
) -> None:
    folder, result = written
    assert {path.name for path in (folder / "head_02" / "rig").iterdir()} == {
        "rig.npz", "albedo.png", "normal.png", "roughness.png",
        "hair.npz", "hair.png", "hair_normal.png",
        "beard.npz", "beard.png", "beard_normal.png", "beard_motion.npz",
    }  # fmt: skip
    assert result.mesh == "head_02/rig/rig.npz"
    assert (result.figures, result.uv, result.fit) == (FIGURES, UV, FIT)


def test_each_map_is_the_picture_that_was_given_for_it(written: tuple[Path, RigResult]) -> None:
    folder, result = written
    for path, mode, value in (
        (result.albedo, "RGBA", 10),
        (result.normal, "RGB", 20),
        (result.roughness, "L", 30),
    ):
        with Image.open(folder / path) as picture:
            assert picture.mode == mode
            assert (np.asarray(picture) == value).all()


def test_the_mesh_is_the_head_and_not_the_topology(written: tuple[Path, RigResult]) -> None:
    folder, result = written
    topology = load_topology()
    with np.load(folder / result.mesh) as arrays:
        offset = arrays["vertices"] - topology.vertices
        assert offset == pytest.approx(np.broadcast_to([0.1, 0, 0], offset.shape), abs=1e-6)
        assert np.array_equal(arrays["eye_radii"], np.array([0.014, 0.015], np.float32))


def test_parts_have_meshes_and_maps_and_those_on_the_skin_a_motion(
    written: tuple[Path, RigResult],
) -> None:
    folder, result = written
    hair, beard = result.parts
    assert (hair.name, hair.motion, beard.name) == ("hair", "", "beard")
    for found, height in ((hair, 0.2), (beard, -0.05)):
        mesh = HeadMesh.load(folder / found.mesh)
        assert mesh.vertices[0] == pytest.approx([0.0, height, 0.0])
        with Image.open(folder / found.albedo) as picture:
            assert (np.asarray(picture) == len(found.name)).all()
        with Image.open(folder / found.normal) as picture:
            assert (np.asarray(picture)[..., 2] == 255).all()  # an even colour has no relief
    with np.load(folder / beard.motion) as motion:
        assert motion["shape_offsets"].shape == (len(ARKIT_SHAPES), 4, 3)
        assert motion["bone_weights"].shape == (4, len(BONES))
        assert motion["bone_weights"].sum(axis=1) == pytest.approx(1.0, abs=1e-5)

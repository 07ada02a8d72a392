"""The mesh's checks against known solids, and its file."""

from pathlib import Path

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.errors import HeadsmithError
from backend.head_mesh import (
    HeadMesh,
    count_components,
    genus,
    is_closed,
    is_manifold,
    signed_volumes,
    vertex_normals,
)
from backend.rig.head_topology import load_topology
from backend.wire.requests import (
    ErrorCode,
)


def solid_arrays(solid: trimesh.Trimesh) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    return np.asarray(solid.vertices), np.asarray(solid.faces)


def cube() -> HeadMesh:
    vertices, faces = solid_arrays(trimesh.creation.box((0.2, 0.3, 0.4)))
    return HeadMesh(
        vertices.astype(np.float32),
        faces.astype(np.int32),
        np.random.default_rng(0).random((12, 3, 2), np.float32),
        vertex_normals(vertices, faces),
    )


def test_a_box_is_closed_and_has_one_part_no_handle_and_its_height() -> None:
    figures = cube().figures()
    assert figures.watertight
    assert (figures.vertices, figures.faces, figures.components, figures.genus) == (8, 12, 1, 0)
    assert figures.height_m == pytest.approx(0.3)


def test_a_torus_has_one_handle_and_two_of_them_have_two() -> None:
    _, faces = solid_arrays(trimesh.creation.torus(1.0, 0.3))
    assert genus(faces) == 1
    both = np.concatenate([faces, faces + faces.max() + 1])
    assert count_components(both) == 2
    assert genus(both) == 2
    assert is_closed(both)


def test_a_missing_a_flipped_or_a_doubled_face_is_not_closed() -> None:
    _, faces = solid_arrays(trimesh.creation.icosphere(1))
    flipped = faces.copy()
    flipped[3] = flipped[3, ::-1]
    assert is_closed(faces)
    assert not is_closed(faces[1:])
    assert not is_closed(flipped)
    assert not is_closed(np.concatenate([faces, faces[:1]]))
    assert not is_closed(np.concatenate([faces, faces]))
    assert not is_closed(faces[:0])


def test_volumes_of_faces_sum_to_that_of_the_solid_wherever_it_is() -> None:
    vertices, faces = solid_arrays(trimesh.creation.box((0.2, 0.3, 0.4)))
    assert signed_volumes(vertices + np.array([5, 6, 7]), faces).sum() == pytest.approx(0.024)
    assert signed_volumes(vertices, faces[:, ::-1]).sum() == pytest.approx(-0.024)


def test_normals_of_a_cube_are_its_diagonals_however_its_sides_are_cut() -> None:
    vertices, faces = solid_arrays(trimesh.creation.box())
    normals = vertex_normals(vertices, faces)
    np.testing.assert_allclose(normals, np.sign(vertices) / np.sqrt(3), atol=1e-6)


def test_a_saved_mesh_comes_back_the_same(tmp_path: Path) -> None:
    mesh = cube()
    mesh.save(tmp_path / "mesh.npz")
    again = HeadMesh.load(tmp_path / "mesh.npz")
    for name in ("vertices", "faces", "corner_uvs", "normals"):
        np.testing.assert_array_equal(getattr(again, name), getattr(mesh, name))
        assert getattr(again, name).dtype == getattr(mesh, name).dtype


def test_a_mesh_without_uvs_comes_back_without(tmp_path: Path) -> None:
    mesh = cube()
    HeadMesh(mesh.vertices, mesh.faces, None, mesh.normals).save(tmp_path / "mesh.npz")
    assert HeadMesh.load(tmp_path / "mesh.npz").corner_uvs is None


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04broken"])
def test_a_broken_file_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mesh.npz"
    path.write_bytes(content)
    with pytest.raises(HeadsmithError, match=r"is not a mesh of Headsmith .* make the head again"):
        HeadMesh.load(path)


def test_a_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(HeadsmithError) as caught:
        HeadMesh.load(tmp_path / "none.npz")
    assert caught.value.code is ErrorCode.JOB_FOLDER


def test_arrays_that_do_not_fit_are_refused() -> None:
    mesh = cube()
    assert mesh.corner_uvs is not None
    with pytest.raises(ValueError, match=r"normals of a mesh have the shape \(7, 3\)"):
        HeadMesh(mesh.vertices, mesh.faces, None, mesh.normals[1:])
    with pytest.raises(ValueError, match="corner_uvs"):
        HeadMesh(mesh.vertices, mesh.faces, mesh.corner_uvs[1:], mesh.normals)


def test_parts_that_share_one_vertex_are_closed_and_no_manifold() -> None:
    first = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]])
    second = np.where(first == 0, 0, first + 3)
    assert is_manifold(first)
    assert is_manifold(np.concatenate([first, first + 4]))
    both = np.concatenate([first, second])
    assert is_closed(both)
    assert not is_manifold(both)
    assert not is_manifold(first[1:])
    assert not is_manifold(first[:0])


def test_the_genus_of_an_open_mesh_counts_its_handles_alone() -> None:
    torus = np.asarray(trimesh.creation.torus(1.0, 0.3).faces)
    cut = torus[~(torus == torus[0, 0]).any(axis=1)]
    assert genus(cut) == 1
    ball = np.asarray(trimesh.creation.icosphere(2).faces)
    with_two_rims = ball[~np.isin(ball, [ball[0, 0], ball[-1, 0]]).any(axis=1)]
    assert genus(with_two_rims) == 0
    both = np.concatenate([cut, with_two_rims + cut.max() + 1])
    assert genus(both) == 1


def test_the_heads_template_has_no_handles_and_is_open() -> None:
    triangles = load_topology().triangles
    assert genus(triangles) == 0
    assert not is_closed(triangles)

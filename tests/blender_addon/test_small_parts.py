"""Axes and units, names, the distrustful reader of mesh files, and the files of a job."""

import io
import json
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ..in_blender import part, wire


@pytest.fixture
def arrays() -> dict[str, NDArray[Any]]:
    """One triangle."""
    return {
        "vertices": np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.2, 0]], np.float32),
        "faces": np.array([[0, 1, 2]], np.int32),
        "corner_uvs": np.zeros((1, 3, 2), np.float32),
    }


# Expected values are written out: x stays, up is +z, the face looks along -y.
@pytest.mark.parametrize(
    ("field", "blender"),
    [((1, 0, 0), (1, 0, 0)), ((0, 1, 0), (0, 0, 1)), ((0, 0, 1), (0, -1, 0))],
)
def test_field_axes_become_blenders(
    extension: ModuleType, field: tuple[int, ...], blender: tuple[int, ...]
) -> None:
    found = part("coords").field_to_blender(np.array([field], np.float32))
    assert found.tolist() == [list(blender)]


def test_blenders_axes_become_the_fields_again(extension: ModuleType) -> None:
    points = np.array([[1, 2, 3], [-4, 5, -6]], np.float32)
    there = part("coords").field_to_blender(points)
    assert part("coords").blender_to_field(there).tolist() == points.tolist()


def test_changing_axes_does_not_mirror(extension: ModuleType) -> None:
    matrix = part("coords").field_to_blender(np.eye(3, dtype=np.float32))
    assert np.linalg.det(matrix) == pytest.approx(1.0)


def test_the_base_is_the_middle_of_the_lowest_slab_on_the_symmetry_plane(
    extension: ModuleType,
) -> None:
    neck = [[0.2, 1.0, -1.0], [0.3, 3.0, -1.0]]
    head = [[-5.0, -9.0, 1.0], [4.0, 7.0, 2.0]]
    found = part("coords").neck_base(np.array(neck + head, np.float32))
    assert found.tolist() == [0.0, 2.0, -1.0]


@pytest.mark.parametrize(("scale", "units"), [(1.0, 1.0), (0.01, 100.0), (0.0, 1.0)])
def test_a_metre_has_its_units(extension: ModuleType, scale: float, units: float) -> None:
    assert part("coords").units_per_metre(scale) == pytest.approx(units)


def test_a_suffix_survives_a_long_name(extension: ModuleType) -> None:
    name = part("naming").blender_name("ein alter Mann mit grünen Augen " * 8, " rig")
    assert name.endswith(" rig")
    assert len(name.encode()) <= 59


@pytest.mark.parametrize(
    "text", ["an old man", "x" * 200, "Käse " * 40, "头" * 50, "  two\n lines ", ""]
)
def test_names_fit_into_blender_with_a_number(extension: ModuleType, text: str) -> None:
    name = part("naming").blender_name(text)
    assert 0 < len(name.encode()) <= 59
    assert name == " ".join(name.split())


def test_jobs_are_called_by_their_words_or_their_picture(extension: ModuleType) -> None:
    title = part("naming").job_title
    assert title(" an  old man ", "a.png") == "an old man"
    assert title("", "", "folder/portrait.jpg") == "portrait"
    assert len(title("word " * 50)) <= 60
    assert title("", mesh="folder/My%2F;Head.001.npz") == "My/Head.001"


@pytest.mark.parametrize(
    ("names", "shared"),
    [
        (("Rex_Head", "Rex_Eye.L"), "Rex"),
        (("EyeLeft", "EyeRight"), ""),
        (("Head",), "Head"),
        (("old man head", "old man hair"), "old man"),
    ],
)
def test_names_share_whole_words(
    extension: ModuleType, names: tuple[str, ...], shared: str
) -> None:
    assert part("naming").common_words(names) == shared


def test_a_good_mesh_is_read(
    extension: ModuleType, arrays: dict[str, NDArray[Any]], tmp_path: Path
) -> None:
    np.savez(tmp_path / "head.npz", **arrays)
    head = part("head_file").read_head(tmp_path / "head.npz")
    for name, array in arrays.items():
        assert (getattr(head, name) == array).all()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("faces", np.array([[0, 1, 3]], np.int32), "not there"),
        ("faces", np.array([[0, 1, -1]], np.int32), "not there"),
        ("faces", np.array([[0.0, 1.0, 2.0]]), "whole numbers"),
        ("faces", np.zeros((0, 3), np.int32), "shape"),
        ("vertices", np.full((3, 3), np.nan, np.float32), "not finite"),
        ("vertices", np.zeros((3, 2), np.float32), "shape"),
        ("vertices", 1e5 * np.eye(3, dtype=np.float32), "larger than 10000 m"),
        ("corner_uvs", np.zeros((2, 3, 2), np.float32), "belong together"),
        ("vertices", np.array([object()] * 3), "holds object, not numbers"),
        ("corner_uvs", None, "corner_uvs"),
        ("faces", np.zeros((1, 3), np.int32), "uses a vertex twice"),
        ("faces", np.array([[0, 1, 2**32 + 2]]), "too large"),
        ("faces", np.array([[0, 1, 2**64 - 1]], np.uint64), "too large"),
        ("corner_uvs", np.full((1, 3, 2), 1e30, np.float32), "outside the picture"),
        ("corner_uvs", np.full((1, 3, 2), np.nan, np.float32), "not finite"),
        ("vertices", 1e300 * np.eye(3), "not finite"),
        ("vertices", 1e5 + np.eye(3, dtype=np.float32), "as far away"),
        ("vertices", np.zeros((3, 3), np.float32), "no extent"),
    ],
)
def test_a_mesh_of_no_use_is_refused(
    extension: ModuleType,
    arrays: dict[str, NDArray[Any]],
    name: str,
    value: Any,
    says: str,
    tmp_path: Path,
) -> None:
    arrays[name] = value
    np.savez(tmp_path / "head.npz", **{k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(wire().RequestError, match=says) as caught:
        part("head_file").read_head(tmp_path / "head.npz")
    assert "generate the head again" in caught.value.user_text


def test_a_file_that_is_no_archive_is_refused(extension: ModuleType, tmp_path: Path) -> None:
    with zipfile.ZipFile(empty := io.BytesIO(), "w"):
        pass
    for number, content in enumerate((b"", b"text", b"PK\x03\x04", empty.getvalue())):
        path = tmp_path / f"{number}.npz"
        path.write_bytes(content)
        with pytest.raises(wire().RequestError):
            part("head_file").read_head(path)
    with pytest.raises(wire().RequestError):
        part("head_file").read_head(tmp_path / "missing.npz")


def test_a_job_folder_holds_its_request(extension: ModuleType, tmp_path: Path) -> None:
    request = wire().JobRequest(prompt="a man", seed=4)
    folder = part("job_entry").make_job_folder(tmp_path, "job-1", request)
    assert json.loads((folder / "request.json").read_text())["seed"] == 4


def test_job_ids_do_not_repeat_and_are_fit_for_the_wire(extension: ModuleType) -> None:
    ids = [part("job_entry").new_job_id() for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for name in ids)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"request": 5}', '{"heads": [{}]}'])
def test_a_damaged_result_is_refused(extension: ModuleType, tmp_path: Path, content: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(content)
    with pytest.raises(wire().RequestError):
        wire().read_result(tmp_path, path.name, "generate")


def test_a_latent_survives_as_text_exactly(extension: ModuleType) -> None:
    z = tuple(np.random.default_rng(0).standard_normal(64).tolist())
    request = part("job_request")
    assert request.read_latent(request.write_latent(z)) == z
    with pytest.raises(wire().RequestError, match="lock a head again"):
        request.read_latent("no numbers")

"""Where things lie, and what is kept there and what is not."""

import os
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy
import pytest

from ..in_blender import MODULE, part, wire


def test_old_job_folders_are_removed_and_new_or_foreign_ones_kept(session: Any) -> None:
    folder = part("paths").jobs_folder()
    names = ("job-old", "job-new", "something else")
    for name in names:
        (folder / name).mkdir()
    for name in ("job-old", "something else"):
        os.utime(folder / name, (0.0, time.time() - 30 * 86400))
    part("paths").remove_old_jobs(folder, time.time())
    assert [(folder / name).exists() for name in names] == [False, True, True]


def test_the_extensions_own_files_are_found_in_it(extension: ModuleType) -> None:
    paths = part("paths")
    assert (paths.extension_root() / "blender_manifest.toml").is_file()
    assert paths.backend_script().is_file()
    assert paths.ROOT_PACKAGE == MODULE


def test_asking_for_a_place_makes_nothing_and_asking_for_a_folder_makes_it(
    extension: ModuleType,
) -> None:
    paths = part("paths")
    assert not paths.user_path("tried out").exists()
    folder = paths.user_folder("tried out")
    assert folder == paths.user_path("tried out")
    assert folder.is_dir()
    folder.rmdir()


def test_a_folder_that_cannot_be_made_is_named_with_the_remedy(extension: ModuleType) -> None:
    in_the_way = part("paths").user_path("occupied")
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.write_text("in the way")
    try:
        with pytest.raises(wire().RequestError, match="cannot be made; free or unlock") as caught:
            part("paths").user_folder("occupied")
        assert str(in_the_way) in caught.value.user_text
        assert caught.value.code.value == "job_folder"
    finally:
        in_the_way.unlink()


@pytest.mark.skipif(os.name == "nt", reason="making links takes rights there")
def test_a_link_among_the_job_folders_is_not_followed(
    extension: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "file").write_text("of the user")
    (tmp_path / "jobs" / "job-link").symlink_to(tmp_path / "own")
    (tmp_path / "jobs" / "job-gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "jobs" / "job-file").write_text("no folder")
    part("paths").remove_old_jobs(tmp_path / "jobs", time.time() + 1e9)
    assert (tmp_path / "own" / "file").read_text() == "of the user"
    assert len(list((tmp_path / "jobs").iterdir())) == 3


@pytest.mark.parametrize(("days", "is_kept"), [(13.9, True), (14.1, False)])
def test_a_job_is_kept_for_two_weeks(
    extension: ModuleType, tmp_path: Path, days: float, is_kept: bool
) -> None:
    (tmp_path / "job-1").mkdir()
    part("paths").remove_old_jobs(tmp_path, time.time() + days * 86400)
    assert (tmp_path / "job-1").exists() is is_kept


@pytest.mark.skipif(sys.platform != "linux", reason="other folders there")
def test_the_environment_lies_where_the_system_keeps_data(
    extension: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert part("paths").default_environment() == tmp_path / "headsmith" / "environment"
    monkeypatch.setenv("XDG_DATA_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    expected = tmp_path / ".local" / "share" / "headsmith" / "environment"
    assert part("paths").default_environment() == expected


@pytest.mark.skipif(sys.platform != "linux", reason="other folders there")
def test_the_documented_environment_is_used_where_there_is_one(
    extension: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = part("paths")
    if (paths.extension_root() / ".venv").exists():
        pytest.skip("the environment beside the source comes first")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    python = tmp_path / "headsmith" / "environment" / "bin" / "python"
    monkeypatch.setitem(sys.modules, "torch", None)  # as where it is not installed
    assert paths.guess_backend_python() == python  # named, though it is not there
    monkeypatch.delitem(sys.modules, "torch")
    assert paths.guess_backend_python() == Path(sys.executable)  # it holds the packages too
    python.parent.mkdir(parents=True)
    python.write_text("")
    assert paths.guess_backend_python() == python


def test_no_picture_is_no_path(extension: ModuleType) -> None:
    assert [part("paths").absolute_picture(text, "photo") for text in ("", "  ")] == ["", ""]


def test_a_picture_beside_the_file_is_found(session: Any, tmp_path: Path) -> None:
    (tmp_path / "face.png").write_bytes(b"any")
    with pytest.raises(wire().RequestError, match="relative to a file that was never saved"):
        part("paths").absolute_picture("//face.png", "photo")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    found = part("paths").absolute_picture(" //face.png ", "photo")
    assert Path(found) == tmp_path / "face.png"
    with pytest.raises(
        wire().RequestError, match=r"The photo .*none\.png does not exist"
    ) as caught:
        part("paths").absolute_picture("//none.png", "photo")
    assert caught.value.code.value == "bad_picture"
    with pytest.raises(wire().RequestError, match="does not exist"):
        part("paths").absolute_picture(str(tmp_path), "style picture")  # a folder is no picture

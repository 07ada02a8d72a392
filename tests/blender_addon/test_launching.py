"""The preferences decide which backend is started, and a missing one is named with what installs it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from ..in_blender import MODULE, part, wire


@pytest.fixture
def preferences(session: Any) -> Iterator[Any]:
    preferences = bpy.context.preferences.addons[MODULE].preferences
    yield preferences
    for name in ("backend_python", "device", "models_folder"):
        preferences.property_unset(name)


def test_the_preferences_are_those_of_this_extension(preferences: Any) -> None:
    assert part("launching").preferences_of(bpy.context) == preferences


def test_untouched_preferences_start_the_backend_that_is_installed(preferences: Any) -> None:
    launch, paths = part("launching").current_launch(), part("paths")
    assert launch.python == paths.guess_backend_python()
    assert launch.script == paths.extension_root() / "backend" / "__main__.py"
    assert launch.script.is_file()
    assert launch.log_file == paths.user_folder("logs") / "backend.log"
    assert (launch.device, launch.models_folder) == ("auto", "")


def test_what_the_user_chose_is_started(preferences: Any, tmp_path: Path) -> None:
    preferences.backend_python, preferences.device = f"  {tmp_path / 'python'} ", "cpu"
    preferences.models_folder = str(tmp_path / "models")
    launch = part("launching").current_launch()
    assert launch.python == tmp_path / "python"  # whether it is there is seen when it is started
    assert (launch.device, launch.models_folder) == ("cpu", str(tmp_path / "models"))


def test_paths_beside_the_file_are_made_whole(preferences: Any, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    preferences.backend_python, preferences.models_folder = "//env/python", "//models"
    launch = part("launching").current_launch()
    assert launch.python == tmp_path / "env" / "python"
    assert Path(launch.models_folder) == tmp_path / "models"


@pytest.mark.skipif(os.name == "nt", reason="other folders there")
def test_a_backend_that_is_not_installed_is_named_with_the_commands(
    preferences: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data dir"))
    monkeypatch.setitem(sys.modules, "torch", None)  # as where it is not installed
    # Beside the extension lies the repository's own environment.
    monkeypatch.setattr(part("paths"), "extension_root", lambda: tmp_path / "extension")
    launching = part("launching")
    with pytest.raises(wire().RequestError, match="The backend is not installed") as caught:
        launching.current_launch()
    assert caught.value.code.value == "backend_start"
    for command in launching.setup_commands():
        assert f"`{command}`" in caught.value.user_text


@pytest.mark.skipif(sys.platform != "linux", reason="other folders there")
def test_the_commands_make_the_environment_where_it_is_looked_for(
    preferences: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data dir"))
    make, fill = part("launching").setup_commands()
    environment = tmp_path / "data dir" / "headsmith" / "environment"
    assert make == f'python3.11 -m venv "{environment}"'
    python, requirements = fill.split('"')[1], fill.split('"')[3]
    assert python == str(environment / "bin" / "python")
    assert Path(requirements).is_file()
    assert fill == f'"{python}" -m pip install -r "{requirements}"'

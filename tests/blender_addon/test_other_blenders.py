"""The extension in the oldest and the newest Blender that it runs in, from a fresh profile.

Each test is a process of that Blender's Python; inside_blender.py is what happens there.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from backend.wire.rig_names import ARKIT_SHAPES, BONES
from build_tools.other_blenders import OTHER_BLENDERS, OtherBlender
from build_tools.package import copy_shipped_files
from build_tools.system import PythonMissingError

from .seen_in_blender import Order, Seen

pytestmark = [pytest.mark.slow, pytest.mark.blender]

INSIDE = Path(__file__).with_name("inside_blender.py")
ENVIRONMENT = "headsmith/environment"
DATA_FOLDERS = {"win32": "data", "darwin": "Library/Application Support"}
DATA_VARIABLES = ("XDG_DATA_HOME", "LOCALAPPDATA")
Act = Callable[[str], Seen]


@pytest.fixture(scope="module", params=OTHER_BLENDERS, ids=lambda blender: blender.version)
def blender(request: pytest.FixtureRequest) -> OtherBlender:
    """Another Blender, whose environment is made if need be."""
    try:
        request.param.ensure()
    except PythonMissingError as error:
        pytest.skip(str(error))
    return request.param


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension as it ships, without what else is in the repository."""
    folder = tmp_path_factory.mktemp("shipped") / "headsmith"
    copy_shipped_files(folder)
    return folder


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    """Where this platform's programs keep a user's data, in a home of its own."""
    return tmp_path / DATA_FOLDERS.get(sys.platform, ".local/share")


@pytest.fixture
def act(blender: OtherBlender, shipped: Path, data_folder: Path, tmp_path: Path) -> Act:
    """Lets one scenario happen in that Blender."""

    def act(scenario: str) -> Seen:
        order = Order(str(tmp_path / "user"), sys.executable)
        installed = tmp_path / "user" / "extensions" / "user_default" / "headsmith"
        installed.parent.mkdir(parents=True)
        installed.symlink_to(shipped, target_is_directory=True)
        (tmp_path / "order.json").write_text(json.dumps(asdict(order)), encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        homes = {"HOME": str(tmp_path)} | dict.fromkeys(DATA_VARIABLES, str(data_folder))
        outcome = subprocess.run(
            [str(blender.ensure()), str(INSIDE), scenario, str(tmp_path / "order.json")],
            env=kept | homes | {"BLENDER_USER_RESOURCES": order.user_resources},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert outcome.returncode == 0, outcome.stdout[-2000:] + outcome.stderr[-4000:]
        seen = Seen(**json.loads((tmp_path / "seen.json").read_text(encoding="utf-8")))
        assert seen.blender.startswith(blender.version)
        return seen

    return act


def test_an_empty_preference_finds_the_backend_in_the_documented_folder(
    act: Act, data_folder: Path
) -> None:
    documented = data_folder / ENVIRONMENT
    documented.parent.mkdir(parents=True)
    try:
        documented.symlink_to(sys.prefix, target_is_directory=True)
    except OSError as error:  # Windows wants a privilege for it
        pytest.skip(f"the environment cannot be linked here: {error}")
    seen = act("real head")
    assert seen.state == "done", seen.notes
    assert seen.notes[-1].startswith("Imported")
    assert seen.vertices > 500
    assert 0.2 < seen.height_m < 0.4
    assert seen.colour_range > 0.3


def test_without_a_backend_one_sentence_says_how_to_install_it(act: Act, data_folder: Path) -> None:
    seen = act("no backend")
    environment = data_folder / ENVIRONMENT
    assert (seen.state, seen.is_busy) == ("failed", False)
    (sentence,) = seen.notes
    assert sentence.startswith(f"The backend is not installed: there is no {environment}")
    assert f'-m venv "{environment}"' in sentence
    assert "-m pip install -r " in sentence
    assert any(f'-m venv "{environment}"' in words for words in seen.words)


def test_a_rig_ready_head_has_its_shapes_and_bones(act: Act) -> None:
    seen = act("rig-ready head")
    assert seen.state == "done", seen.notes
    assert (seen.shapes, seen.bones) == (len(ARKIT_SHAPES), len(BONES))
    assert seen.moved_by_jaw_m > 0.01


def test_disabling_and_enabling_twice_leaves_nothing_behind(act: Act) -> None:
    seen = act("enabled twice")
    assert seen.left_behind == []
    assert "backend_python" in seen.words
    assert "prompt" in seen.words

"""The extension, enabled in Blender's wheel at the path where Blender keeps a user's extensions."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .source_tree import ROOT

MODULE = "bl_ext.user_default.headsmith"
TOY_BACKEND = ROOT / "tests" / "blender_addon" / "toy_backend.py"
MISBEHAVING = ROOT / "tests" / "backend" / "fake_backends" / "misbehaving.py"


def enable_extension(user_resources: Path) -> ModuleType:
    """Enables this repository as the extension `headsmith`, its user files under `user_resources`."""
    os.environ["BLENDER_USER_RESOURCES"] = str(user_resources)
    installed = user_resources / "extensions" / "user_default" / "headsmith"
    installed.parent.mkdir(parents=True, exist_ok=True)
    if not installed.exists():
        installed.symlink_to(ROOT, target_is_directory=True)
    import bpy

    # Blender resolved this when it was imported, which another test may have done before.
    sys.modules["bl_ext.user_default"].__path__[:] = [str(installed.parent)]
    bpy.ops.wm.read_homefile(use_empty=True)
    import addon_utils  # there is none before bpy

    module: ModuleType | None = addon_utils.enable(MODULE, default_set=True)
    assert module is not None, "the extension could not be enabled"
    return module


def disable_extension() -> None:
    import addon_utils

    addon_utils.disable(MODULE, default_set=True)


def part(name: str) -> Any:
    """A module of the enabled extension: part("dispatcher") is blender_addon.dispatcher."""
    return sys.modules[f"{MODULE}.blender_addon.{name}"]


def wire() -> Any:
    """The extension's own copy of backend.wire.messages."""
    return sys.modules[f"{MODULE}.backend.wire"]


@pytest.fixture(scope="session")
def extension() -> Iterator[ModuleType]:
    """The enabled extension, disabled again when all tests have run."""
    user_resources = Path(tempfile.mkdtemp(prefix="headsmith_test_"))
    module = enable_extension(user_resources)
    yield module
    disable_extension()
    shutil.rmtree(user_resources, ignore_errors=True)


def toy_launch(folder: Path, script: Path = TOY_BACKEND) -> Any:
    """How to start a backend of the tests."""
    return part("child").Launch(
        python=Path(sys.executable), script=script, log_file=folder / "backend.log"
    )


@pytest.fixture
def session(extension: ModuleType, tmp_path: Path) -> Iterator[Any]:
    """Blender's session in an empty file, with the toy backend and nothing in its queue."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    session = part("session").session
    real_dispatcher = session.dispatcher
    patience = part("link").Patience(ping_every=0.2, hang=10.0, cancel=10.0, stop=5.0, restart=0.0)
    session.dispatcher = part("dispatcher").Dispatcher(lambda: toy_launch(tmp_path), patience)
    session.notes.clear()
    yield session
    session.close()
    session.dispatcher = real_dispatcher


def texts(session: Any) -> list[str]:
    """What the panel tells the user, oldest first."""
    return [note.text for note in session.notes]

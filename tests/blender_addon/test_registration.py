"""Enabling and disabling leave Blender as it was, and the manifest says what is true."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import addon_utils
import bpy

from ..in_blender import MODULE, part, wire
from ..source_tree import ROOT


def names() -> set[str]:
    return {name for name in dir(bpy.types) if "headsmith" in name.lower()}


def test_disabling_takes_everything_away_and_enabling_brings_it_back(session: Any) -> None:
    before = names()
    bpy.context.scene.headsmith.prompt = "slow"
    bpy.ops.headsmith.generate()
    addon_utils.disable(MODULE)
    try:
        assert names() == set()
        assert not hasattr(bpy.types.Scene, "headsmith")
        handlers = bpy.app.handlers.load_post
        assert not any(handler.__module__.startswith(MODULE) for handler in handlers)
        bars = bpy.types.STATUSBAR_HT_header._dyn_ui_initialize()
        assert not any(draw.__module__.startswith(MODULE) for draw in bars)
        assert not bpy.app.timers.is_registered(part("session")._tick)
    finally:
        addon_utils.enable(MODULE, default_set=True)
    assert names() == before


def test_importing_the_package_does_nothing(extension: ModuleType) -> None:
    script = "import sys; sys.path.insert(0, sys.argv[1]); __import__(sys.argv[2])\n"
    script += "assert 'bpy' not in sys.modules"
    outcome = subprocess.run(
        [sys.executable, "-c", script, str(ROOT.parent), ROOT.name], capture_output=True, text=True
    )
    assert outcome.returncode == 0, outcome.stderr


def test_the_manifest_agrees_with_the_product(extension: ModuleType) -> None:
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text("utf-8"))
    assert manifest["version"] == wire().PRODUCT_VERSION
    assert (manifest["id"], manifest["maintainer"]) == ("headsmith", "Headsmith")
    assert manifest["blender_version_min"] == "4.2.0"
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert set(manifest["permissions"]) == {"files"}


def test_files_are_written_outside_the_extension(extension: ModuleType) -> None:
    user_resources = Path(os.environ["BLENDER_USER_RESOURCES"])
    for folder in (part("paths").jobs_folder(), part("paths").log_file().parent):
        assert folder.is_relative_to(user_resources)
        assert not folder.is_relative_to(user_resources / "extensions" / "user_default")


def test_blender_as_a_module_lends_its_own_python_to_the_backend(extension: ModuleType) -> None:
    assert part("paths").guess_backend_python().is_file()

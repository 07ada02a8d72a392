"""The tests mirror the tree: backend/a/b.py is tested in tests/backend/a/test_b.py, or this file says where."""

from __future__ import annotations

from os.path import normpath
from pathlib import Path

from .source_tree import ROOT, modules

TESTS = ROOT / "tests"
MIRRORED = ("backend", "blender_addon", "operators", "build_tools")
NOT_MIRRORED = ("backend.training", "backend.bench")  # what makes and measures, and does not ship

# Test files of one matter that several modules serve: a family of buttons, what a user sees of small parts.
TESTED_TOGETHER = {
    "backend/guidance/test_language.py": ("contradictions",),
    "backend/process/test_server.py": ("models_folder", "../wire/folders"),
    "build_tools/test_demo.py": ("blender_session", "studio"),
    "build_tools/test_environment.py": ("system",),
    "build_tools/test_lock.py": ("other_blenders",),
    "build_tools/test_package.py": ("blender_cli",),
    "operators/test_add_metarig.py": ("../blender_addon/metarig_points",),
}  # fmt: skip
UNTESTED = {
    "backend/wire/results.py": "records alone; that they come back from JSON is tested with the messages",
    "build_tools/checks.py": "runs these tests itself",
    "build_tools/rig_sheet.py": "draws pictures for people, of heads whose parts are tested",
    "build_tools/screenshot.py": "needs a Blender with a window",
    "build_tools/screenshot_inside.py": "runs in a Blender with a window",
    "build_tools/x11_picture.py": "needs a display",
}


def places_elsewhere() -> dict[str, str]:
    """Module -> the test file that TESTED_TOGETHER gives for it."""
    return {
        normpath(Path(test).parent / f"{name}.py").replace("\\", "/"): test
        for test, names in TESTED_TOGETHER.items()
        for name in names
    }


def shipped() -> set[str]:
    """The modules that need a test, as paths from the root; packages' faces only import."""
    return {
        module.path.relative_to(ROOT).as_posix()
        for module in modules(MIRRORED)
        if not module.is_package and not module.name.startswith(NOT_MIRRORED)
    }


def mirrored(module: str) -> Path:
    path = Path(module)
    return TESTS / path.parent / f"test_{path.name}"


def test_every_shipped_module_has_its_test() -> None:
    excused = {*places_elsewhere(), *UNTESTED}
    assert sorted(m for m in shipped() if m not in excused and not mirrored(m).exists()) == []


def test_test_files_that_stand_for_others_exist() -> None:
    assert [test for test in TESTED_TOGETHER if not (TESTS / test).is_file()] == []


def test_no_excuse_is_left_for_a_module_that_has_its_test_or_is_gone() -> None:
    excused = [*places_elsewhere(), *UNTESTED]
    assert sorted(m for m in excused if mirrored(m).exists() or m not in shipped()) == []
    assert len(excused) == len(set(excused))

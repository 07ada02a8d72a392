"""Imports go one way: __init__ -> blender_addon, operators -> backend.wire, backend.array_file; backend -> backend."""

import subprocess
import sys

from .source_tree import ROOT, SHIPPED, Import, imports, modules

OWN = {"blender_addon", "operators", "backend", "build_tools", "tests"}
# What both sides say to each other.
WIRE = "backend.wire"
# The one reader of files of arrays, for what the backend wrote and for what a user gave.
ARRAYS = "backend.array_file"
MAY_IMPORT = {
    "__init__": ("blender_addon", "operators"),
    "operators": ("operators", "blender_addon", WIRE),
    "blender_addon": ("blender_addon", WIRE, ARRAYS),
    "backend": ("backend",),
}
BLENDER = {"bpy", "bpy_extras", "addon_utils", "mathutils", "bmesh", "gpu", "blf", "bl_ui", "bgl"}
WITHOUT_TORCH = (
    WIRE,
    ARRAYS,
    "backend.process.server",
    "backend.process.jobs",
    "backend.process.client",
)


def starts_with(target: str, prefix: str) -> bool:
    return target == prefix or target.startswith(prefix + ".")


def shipped_imports() -> list[Import]:
    return [found for module in modules(SHIPPED) for found in imports(module)]


def test_own_imports_go_one_way() -> None:
    wrong = [
        found
        for found in shipped_imports()
        if found.target.split(".")[0] in OWN
        and not any(
            starts_with(found.target, allowed)
            for allowed in MAY_IMPORT[found.importer.split(".")[0]]
        )
    ]
    assert wrong == []


def test_own_imports_are_relative() -> None:
    # Inside Blender the extension is bl_ext.REPOSITORY.headsmith: its parts have no absolute names.
    # Only the backend's entry point, started as a file, has to name its package.
    absolute = [
        found
        for found in shipped_imports()
        if found.target.split(".")[0] in OWN
        and not found.is_relative
        and found.importer != "backend.__main__"
    ]
    assert absolute == []


def test_nothing_that_ships_needs_the_trainings_or_the_benchmarks() -> None:
    # The package leaves both out.
    apart = ("backend.training", "backend.bench")
    wrong = [
        found
        for found in shipped_imports()
        if any(starts_with(found.target, name) for name in apart)
        and not any(starts_with(found.importer, name) for name in apart)
    ]
    assert wrong == []


def test_blender_is_imported_only_by_the_add_on() -> None:
    wrong = [
        found
        for found in shipped_imports()
        if found.target.split(".")[0] in BLENDER
        and found.importer.split(".")[0] not in ("blender_addon", "operators")
    ]
    assert wrong == []


def test_torch_is_imported_only_by_the_backend() -> None:
    wrong = [
        found
        for found in shipped_imports()
        if found.target.split(".")[0] in ("torch", "torchvision", "open_clip")
        and (
            not starts_with(found.importer, "backend")
            or any(starts_with(found.importer, name) for name in WITHOUT_TORCH)
        )
    ]
    assert wrong == []


def test_the_wire_needs_only_the_standard_library() -> None:
    # Blender imports it too, with whatever Python and libraries it has.
    foreign = [
        found
        for found in shipped_imports()
        if starts_with(found.importer, WIRE)
        and not starts_with(found.target, WIRE)
        and found.target.split(".")[0] not in sys.stdlib_module_names
    ]
    assert foreign == []


def test_the_reader_of_arrays_needs_only_numpy_and_the_wire() -> None:
    # Blender imports it too, and has numpy.
    foreign = [
        found
        for found in shipped_imports()
        if starts_with(found.importer, ARRAYS)
        and not starts_with(found.target, WIRE)
        and found.target.split(".")[0] not in {"numpy", *sys.stdlib_module_names}
    ]
    assert foreign == []


def test_the_server_starts_without_loading_torch() -> None:
    # Importing torch takes seconds; the handshake must not wait for it.
    script = (
        "import sys, backend.process.server, backend.wire.messages, backend.__main__\n"
        "sys.exit('torch' in sys.modules)"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    assert outcome.returncode == 0, outcome.stderr or "torch was imported"

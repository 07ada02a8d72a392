"""Blender's own extension command line, out of the bpy wheel; it runs without loading Blender."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path


def blender_script(path: str) -> Path:
    """Returns a file of the wheel's own scripts folder."""
    spec = find_spec("bpy")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("bpy is not installed here; run this through `python build.py`.")
    (found,) = Path(spec.submodule_search_locations[0]).glob(f"*/scripts/{path}")
    return found


def validate_extension(folder_or_zip: Path) -> None:
    """Lets Blender's validator judge an extension; raises SystemExit with its words."""
    _run("validate", [str(folder_or_zip)])


def build_extension(source: Path, target: Path) -> None:
    """Lets Blender zip the extension in `source` to the file `target`."""
    _run("build", ["--source-dir", str(source), "--output-filepath", str(target)])


def _run(command: str, arguments: list[str]) -> None:
    cli = blender_script("addons_core/bl_pkg/cli/blender_ext.py")
    tags = blender_script("modules/_bpy_internal/extensions/tags.py")
    full = [sys.executable, str(cli), command, *arguments, "--valid-tags", str(tags)]
    outcome = subprocess.run(full, capture_output=True, text=True)
    if outcome.returncode != 0:
        raise SystemExit(
            f"Blender's extension tool refuses to {command}:\n{outcome.stdout}{outcome.stderr}"
        )

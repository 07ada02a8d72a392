"""Runs every check, the quick ones first: format, lint, types, tests."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .environment import ROOT


def run_tool(*arguments: str, folder: Path = ROOT) -> bool:
    """Runs a module of the environment; True if it is content."""
    return subprocess.run([sys.executable, "-m", *arguments], cwd=folder).returncode == 0


def check_types() -> bool:
    """Checks the backend and the tools, then the add-on under the name that Blender gives it.

    The add-on reaches its backend by relative imports through the root, which is a package only where
    it is installed.
    """
    is_content = run_tool("mypy")
    with tempfile.TemporaryDirectory() as folder:
        try:
            (Path(folder) / "headsmith").symlink_to(ROOT, target_is_directory=True)
        except OSError as error:  # Windows wants a privilege for it
            print(f"The add-on's types are not checked here: {error}")
            return is_content
        packages = ("-p", "headsmith.blender_addon", "-p", "headsmith.operators")
        configuration = ("--config-file", str(ROOT / "pyproject.toml"))
        cache = ("--cache-dir", str(ROOT / ".mypy_cache" / "add-on"))
        return (
            run_tool("mypy", *configuration, *cache, *packages, folder=Path(folder)) and is_content
        )


def main(pytest_arguments: list[str]) -> int:
    """Runs all checks, whatever fails, and returns 1 if any failed."""
    checks: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("Format", lambda: run_tool("ruff", "format", "--check", ".")),
        ("Lint", lambda: run_tool("ruff", "check", ".")),
        ("Types", check_types),
        ("Tests", lambda: run_tool("pytest", *pytest_arguments)),
    )
    failed = []
    for heading, check in checks:
        print(f"\n== {heading} ==", flush=True)
        if not check():
            failed.append(heading.lower())
    if failed:
        print(f"\nFailed: {', '.join(failed)}.", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Finds a Python 3.11 and the system libraries that Blender's wheel links to. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PYTHON_VERSION = (3, 11)

# The shared libraries that the Linux wheel of Blender and an OpenGL context without a window link to,
# by the Debian or Ubuntu package that holds them.
DEBIAN_PACKAGES = (
    "libegl1",
    "libgl1",
    "libgl1-mesa-dri",
    "libglx-mesa0",
    "libgomp1",
    "libice6",
    "libsm6",
    "libx11-6",
    "libxext6",
    "libxfixes3",
    "libxi6",
    "libxkbcommon0",
    "libxrender1",
    "libxxf86vm1",
)


class SetupError(Exception):
    """What keeps the environment from being made, and what to do about it."""


def find_python() -> list[str]:
    """Returns the command of a Python 3.11 that can make virtual environments."""
    for command in candidate_pythons():
        if is_usable_python(command):
            return command
    raise SetupError(
        f"No Python 3.11 was found; this one is {sys.version.split()[0]} ({sys.executable}).\n"
        "Headsmith's environment needs 3.11, the Python of Blender 4.2 to 5.0. Install it with\n"
        f"{install_python_hint()}\nand run this command again."
    )


def candidate_pythons() -> list[list[str]]:
    """Lists commands that may be a Python 3.11, the nearest first."""
    commands = []
    if sys.version_info[:2] == PYTHON_VERSION:
        commands.append([sys.executable])
    if shutil.which("python3.11"):
        commands.append(["python3.11"])
    if os.name == "nt" and shutil.which("py"):
        commands.append(["py", "-3.11"])
    home = Path.home()
    patterns = (
        (home / ".pyenv" / "versions", "3.11*/bin/python"),
        (home / ".pyenv" / "pyenv-win" / "versions", "3.11*/python.exe"),
        (home / ".local" / "share" / "uv" / "python", "cpython-3.11*/bin/python3.11"),
        (home / "AppData" / "Local" / "Programs" / "Python", "Python311*/python.exe"),
        (Path("/opt/homebrew/bin"), "python3.11"),
        (Path("/usr/local/bin"), "python3.11"),
        (Path("/Library/Frameworks/Python.framework/Versions/3.11/bin"), "python3.11"),
    )
    for folder, pattern in patterns:
        commands += [[str(path)] for path in sorted(folder.glob(pattern), reverse=True)]
    return commands


def is_usable_python(command: list[str]) -> bool:
    """Tells whether the command is a working 64-bit CPython 3.11 with venv and pip."""
    check = (
        "import sys, venv, ensurepip;"
        "sys.exit(sys.version_info[:2] != (3, 11) or sys.maxsize < 2**32)"
    )
    try:
        outcome = subprocess.run([*command, "-c", check], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return outcome.returncode == 0


def install_python_hint() -> str:
    """Says how this system installs Python 3.11."""
    if sys.platform == "win32":
        return "  winget install Python.Python.3.11"
    if sys.platform == "darwin":
        return "  brew install python@3.11"
    if shutil.which("apt-get"):
        return (
            "  apt-get install python3.11 python3.11-venv\n"
            "(Ubuntu 24.04 and newer have no such package: pyenv install 3.11)"
        )
    if shutil.which("dnf"):
        return "  dnf install python3.11"
    return "  your system's package manager, or pyenv install 3.11"


def ensure_blender_libraries(python: Path) -> None:
    """Makes sure that Blender's wheel loads; installs missing libraries where it may."""
    problem = blender_import_problem(python)
    if problem is None:
        return
    if "cannot open shared object file" not in problem or not sys.platform.startswith("linux"):
        raise SetupError(f"Blender's Python module does not load:\n{problem}")
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *DEBIAN_PACKAGES]
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise SetupError(
            f"Blender's Python module misses a system library:\n{problem}\n"
            "On Debian or Ubuntu install these packages, elsewhere their counterparts:\n"
            f"  sudo {' '.join(install)}"
        )
    print("Installing the system libraries that Blender needs ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], install):
        outcome = subprocess.run(command, env=environment, capture_output=True, text=True)
        if outcome.returncode != 0:
            raise SetupError(f"{' '.join(command)} failed:\n{outcome.stderr[-2000:]}")
    problem = blender_import_problem(python)
    if problem is not None:
        raise SetupError(f"Blender's Python module still does not load:\n{problem}")


def blender_import_problem(python: Path) -> str | None:
    """Returns the last line of the error of `import bpy`, or None where it works."""
    # os._exit: some releases of the wheel hang or crash while the interpreter shuts down.
    script = "import os, bpy; os._exit(0)"
    outcome = subprocess.run([str(python), "-c", script], capture_output=True, text=True)
    if outcome.returncode == 0:
        return None
    lines = outcome.stderr.strip().splitlines()
    return lines[-1] if lines else f"it ended with exit code {outcome.returncode}"

"""Finds a Python of a version and the system libraries that Blender's wheel links to. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PYTHON_VERSION = (3, 11)
PURPOSES = {
    PYTHON_VERSION: "Headsmith's environment needs 3.11, the Python of Blender 4.2 to 5.0",
    (3, 13): "The tests in Blender 5.1 and newer need 3.13, which is their Python",
}

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


class PythonMissingError(SetupError):
    """This machine has no Python of the version that is needed."""


def find_python(version: tuple[int, int] = PYTHON_VERSION) -> list[str]:
    """Returns the command of a Python of this version that can make virtual environments."""
    for command in candidate_pythons(version):
        if is_usable_python(command, version):
            return command
    number = f"{version[0]}.{version[1]}"
    raise PythonMissingError(
        f"No Python {number} was found; this one is {sys.version.split()[0]} ({sys.executable}).\n"
        f"{PURPOSES[version]}. Install it with\n"
        f"{install_python_hint(number)}\nand run this command again."
    )


def candidate_pythons(version: tuple[int, int]) -> list[list[str]]:
    """Lists commands that may be a Python of this version, the nearest first."""
    number = f"{version[0]}.{version[1]}"
    commands = []
    if sys.version_info[:2] == version:
        commands.append([sys.executable])
    if shutil.which(f"python{number}"):
        commands.append([f"python{number}"])
    if os.name == "nt" and shutil.which("py"):
        commands.append(["py", f"-{number}"])
    home = Path.home()
    frameworks = Path("/Library/Frameworks/Python.framework/Versions")
    patterns = (
        (home / ".pyenv" / "versions", f"{number}.*/bin/python"),
        (home / ".pyenv" / "pyenv-win" / "versions", f"{number}.*/python.exe"),
        (home / ".local" / "share" / "uv" / "python", f"cpython-{number}.*/bin/python{number}"),
        (
            home / "AppData" / "Local" / "Programs" / "Python",
            f"Python{version[0]}{version[1]}*/python.exe",
        ),
        (Path("/opt/homebrew/bin"), f"python{number}"),
        (Path("/usr/local/bin"), f"python{number}"),
        (frameworks / number / "bin", f"python{number}"),
    )
    for folder, pattern in patterns:
        commands += [[str(path)] for path in sorted(folder.glob(pattern), reverse=True)]
    return commands


def is_usable_python(command: list[str], version: tuple[int, int] = PYTHON_VERSION) -> bool:
    """Tells whether the command is a working 64-bit CPython of this version with venv and pip."""
    check = (
        "import sys, venv, ensurepip;"
        f"sys.exit(sys.version_info[:2] != {version} or sys.maxsize < 2**32)"
    )
    try:
        outcome = subprocess.run([*command, "-c", check], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return outcome.returncode == 0


def install_python_hint(number: str) -> str:
    """Says how this system installs a Python such as 3.11."""
    if sys.platform == "win32":
        return f"  winget install Python.Python.{number}"
    if sys.platform == "darwin":
        return f"  brew install python@{number}"
    if shutil.which("apt-get"):
        return (
            f"  apt-get install python{number} python{number}-venv\n"
            f"(where there is no such package: pyenv install {number})"
        )
    if shutil.which("dnf"):
        return f"  dnf install python{number}"
    return f"  your system's package manager, or pyenv install {number}"


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

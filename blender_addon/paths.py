"""Where things lie: the extension, the user's own files, and the Python that runs the backend."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import bpy

from ..backend import wire

ROOT_PACKAGE = (__package__ or "").rpartition(".")[0]
KEEP_JOBS_DAYS = 14
PYTHON_IN_ENVIRONMENT = Path("Scripts/python.exe" if os.name == "nt" else "bin/python")


def extension_root() -> Path:
    """The folder of the extension itself; it may be read-only."""
    return Path(__file__).resolve().parent.parent


def backend_script() -> Path:
    return extension_root() / "backend" / "__main__.py"


def user_path(name: str) -> Path:
    """A place for files of this extension; nothing is made."""
    return Path(bpy.utils.extension_path_user(ROOT_PACKAGE, path=name))


def user_folder(name: str) -> Path:
    """A folder of this extension that may be written. Raises RequestError (JOB_FOLDER) if there is none."""
    path = bpy.utils.extension_path_user(ROOT_PACKAGE, path=name, create=True)
    if not path:
        raise wire.RequestError(
            f"The folder {user_path(name)} cannot be made; free or unlock it, or give Blender another"
            " user folder.",
            wire.ErrorCode.JOB_FOLDER,
        )
    return Path(path)


def jobs_folder() -> Path:
    return user_folder("jobs")


def log_file() -> Path:
    return user_folder("logs") / "backend.log"


def default_environment() -> Path:
    """Where the backend's environment is looked for: the same for all versions of Blender."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "headsmith" / "environment"


def guess_backend_python() -> Path:
    """The Python to use when the preference is empty; it need not exist."""
    documented = default_environment() / PYTHON_IN_ENVIRONMENT
    for python in (extension_root() / ".venv" / PYTHON_IN_ENVIRONMENT, documented):
        if python.is_file():
            return python
    # Blender as a Python module, which has no program of its own, runs in an environment of the user's
    # that may hold the backend's packages too. (bpy.app.module is there from 5.0 on only.)
    if not bpy.app.binary_path and importlib.util.find_spec("torch") is not None:
        return Path(sys.executable)
    return documented


def remove_old_jobs(folder: Path, now: float) -> None:
    """Remove the folders of jobs that are older than KEEP_JOBS_DAYS; imported heads need none of them."""
    for entry in folder.glob("job-*"):
        try:
            age = now - entry.stat().st_mtime
        except OSError:
            continue
        if entry.is_dir() and not entry.is_symlink() and age > KEEP_JOBS_DAYS * 86400:
            shutil.rmtree(entry, ignore_errors=True)


def absolute_picture(path: str, what: str) -> str:
    """The absolute form of a picture's path, "" for none. Raises RequestError if there is no such file."""
    if not path.strip():
        return ""
    absolute = Path(bpy.path.abspath(path.strip()))
    if not absolute.is_absolute():
        raise wire.RequestError(
            f"The {what} {path} is relative to a file that was never saved; save it or choose the"
            " picture again.",
            wire.ErrorCode.BAD_PICTURE,
        )
    if not absolute.is_file():
        raise wire.RequestError(
            f"The {what} {absolute} does not exist; choose another one.", wire.ErrorCode.BAD_PICTURE
        )
    return str(absolute)

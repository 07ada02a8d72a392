"""How the backend's process is started and ended, the same from Blender and from anywhere else."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

# What another Python, the dynamic linker or a bundle (AppImage, Snap) sets for Blender's start: it would make the
# backend load foreign modules and libraries. What chooses cards and threads (CUDA_*, OMP_*) stays.
DROPPED_PREFIXES = ("PYTHON", "LD_", "DYLD_", "SNAP", "CONDA_")
DROPPED_VARIABLES = ("VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "APPDIR", "APPIMAGE", "ARGV0", "OWD")
# Nothing reaches for the network, and no modules of the user's own home get in.
SET_VARIABLES = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PYTHONNOUSERSITE": "1"}
# How a process ends when the system takes its memory away: SIGKILL, or STATUS_NO_MEMORY on Windows.
MEMORY_EXIT_CODES = (-9, 0xC0000017)


def clean_environment(source: Mapping[str, str]) -> dict[str, str]:
    """`source` without what belongs to another program's start."""
    kept = {
        name: value
        for name, value in source.items()
        if not name.startswith(DROPPED_PREFIXES) and name not in DROPPED_VARIABLES
    }
    return kept | SET_VARIABLES


def backend_command(python: Path, script: Path) -> list[str]:
    # -I: nothing of the user's own Python set-up gets in; -u: no message waits in a buffer.
    return [str(python), "-I", "-u", str(script)]


def start_backend(
    command: list[str],
    log: IO[bytes],
    environment: Mapping[str, str],
    folder: Path | None = None,
    buffer_size: int = -1,
) -> subprocess.Popen[bytes]:
    """The process with pipes for its messages, in a group of its own: Ctrl-C is not meant for it.

    Raises OSError if it cannot be started.

    Args:
        environment: used as it is.
        folder: where it runs; None: here.
        buffer_size: of the pipes, in bytes, as Popen counts it; 0 for those who may not wait.
    """
    flags = 0
    if sys.platform == "win32":  # a console program would open a window
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        bufsize=buffer_size,
        cwd=folder,
        env=dict(environment),
        creationflags=flags,
        start_new_session=sys.platform != "win32",
    )


def kill_backend(process: subprocess.Popen[bytes]) -> None:
    """End a process of `start_backend` and with it all that it started, even if it has just ended itself.

    Call it once: later its id may be another's. Windows knows no such groups; there the backend's own processes end with their pipes.
    """
    if sys.platform != "win32":
        # macOS answers PermissionError when only zombies are left in the group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()

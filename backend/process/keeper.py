"""A process between the backend and its long native work, so that the work ends with the backend.

The library that unwraps holds Python's lock, so its process could not notice that nobody waits for it any more, and not
every system ends the children of a process that was killed. The keeper only waits: for its work, and for the end of its
standard input, which comes when the backend closes it or is gone, however it ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from .launch import BACKEND_MAIN, NO_WINDOW

MEMORY_EXIT_CODE = 3  # of a work that ran out of memory
_KILLED = -9  # by the system, when the computer's memory runs out


def start_kept(task: str, *files: Path) -> subprocess.Popen[bytes]:
    """A process that does a task of the backend's entry point with these files; end it by `end_kept`."""
    command = [sys.executable, "-I", str(BACKEND_MAIN), "keep", task, *map(str, files)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, creationflags=NO_WINDOW)


def end_kept(keeper: subprocess.Popen[bytes]) -> None:
    """End the process and its work, and wait until both are gone."""
    assert keeper.stdin is not None
    keeper.stdin.close()
    keeper.wait()


def keep(arguments: list[str]) -> int:
    """What the keeper does: run the entry point with `arguments`; returns the exit code."""
    command = [sys.executable, "-I", str(BACKEND_MAIN), *arguments]
    work = subprocess.Popen(command, stdin=subprocess.DEVNULL, creationflags=NO_WINDOW)

    def end_with_input() -> None:
        while os.read(0, 1024):
            pass
        work.kill()

    threading.Thread(target=end_with_input, daemon=True).start()
    exit_code = work.wait()
    return MEMORY_EXIT_CODE if exit_code == _KILLED else exit_code

"""Watching the process that started the backend, so that it does not outlive Blender."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

from ..wire.requests import RequestError

POLL_S = 1.0
MAX_PID = 2**32 - 1 if sys.platform == "win32" else 2**31 - 1


def watch_parent(pid: int, on_gone: Callable[[], None]) -> None:
    """Call `on_gone` from a thread within about a second after the process `pid` ended.

    Raises RequestError for a number that no process can have.
    """
    if not 1 <= pid <= MAX_PID:  # to os.kill, 0 and less are groups of processes
        raise RequestError(
            f"The process {str(pid)[:40]} cannot be watched: send a number between 1 and {MAX_PID} as "
            "parent_pid, or 0 for none."
        )
    # A dead parent may linger as a zombie under its id, but its children change parents at once.
    is_our_parent = sys.platform != "win32" and os.getppid() == pid

    def poll() -> None:
        while os.getppid() == pid if is_our_parent else is_running(pid):
            time.sleep(POLL_S)
        on_gone()

    threading.Thread(target=poll, name="parent watch", daemon=True).start()


def is_running(pid: int) -> bool:
    """Whether a process with this id exists."""
    if sys.platform == "win32":
        return _is_running_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_running_on_windows(pid: int) -> bool:
    import ctypes

    synchronize, still_waiting = 0x00100000, 0x00000102
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 mypy on Linux knows no ctypes.windll
    kernel.OpenProcess.restype = ctypes.c_void_p
    kernel.WaitForSingleObject.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    kernel.CloseHandle.argtypes = [ctypes.c_void_p]
    handle = kernel.OpenProcess(synchronize, False, pid)
    if not handle:
        return False
    try:
        return int(kernel.WaitForSingleObject(handle, 0)) == still_waiting
    finally:
        kernel.CloseHandle(handle)

"""Starts the backend as a child process, with pipes for its messages and a file for its log."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import HeadsmithError
from ..wire.requests import (
    ErrorCode,
)
from .python_check import PYTHONS

BACKEND_MAIN = Path(__file__).resolve().parents[1] / "__main__.py"
# On Windows a console program would open a window.
NO_WINDOW: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)


@dataclass(frozen=True)
class BackendSettings:
    """How to start a backend and how long to wait for it."""

    python: Path = Path(sys.executable)
    main: Path = BACKEND_MAIN
    device: str = "auto"
    models_folder: str = ""
    log: Path | None = None  # what the backend prints; a temporary file by default
    start_timeout_s: float = 60.0
    ping_every_s: float = 5.0
    hangs_after_s: float = (
        120.0  # silence; a native routine may keep Python from answering for a while
    )
    stop_timeout_s: float = 5.0
    environment: dict[str, str] = field(default_factory=dict)  # in addition to this process's


def start_process(settings: BackendSettings, log: Path) -> subprocess.Popen[bytes]:
    """The process, in a session of its own so that Ctrl-C in a terminal is not meant for it."""
    command = [str(settings.python), "-I", "-u", str(settings.main)]
    flags = 0
    if sys.platform == "win32":
        flags = NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    try:
        with open(log, "wb") as log_file:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log_file,
                env={**os.environ, **settings.environment},
                start_new_session=sys.platform != "win32",
                creationflags=flags,
            )
    except OSError as error:
        raise HeadsmithError(
            ErrorCode.BACKEND_START,
            f"Cannot start the backend with {settings.python} ({error.strerror}); "
            f"choose {PYTHONS} that has the packages of backend/requirements.txt.",
            str(error),
        ) from error

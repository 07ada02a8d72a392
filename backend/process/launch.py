"""Starts the backend as a child process, with pipes for its messages and a file for its log."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import HeadsmithError
from ..wire.child_process import backend_command, clean_environment, start_backend
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
    environment: dict[str, str] = field(
        default_factory=dict
    )  # in addition to this process's, cleaned


def start_process(settings: BackendSettings, log: Path) -> subprocess.Popen[bytes]:
    """The process; HeadsmithError (BACKEND_START) if there is none."""
    try:
        with open(log, "wb") as log_file:
            return start_backend(
                backend_command(settings.python, settings.main),
                log_file,
                clean_environment(os.environ) | settings.environment,
            )
    except OSError as error:
        raise HeadsmithError(
            ErrorCode.BACKEND_START,
            f"Cannot start the backend with {settings.python} ({error.strerror}); "
            f"choose {PYTHONS} that has the packages of backend/requirements.txt.",
            str(error),
        ) from error

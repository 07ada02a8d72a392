"""The backend as a child process: how it is started, spoken to, and ended. No bpy here."""

from __future__ import annotations

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..backend import wire
from .pipes import PipeReader, PipeWriter


@dataclass(frozen=True)
class Launch:
    """Everything that decides which backend is started."""

    python: Path
    script: Path
    log_file: Path
    device: str = "auto"
    models_folder: str = ""

    def command(self) -> list[str]:
        return wire.backend_command(self.python, self.script)

    def hello(self) -> wire.Hello:
        return wire.Hello(
            parent_pid=os.getpid(), device=self.device, models_folder=self.models_folder
        )


class BackendChild:
    """One running backend. Raises RequestError (BACKEND_START) if it cannot be started."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        if not launch.python.is_file():
            raise wire.RequestError(
                f"The backend's Python was not found at {launch.python}; choose it in the preferences"
                " of Headsmith.",
                wire.ErrorCode.BACKEND_START,
            )
        try:
            self._log = _open_log(launch.log_file)
            self._process = wire.start_backend(
                launch.command(),
                self._log,
                wire.clean_environment(os.environ),
                launch.log_file.parent,
                buffer_size=0,
            )
        except OSError as error:
            raise wire.RequestError(
                f"The backend could not be started with {launch.python} ({error.strerror}); choose"
                " another Python in the preferences of Headsmith.",
                wire.ErrorCode.BACKEND_START,
            ) from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input = PipeWriter(self._process.stdin)
        self._output = PipeReader(self._process.stdout)
        self._received = b""

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    @property
    def is_silent_for_good(self) -> bool:
        """It closed its output: whether it still runs or not, nothing more will come."""
        return self._output.is_closed

    def send(self, message: wire.Message) -> None:
        self._input.write(wire.encode(message))

    def flush(self) -> None:
        self._input.flush()

    def receive(self) -> list[wire.Message | wire.RequestError]:
        """The messages that have arrived; a line that is none is returned as the error it gave."""
        *lines, self._received = (self._received + self._output.read()).split(b"\n")
        received: list[wire.Message | wire.RequestError] = []
        for line in lines:
            try:
                received.append(wire.decode(line))
            except wire.RequestError as error:
                received.append(error)
        if len(self._received) > wire.MAX_LINE_BYTES:
            self._received = b""
            received.append(
                wire.RequestError("A line without an end arrived.", wire.ErrorCode.PROTOCOL)
            )
        return received

    def log_tail(self, characters: int = 300) -> str:
        """The last words of its log, for the person who asks why it ended."""
        try:
            text = self.launch.log_file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines[-1][-characters:] if lines else ""

    def kill(self) -> None:
        """End it and everything it started, at once."""
        wire.kill_backend(self._process)
        self._close()

    def ask_to_end(self) -> None:
        """Send Shutdown; the caller watches `exit_code` and kills it when it takes too long."""
        self.send(wire.Shutdown())

    def end(self, patience_s: float) -> None:
        """Ask it to end, wait at most `patience_s` seconds, then kill it. Blocks."""
        self.ask_to_end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience_s)
        self.kill()

    def _close(self) -> None:
        # If the system has not taken it away by then, nothing more can be done from here.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2.0)
        for stream in (self._process.stdin, self._process.stdout, self._log):
            try:
                if stream is not None:
                    stream.close()
            except OSError:
                pass  # a pipe with unsent bytes to a dead process


def _open_log(path: Path) -> IO[bytes]:
    """A fresh log; the one before it is kept beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        # On Windows another Blender may still have it open: then both write to one log.
        with contextlib.suppress(OSError):
            path.replace(path.with_suffix(".previous.log"))
    return path.open("ab")

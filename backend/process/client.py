"""Drives a backend process without Blender: for batches, the command line and the tests.

Blender has a client of its own that never blocks; this one waits, and says the same messages.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from ..errors import HeadsmithError, JobCancelledError
from ..wire import job_files
from ..wire.child_process import MEMORY_EXIT_CODES, kill_backend
from ..wire.folders import folder_remedy
from ..wire.messages import (
    MAX_LINE_BYTES,
    Cancel,
    Cancelled,
    Failure,
    Hello,
    Message,
    Ping,
    Result,
    Shutdown,
    Submit,
    decode,
    encode,
)
from ..wire.requests import (
    ErrorCode,
    JobKind,
    JobRequest,
    RequestError,
)
from ..wire.results import (
    JobResult,
)
from .launch import BackendSettings, start_process
from .python_check import PYTHONS

POLL_S = 0.1
_LOG_TAIL_BYTES = 4000


class BackendClient:
    """A running backend. Use it in a `with` block, or call `close`."""

    def __init__(self, settings: BackendSettings | None = None) -> None:
        """Start the process and shake hands; HeadsmithError when it does not come up."""
        self.settings = settings or BackendSettings()
        began = time.perf_counter()
        self.log = self.settings.log or _temporary_log()
        self._is_over = False
        self._exit_code: int | None = None  # None: it did not end by itself
        try:
            self._process = start_process(self.settings, self.log)
        except HeadsmithError:
            self._drop_empty_log()
            raise
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._submitted: dict[str, Submit] = {}
        assert self._process.stdout is not None
        threading.Thread(
            target=_read_lines, args=(self._process.stdout, self._lines), daemon=True
        ).start()
        self._heard = self._pinged = time.monotonic()
        self._is_greeted = False  # until then it may be slow, and is sent nothing
        try:
            self.hello = self._shake_hands()
        except BaseException:  # Ctrl-C too: nobody has this client yet, to end it
            self.kill()
            raise
        self._is_greeted = True
        self.start_s = time.perf_counter() - began

    def __enter__(self) -> BackendClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def submit(self, request: JobRequest, folder: Path, job: str = "") -> str:
        """Queue a job whose files go to `folder`, which is made; returns the job's id."""
        folder = folder.absolute()
        job = job or f"job-{len(self._submitted) + 1}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HeadsmithError(
                ErrorCode.JOB_FOLDER,
                f"Cannot make the folder {folder} ({error.strerror}); {folder_remedy(error)}.",
            ) from error
        self._submitted[job] = Submit(job, str(folder), request)
        self._send(self._submitted[job])
        return job

    def cancel(self, job: str) -> None:
        """Ask for the end of a job; its Cancelled comes later."""
        self._send(Cancel(job))

    def step(self, timeout_s: float = POLL_S) -> Message | None:
        """The next message, or None if none comes in time.

        Raises HeadsmithError when the backend died, is silent for too long, or talks nonsense; it is ended
        in all three cases.
        """
        self._ping_when_quiet()
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            self._check_silence()
            return None
        if line is None:
            raise self._death()
        self._heard = time.monotonic()
        try:
            return decode(line)
        except RequestError as error:
            self.kill()
            raise HeadsmithError(
                error.code,
                f"The backend answered something unexpected ({error.user_text}); "
                "check the backend's Python in the preferences and start it again.",
                self.log_tail(),
            ) from error

    def wait(
        self, job: str, on_message: Callable[[Message], None] = lambda message: None
    ) -> JobResult:
        """Hand the messages of all jobs to `on_message` until `job` is over; its result.

        Raises HeadsmithError if the job or the backend fails and JobCancelledError if it was cancelled.
        """
        while True:
            message = self.step()
            if message is None:
                continue
            on_message(message)
            match message:
                case Result(id, path) if id == job:
                    submit = self._submitted[job]
                    return read_result(Path(submit.folder), path, submit.request.kind)
                case Cancelled(id) if id == job:
                    raise JobCancelledError
                case Failure(id, code, text, detail, retryable) if id in (job, ""):
                    raise HeadsmithError(code, text, detail, retryable)

    def make(
        self,
        request: JobRequest,
        folder: Path,
        on_message: Callable[[Message], None] = lambda message: None,
    ) -> JobResult:
        """Submit and wait."""
        return self.wait(self.submit(request, folder), on_message)

    def close(self) -> None:
        """Ask the backend to end; end it by force when it does not."""
        with contextlib.suppress(HeadsmithError):
            self._send(Shutdown())
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self.settings.stop_timeout_s)
        self.kill()

    def kill(self) -> None:
        """End the process and all that it started at once, busy or not."""
        if self._is_over:
            return
        self._is_over, self._exit_code = True, self._process.poll()
        kill_backend(self._process)
        self._process.wait()
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # what was not flushed has no reader any more
            self._process.stdin.close()
        self._drop_empty_log()

    def log_tail(self) -> str:
        """The end of what the backend printed."""
        try:
            return self.log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace")
        except OSError:
            return ""

    def _drop_empty_log(self) -> None:
        with contextlib.suppress(OSError):  # on Windows it may still be open elsewhere
            if self.settings.log is None and self.log.stat().st_size == 0:
                self.log.unlink()

    def _shake_hands(self) -> Hello:
        settings = self.settings
        with contextlib.suppress(HeadsmithError):  # it ended before it read: its words tell more
            self._send(
                Hello(
                    parent_pid=os.getpid(),
                    device=settings.device,
                    models_folder=settings.models_folder,
                )
            )
        deadline = time.monotonic() + self.settings.start_timeout_s
        while time.monotonic() < deadline:
            try:
                message = self.step(POLL_S)
            except HeadsmithError as error:
                raise self._start_failure(error) from error
            if isinstance(message, Hello):
                return message
            if isinstance(message, Failure):
                self.kill()
                raise HeadsmithError(message.code, message.user_text, message.detail)
        self.kill()
        raise HeadsmithError(
            ErrorCode.BACKEND_START,
            f"The backend did not answer within {self.settings.start_timeout_s:.0f} seconds; "
            "see its log, and try again.",
            self.log_tail(),
        )

    def _start_failure(self, error: HeadsmithError) -> HeadsmithError:
        if error.code is not ErrorCode.BACKEND_DIED:
            return error
        lines = self.log_tail().strip().splitlines()
        return HeadsmithError(
            ErrorCode.BACKEND_START,
            f"The backend ended while it started ({lines[-1] if lines else 'it said nothing'}); "
            f"check that {self.settings.python} is {PYTHONS}.",
            self.log_tail(),
        )

    def _send(self, message: Message) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(encode(message))
            self._process.stdin.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream was closed by `kill`
            raise self._death() from error

    def _death(self) -> HeadsmithError:
        """Why nothing more comes, told after the rest of its processes were ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):  # its end may lag behind its pipe's
            self._process.wait(self.settings.stop_timeout_s)
        self.kill()
        if self._exit_code in MEMORY_EXIT_CODES:
            text = (
                "The backend was ended by the system, probably because memory ran out; close other "
                "programs or choose the draft quality, and try again."
            )
        else:
            how = "" if self._exit_code is None else f" (exit code {self._exit_code})"
            text = (
                f"The backend ended unexpectedly{how}; try again, and look at its log {self.log} if it "
                "happens twice."
            )
        return HeadsmithError(ErrorCode.BACKEND_DIED, text, self.log_tail(), retryable=True)

    def _ping_when_quiet(self) -> None:
        now = time.monotonic()
        if self._is_greeted and now - max(self._heard, self._pinged) >= self.settings.ping_every_s:
            self._pinged = now
            self._send(Ping(int(now)))

    def _check_silence(self) -> None:
        silence = time.monotonic() - self._heard
        if self._is_greeted and silence >= self.settings.hangs_after_s:
            self.kill()
            raise HeadsmithError(
                ErrorCode.BACKEND_HANGS,
                f"The backend has been silent for {silence:.0f} seconds and was ended; try again.",
                self.log_tail(),
                retryable=True,
            )


def read_result(folder: Path, path: str, kind: JobKind) -> JobResult:
    """The result.json that a Result message names; HeadsmithError when there is none."""
    try:
        return job_files.read_result(folder, path, kind)
    except RequestError as error:
        raise HeadsmithError(error.code, error.user_text) from error


def _temporary_log() -> Path:
    """A log of the client's own, which stays only if something was printed."""
    descriptor, name = tempfile.mkstemp("_backend.log", "headsmith_")
    os.close(descriptor)
    return Path(name)


def _read_lines(stream: BinaryIO, lines: queue.SimpleQueue[bytes | None]) -> None:
    """Pass every line on, and None at the end; a line that is too long comes in pieces, no message."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        lines.put(line)
    lines.put(None)

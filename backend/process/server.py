"""The backend's message loop: a thread reads, the main thread works, both may answer."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import BinaryIO, Protocol

from ..delivery.files import check_job_folder, write_result
from ..errors import HeadsmithError, JobCancelledError, failure_of, log_traceback
from ..wire.messages import (
    MAX_JOB_ID_LENGTH,
    MAX_LINE_BYTES,
    Accepted,
    Cancel,
    Cancelled,
    Hello,
    Message,
    Ping,
    Pong,
    Progress,
    Result,
    Shutdown,
    Submit,
    decode,
    echoed_job,
)
from ..wire.requests import (
    ErrorCode,
    RequestError,
)
from ..wire.results import (
    JobResult,
)
from .jobs import Job, JobQueue, JobState
from .models_folder import unread_weights
from .outbox import Outbox
from .parent import watch_parent

DEVICE = "cpu"  # all that this version computes on
FLUSH_S = 3.0  # that a client may take to read what is left when everything is over
Emit = Callable[[Message], None]


@dataclass(frozen=True)
class WorkerSettings:
    """What the other side chose in its Hello, for the worker that is made at the first job."""

    device: str = "auto"
    models_folder: str = ""


class Worker(Protocol):
    """Does the jobs; `pipeline.Pipeline` is the real one."""

    def run(self, job: Job, emit: Emit) -> JobResult: ...

    def release(self) -> None:
        """Forget the loaded models to free their memory."""


class Server:
    """Serves one client until the client goes away."""

    def __init__(
        self,
        source: BinaryIO,
        sink: BinaryIO,
        make_worker: Callable[[WorkerSettings], Worker],
        on_client_gone: Callable[[], None],
    ) -> None:
        self._source = source
        self._make_worker = make_worker
        self._on_client_gone = on_client_gone
        self._queue = JobQueue()
        self._outbox = Outbox(sink, self._end)
        self._settings: WorkerSettings | None = None
        self._worker: Worker | None = None

    def serve(self) -> None:
        """Read on a thread and work here, until the input ends, Shutdown, or the client is gone."""
        threading.Thread(target=self._read, name="reader", daemon=True).start()
        while (job := self._queue.take()) is not None:
            self._run(job)
        self._outbox.flush(FLUSH_S)

    def _read(self) -> None:
        try:
            while (line := _read_line(self._source)) and self._handle(line):
                self._outbox.wait_for_room()
        finally:
            self._end()

    def _handle(self, line: bytes) -> bool:
        """Answer one line; False when it ends the conversation."""
        job = ""
        try:
            message = decode(line)
            if isinstance(message, Submit):
                job = echoed_job(message.job)
            if self._settings is None:
                self._shake_hands(message)
                return True
            return self._answer(message)
        except RequestError as error:
            self._outbox.put(failure_of(error.job or job, error))
        except Exception as error:  # noqa: BLE001 thread boundary: one bad message is not the end
            if not isinstance(error, HeadsmithError):
                log_traceback(error)
            self._outbox.put(failure_of(job, error))
        return self._settings is not None

    def _shake_hands(self, hello: Message) -> None:
        if not isinstance(hello, Hello):
            raise RequestError("The first message must be hello.", ErrorCode.PROTOCOL)
        if hello.parent_pid:
            watch_parent(hello.parent_pid, self._end)
        self._settings = WorkerSettings(hello.device or "auto", hello.models_folder)
        self._outbox.put(
            Hello(
                device=DEVICE,
                models_folder=hello.models_folder,
                python=sys.version.split()[0],
                torch=_installed_version("torch"),
                notice=unread_weights(hello.models_folder),
            )
        )

    def _answer(self, message: Message) -> bool:
        match message:
            case Ping(token):
                self._outbox.put(Pong(token))
            case Submit():
                self._submit(message)
            case Cancel(id):
                if self._queue.cancel(id):
                    self._outbox.put(Cancelled(id))
            case Shutdown():
                return False
            case _:
                name = type(message).__name__.lower()
                raise RequestError(f"The backend expects no {name} message.", ErrorCode.PROTOCOL)
        return True

    def _submit(self, message: Submit) -> None:
        check_job_id(message.job)
        message.request.check()
        folder = Path(message.folder)
        check_job_folder(folder)
        self._queue.submit(
            Job(message.job, folder, message.request),
            lambda position: self._outbox.put(Accepted(message.job, position)),
        )

    def _end(self) -> None:
        self._queue.close()
        self._on_client_gone()

    def _run(self, job: Job) -> None:
        state = JobState.FAILED
        try:
            result = self._ready_worker(job).run(job, self._outbox.put)
            job.check_cancelled()
            path = write_result(job.folder, result)
            state = JobState.DONE
            self._outbox.put(Result(job.id, path))
        except JobCancelledError:
            state = JobState.CANCELLED
            self._outbox.put(Cancelled(job.id))
        except Exception as error:  # noqa: BLE001 thread boundary: reports every failure
            log_traceback(error)
            failure = failure_of(job.id, error)
            if failure.code is ErrorCode.OUT_OF_MEMORY and self._worker is not None:
                self._worker.release()
            self._outbox.put(failure)
        finally:
            self._queue.finish(job, state)

    def _ready_worker(self, job: Job) -> Worker:
        if self._worker is None:
            self._outbox.put(Progress(job.id, "load", 0.0, -1.0, "Starting the backend"))
            self._worker = self._make_worker(self._settings or WorkerSettings())
        return self._worker


def check_job_id(id: str) -> None:
    if len(id) > MAX_JOB_ID_LENGTH or not re.fullmatch(r"[A-Za-z0-9_-]+", id):
        raise RequestError(f"The job id {id[:100]!r} must be 1 to 100 letters, digits, '-' or '_'.")


def _read_line(source: BinaryIO) -> bytes:
    """The next line, nothing at the end; one that is too long comes cut, a byte over the limit."""
    line = source.readline(MAX_LINE_BYTES + 1)
    rest = line
    while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
        rest = source.readline(MAX_LINE_BYTES + 1)
    return line


def _installed_version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""

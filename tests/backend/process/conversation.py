"""Talking to a server in this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from backend import wire
from backend.process.jobs import Job
from backend.process.server import Emit, Server, WorkerSettings
from backend.wire.requests import JobRequest
from backend.wire.results import JobResult

REQUEST = JobRequest(prompt="a man")


class Conversation:
    """A server in this process, on pipes, with a worker of the test's."""

    def __init__(self, work: Callable[[Job, Emit], JobResult]) -> None:
        self.settings: list[WorkerSettings] = []
        self.releases = 0
        self.is_over = threading.Event()
        self._work = work
        there, self._to_server = os.pipe()
        self._from_server, back = os.pipe()
        self._replies = open(self._from_server, "rb")  # noqa: SIM115 closed with the test's process
        self._server = Server(
            open(there, "rb"),  # noqa: SIM115 as above
            open(back, "wb"),  # noqa: SIM115 as above
            self._make_worker,
            self.is_over.set,
        )
        threading.Thread(target=self._server.serve, daemon=True).start()

    def _make_worker(self, settings: WorkerSettings) -> Conversation:
        self.settings.append(settings)
        return self

    def run(self, job: Job, emit: Emit) -> JobResult:
        return self._work(job, emit)

    def release(self) -> None:
        self.releases += 1

    def say(self, *messages: wire.Message) -> None:
        for message in messages:
            os.write(self._to_server, wire.encode(message))

    def say_raw(self, line: bytes) -> None:
        os.write(self._to_server, line)

    def hear_any(self) -> wire.Message:
        return wire.decode(self._replies.readline())

    def hear(self) -> wire.Message:
        """The next message but for the progress while the worker is made."""
        message = self.hear_any()
        is_load = isinstance(message, wire.Progress) and message.stage == "load"
        return self.hear() if is_load else message

    def hang_up(self) -> None:
        os.close(self._to_server)


def succeed(job: Job, emit: Emit) -> JobResult:
    return JobResult(job.request, seconds=1.0)

"""The queue of jobs and the backend that works it off, as a state machine without waiting and without bpy.

`Dispatcher.step(now)` is called again and again: by a timer in Blender, by a loop where there is none. One job is
with the backend at a time, so that a backend that dies takes one job with it and the rest of the queue stays.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..backend import wire
from .child import Launch
from .job_entry import ACTIVE_STATES, EntryState, JobEntry
from .link import BackendState, Broken, Link, Patience

MAX_CRASHES = 2  # of the same job; then it is parked and the queue goes on


class Dispatcher:
    """Owns the queue and the backend. `launch` says how to start one, and is asked anew for every job."""

    def __init__(self, launch: Callable[[], Launch], patience: Patience | None = None) -> None:
        self.jobs: list[JobEntry] = []
        self.is_paused = (
            False  # the queue waits for the user: the backend was stopped or cannot start
        )
        self.revision = 0  # changes with everything that can be seen
        self._patience = patience or Patience()
        self.link = Link(self._patience)
        self._launch = launch
        self._ended: list[JobEntry] = []
        self._is_wanted = False  # started by the user, not by a job
        self._cancelled_at = 0.0
        self._not_before = 0.0

    @property
    def current(self) -> JobEntry | None:
        """The job that is with the backend."""
        return next((job for job in self.jobs if job.state in ACTIVE_STATES), None)

    @property
    def waiting(self) -> list[JobEntry]:
        return [job for job in self.jobs if job.state is EntryState.WAITING]

    @property
    def is_busy(self) -> bool:
        """Whether `step` has something to do soon."""
        moves = self.link.state in (BackendState.STARTING, BackendState.STOPPING) or self._is_wanted
        return moves or self.current is not None or (bool(self.waiting) and not self.is_paused)

    def find(self, job_id: str) -> JobEntry | None:
        return next((job for job in self.jobs if job.id == job_id), None)

    def submit(self, job: JobEntry) -> None:
        """Put the job at the end of the queue. Raises RequestError if its request breaks a rule."""
        job.request.check()
        self.jobs.append(job)
        self._resume()

    def try_again(self, job: JobEntry) -> None:
        """Put a job that failed, was cancelled or was parked at the end of the queue."""
        self.jobs.remove(job)
        job.crashes = 0
        job.wait_again()
        self.jobs.append(job)
        self._resume()

    def remove(self, job: JobEntry) -> None:
        """Take a job that is not with the backend off the list; its files stay."""
        if job.state not in ACTIVE_STATES:
            self.jobs.remove(job)
            self.revision += 1

    def start(self) -> None:
        """Start the backend with the next step, and let a paused queue go on."""
        self._is_wanted = self.link.state is not BackendState.READY
        self._resume()

    def stop(self, now: float) -> None:
        """End the backend; the job that is with it goes back to the queue, which waits for the user."""
        self._is_wanted, self.is_paused = False, True
        self._take_back()
        self.link.stop(now)
        self.revision += 1

    def cancel(self, job: JobEntry, now: float) -> None:
        """End a job: at once while it waits, by the backend (forced after a while) when it runs."""
        if job.state is EntryState.WAITING:
            self._end(job, EntryState.CANCELLED, "Cancelled.", None)
        elif job.state is EntryState.RUNNING:
            job.state, job.text, self._cancelled_at = EntryState.CANCELLING, "Cancelling", now
            self.link.send(wire.Cancel(job.wire_id))
        self.revision += 1

    def give_up(self, sentence: str) -> None:
        """After an error of the add-on's own: end the backend, fail the job that is with it or comes next.

        The others wait for the user, and whoever calls this tells them.
        """
        job = self.current or next(iter(self.waiting), None)
        if job is not None:
            job.state, job.error, job.text = EntryState.FAILED, sentence, ""
            job.error_code = wire.ErrorCode.INTERNAL
        self._is_wanted, self.is_paused = False, True
        self.link.kill(sentence)
        self.revision += 1

    def shutdown(self, patience_s: float = 2.0) -> None:
        """End the backend and wait for it; for the end of Blender or of the extension."""
        self._take_back()
        self._is_wanted, self.is_paused = False, True
        self.link.shutdown(patience_s)

    def step(self, now: float) -> list[JobEntry]:
        """Do what is due at time `now` (seconds, any origin) and return the jobs that ended by it."""
        before = self._seen_of_link()
        for event in self.link.step(now, self.current is not None):
            if isinstance(event, Broken):
                self._break(event, now)
            else:
                self._understand(event)
        self._force_cancelling(now)
        self._work(now)
        if self._seen_of_link() != before:
            self.revision += 1
        ended, self._ended = self._ended, []
        return ended

    def _seen_of_link(self) -> tuple[BackendState, int]:
        """What a panel shows of it: its state, and for how many seconds it has been silent."""
        return self.link.state, int(self.link.silent_s)

    def _take_back(self) -> None:
        """Take the present job from the backend: it waits again, unless the user had cancelled it."""
        job = self.current
        if job is not None and job.state is EntryState.CANCELLING:
            self._end(job, EntryState.CANCELLED, "Cancelled.", None)
        elif job is not None:
            job.wait_again()

    def _force_cancelling(self, now: float) -> None:
        job = self.current
        if job is None or job.state is not EntryState.CANCELLING:
            return
        if now - self._cancelled_at > self._patience.cancel:
            self.link.kill("Stopped to cancel a job; it starts again with the next one.")
            self._end(job, EntryState.CANCELLED, "Cancelled.", None)

    def _resume(self) -> None:
        self.is_paused = False
        self._not_before = 0.0
        self.revision += 1

    def _work(self, now: float) -> None:
        """Start a backend or give it the next job, if there is a reason to."""
        job = next(iter(self.waiting), None) if not self.is_paused else None
        if job is None and not self._is_wanted:
            return
        try:
            if self.link.state is BackendState.STOPPED and now >= self._not_before:
                self._is_wanted = False
                self.link.start(self._launch(), now)
            elif self.link.state is BackendState.READY and self.current is None:
                self._is_wanted = False
                if job is not None:
                    self._give(job, now)
        except wire.RequestError as error:
            self._break(Broken(error.code, error.user_text, is_start=True), now)

    def _give(self, job: JobEntry, now: float) -> None:
        if self._launch() != self.link.launch:  # the preferences have changed
            self.link.stop(now)
            return
        job.state, job.attempts = EntryState.RUNNING, job.attempts + 1
        self.link.send(wire.Submit(job.wire_id, str(job.folder), job.request))
        self.revision += 1

    def _break(self, broken: Broken, now: float) -> None:
        """The backend is gone, or there is none."""
        self.revision += 1
        self._not_before = now + self._patience.restart
        job = self.current
        if broken.is_start:
            # One job carries the sentence; the others wait until the user has found the remedy.
            self.is_paused, self.link.status = True, broken.text
            for first in self.waiting[:1]:
                self._end(first, EntryState.FAILED, broken.text, broken.code)
        elif job is not None and job.state is EntryState.CANCELLING:
            self._end(job, EntryState.CANCELLED, "Cancelled.", None)
        elif job is not None:
            job.crashes += 1
            if job.crashes < MAX_CRASHES:
                job.wait_again()
                self.link.status = f"The backend {broken.text}; it is started again."
            else:
                sentence = (
                    f'"{job.title}" was given up because the backend {broken.text}, twice;'
                    f" {broken.remedy}."
                )
                self._end(job, EntryState.PARKED, sentence, broken.code)

    def _understand(self, message: wire.Message) -> None:
        job = self.current
        if isinstance(message, wire.Failure) and not message.job:
            self.link.status = message.user_text
            self.revision += 1
            return
        if job is None or getattr(message, "job", None) != job.wire_id:
            return  # late words about a job that has ended, or a pong
        self.revision += 1
        match message:
            case wire.Result():
                self._finish(job, message)
            case wire.Failure():
                job.error_detail = message.detail
                self._end(job, EntryState.FAILED, message.user_text, message.code)
            case wire.Cancelled():
                self._end(job, EntryState.CANCELLED, "Cancelled.", None)
            case _:
                _follow(job, message)

    def _finish(self, job: JobEntry, message: wire.Result) -> None:
        if job.state is EntryState.CANCELLING:
            self._end(job, EntryState.CANCELLED, "Cancelled.", None)
            return
        try:
            job.keep_result(wire.read_result(job.folder, message.path, job.request.kind))
        except wire.RequestError as error:
            self._end(job, EntryState.FAILED, error.user_text, error.code)
            return
        self._end(job, EntryState.DONE, "", None)

    def _end(
        self, job: JobEntry, state: EntryState, text: str, code: wire.ErrorCode | None
    ) -> None:
        job.state, job.error, job.error_code, job.text = state, wire.one_line(text), code, ""
        self._ended.append(job)
        self.revision += 1


def _follow(job: JobEntry, message: wire.Message) -> None:
    """Keep what a running job says of itself."""
    match message:
        case wire.Progress():
            job.stage, job.fraction = message.stage, min(max(message.fraction, 0.0), 1.0)
            job.eta_s = message.eta_s
            if job.state is EntryState.RUNNING:
                job.text = message.text
        case wire.Preview():
            job.preview = _file_of(job, message.path) or job.preview
        case wire.Notice():
            job.notices.append(message.text)
        case wire.Candidate():
            is_shown = 0 <= message.index < wire.GALLERY_SIZE > len(job.candidates)
            if is_shown and _file_of(job, message.path) is not None:
                job.candidates.append(message)


def _file_of(job: JobEntry, relative: str) -> Path | None:
    """A picture of the job; None if the backend named one elsewhere."""
    try:
        return job.path(relative)
    except wire.RequestError:
        return None

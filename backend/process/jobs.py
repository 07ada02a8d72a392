"""The queue of jobs, their states, and how far along a job is."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ..errors import HeadsmithError, JobCancelledError
from ..wire.messages import (
    Stage,
)
from ..wire.requests import (
    ErrorCode,
    JobRequest,
)


class JobState(Enum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job:
    """One submitted request; only its JobQueue changes `state`."""

    def __init__(self, id: str, folder: Path, request: JobRequest) -> None:
        self.id = id
        self.folder = folder
        self.request = request
        self.state = JobState.QUEUED
        self._cancel = threading.Event()

    def request_cancel(self) -> None:
        self._cancel.set()

    def check_cancelled(self) -> None:
        """Raise JobCancelledError if the user asked for it; called between the steps of long work."""
        if self._cancel.is_set():
            raise JobCancelledError


class JobQueue:
    """First in, first out, one job at a time; one thread submits and cancels, one takes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._seen: set[str] = set()
        self._is_closed = False

    def submit(self, job: Job, on_queued: Callable[[int], None] = lambda position: None) -> None:
        """Add `job`, and tell `on_queued` how many are ahead of it before it can run.

        Raises HeadsmithError (BAD_REQUEST) for an id used before.
        """
        with self._changed:
            if job.id in self._seen:
                raise HeadsmithError(
                    ErrorCode.BAD_REQUEST,
                    f"The job id {job.id!r} was used before; every job needs an id of its own.",
                )
            self._seen.add(job.id)
            ahead = len(self._waiting) + (self._running is not None)
            self._waiting.append(job)
            on_queued(ahead)
            self._changed.notify()

    def take(self) -> Job | None:
        """The next job, now running; waits for one, and returns None once the queue is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            if self._is_closed:
                return None
            job = self._waiting.popleft()
            job.state = JobState.RUNNING
            self._running = job
            return job

    def finish(self, job: Job, state: JobState) -> None:
        with self._changed:
            job.state = state
            if self._running is job:
                self._running = None

    def cancel(self, id: str) -> bool:
        """True if the job was still waiting and so is over; a running one ends at its next step."""
        with self._changed:
            if self._running is not None and self._running.id == id:
                self._running.request_cancel()
                return False
            for job in self._waiting:
                if job.id == id:
                    job.request_cancel()
                    job.state = JobState.CANCELLED
                    self._waiting.remove(job)
                    return True
            return False

    def close(self) -> None:
        """Cancel everything and let `take` return None."""
        with self._changed:
            self._is_closed = True
            for job in self._waiting:
                job.request_cancel()
                job.state = JobState.CANCELLED
            self._waiting.clear()
            if self._running is not None:
                self._running.request_cancel()
            self._changed.notify_all()


@dataclass(frozen=True)
class PlannedStage:
    """One step ahead of a job, with the seconds it takes on the computer the plan was made for."""

    stage: Stage
    seconds: float


class JobClock:
    """How far a job is along its plan and how long it still takes.

    The plan gives the weights of the stages; their true durations are learnt on the way, from the
    same stage of an earlier head where there was one, and else from how this computer compares with
    the one the plan was made on.
    """

    def __init__(
        self, plan: Sequence[PlannedStage], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._plan = tuple(plan)
        self._now = now
        self._index = -1
        self._share = 0.0
        self._entered = now()
        self._measured: dict[Stage, float] = {}
        self._spent = 0.0
        self._spent_planned = 0.0

    def enter(self, stage: Stage) -> None:
        """The next planned `stage` begins; stages between are skipped, the one before is over."""
        following = range(self._index + 1, len(self._plan))
        index = next((i for i in following if self._plan[i].stage == stage), None)
        if index is None:
            return
        self._leave()
        self._index, self._share, self._entered = index, 0.0, self._now()

    def advance(self, share: float) -> None:
        """`share` (0..1) of the current stage is done."""
        self._share = max(self._share, min(share, 1.0))

    def fraction(self) -> float:
        """0..1 of the whole job; never falls."""
        total = sum(step.seconds for step in self._plan)
        if self._index < 0 or total <= 0:
            return 0.0
        done = sum(step.seconds for step in self._plan[: self._index])
        return (done + self._share * self._plan[self._index].seconds) / total

    def eta_s(self) -> float:
        """Seconds left; negative before the first stage."""
        if self._index < 0:
            return -1.0
        current = self._plan[self._index]
        in_stage = self._now() - self._entered
        spent, planned = self._spent, self._spent_planned
        if self._share > 0.0 and current.stage != "load":
            spent, planned = spent + in_stage, planned + self._share * current.seconds
        pace = spent / planned if planned > 0.0 else 1.0
        if self._share > 0.0:
            rest = in_stage * (1.0 - self._share) / self._share
        else:
            rest = max(self._expected(current, pace) - in_stage, 0.0)
        return rest + sum(self._expected(step, pace) for step in self._plan[self._index + 1 :])

    def _leave(self) -> None:
        if self._index < 0:
            return
        step, seconds = self._plan[self._index], self._now() - self._entered
        self._measured[step.stage] = seconds
        if step.stage != "load":  # reading files says nothing about the speed of computing
            self._spent += seconds
            self._spent_planned += step.seconds

    def _expected(self, step: PlannedStage, pace: float) -> float:
        return self._measured.get(step.stage, step.seconds * pace)

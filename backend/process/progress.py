"""What a running job tells its user: stages, previews, notices; and where it notices a cancellation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ..wire.messages import (
    Message,
    Notice,
    Progress,
    Stage,
)
from .jobs import Job, JobClock, PlannedStage
from .stage_meter import StageMeter

Emit = Callable[[Message], None]
QUIET_S = 0.25  # between two messages of the same stage


class JobProgress:
    """Follows one job along its plan."""

    def __init__(self, job: Job, emit: Emit, plan: Sequence[PlannedStage]) -> None:
        self.job = job
        self.emit = emit
        self.meter = StageMeter()
        self.notices: list[str] = []
        self.prefix = ""  # before every text, e.g. "Head 2 of 4: "
        self._clock = JobClock(plan)
        self._said_at = 0.0
        self._stage: Stage = "queued"
        self._text = ""

    @contextmanager
    def stage(self, stage: Stage, text: str) -> Iterator[None]:
        """The next stage of the plan runs inside; `text` is for the user. Raises JobCancelledError."""
        self.job.check_cancelled()
        self._clock.enter(stage)
        self._stage, self._text = stage, text
        self._say()
        with self.meter.measure(stage):
            yield

    def advance(self, share: float) -> None:
        """`share` (0..1) of the current stage is done. Raises JobCancelledError."""
        self.job.check_cancelled()
        self._clock.advance(share)
        # The end of a stage is always told: a quick last step must not leave the bar short of it.
        if share >= 1.0 or time.monotonic() - self._said_at >= QUIET_S:
            self._say()

    def tell(self, text: str) -> None:
        """What the current stage does from now on, for the user."""
        self._text = text
        self._say()

    def notice(self, text: str) -> None:
        self.notices.append(text)
        self.emit(Notice(self.job.id, text))

    def _say(self) -> None:
        self._said_at = time.monotonic()
        fraction, eta_s = round(self._clock.fraction(), 4), round(self._clock.eta_s(), 1)
        text = self.prefix + self._text
        self.emit(Progress(self.job.id, self._stage, fraction, eta_s, text))

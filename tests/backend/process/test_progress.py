"""What a running job tells its user, and where it notices that it was cancelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.errors import JobCancelledError
from backend.process import progress as progress_module
from backend.process.jobs import Job, PlannedStage
from backend.process.progress import JobProgress
from backend.wire.messages import Message, Notice, Progress
from backend.wire.requests import JobRequest

PLAN = (PlannedStage("planes", 1.0), PlannedStage("extract", 3.0))


def job() -> Job:
    return Job("job-1", Path("nowhere"), JobRequest(prompt="a man"))


def told(heard: list[Message]) -> list[tuple[str, float, str]]:
    return [
        (message.stage, message.fraction, message.text)
        for message in heard
        if isinstance(message, Progress)
    ]


def test_shares_of_stages_become_shares_of_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "QUIET_S", 0.0)
    heard: list[Message] = []
    progress = JobProgress(job(), heard.append, PLAN)
    progress.prefix = "Head 2 of 3: "
    with progress.stage("planes", "Growing"):
        progress.advance(0.5)
    with progress.stage("extract", "Searching"):
        progress.advance(1 / 3)
        progress.tell("Decimating")
        progress.advance(1.0)
    assert told(heard) == [
        ("planes", 0.0, "Head 2 of 3: Growing"),
        ("planes", 0.125, "Head 2 of 3: Growing"),
        ("extract", 0.25, "Head 2 of 3: Searching"),
        ("extract", 0.5, "Head 2 of 3: Searching"),
        ("extract", 0.5, "Head 2 of 3: Decimating"),
        ("extract", 1.0, "Head 2 of 3: Decimating"),
    ]
    assert [figure.stage for figure in progress.meter.figures()] == ["planes", "extract", "total"]


def test_many_quick_steps_are_told_rarely_but_the_last_one_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress_module, "QUIET_S", 1e9)
    heard: list[Message] = []
    progress = JobProgress(job(), heard.append, PLAN)
    with progress.stage("planes", "Growing"):
        for step in range(1, 101):
            progress.advance(step / 100)
    assert [fraction for _, fraction, _ in told(heard)] == [0.0, 0.25]


def test_a_notice_is_told_and_kept() -> None:
    heard: list[Message] = []
    progress = JobProgress(job(), heard.append, PLAN)
    progress.notice("Not understood: zorp.")
    assert heard == [Notice("job-1", "Not understood: zorp.")]
    assert progress.notices == ["Not understood: zorp."]


def test_a_cancelled_job_stops_at_its_next_step_and_starts_no_stage() -> None:
    heard: list[Message] = []
    progress = JobProgress(job(), heard.append, PLAN)
    reached = []
    with pytest.raises(JobCancelledError), progress.stage("planes", "Growing"):
        progress.job.request_cancel()
        reached.append("cancelled")
        progress.advance(0.5)
        reached.append("went on")
    with pytest.raises(JobCancelledError), progress.stage("extract", "Searching"):
        reached.append("started")
    assert reached == ["cancelled"]
    assert [stage for stage, _, _ in told(heard)] == ["planes"]

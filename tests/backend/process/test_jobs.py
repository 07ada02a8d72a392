"""The queue keeps its order and its states, and the clock tells how far a job is."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from backend.errors import HeadsmithError, JobCancelledError
from backend.process.jobs import Job, JobClock, JobQueue, JobState, PlannedStage
from backend.wire.requests import (
    ErrorCode,
    JobRequest,
)


def make_job(id: str) -> Job:
    return Job(id, Path("folder"), JobRequest(prompt="a man"))


def test_jobs_are_taken_in_their_order_and_know_how_many_are_ahead() -> None:
    jobs, positions = JobQueue(), list[int]()
    for name in "abc":
        jobs.submit(make_job(name), positions.append)
    assert positions == [0, 1, 2]
    first = jobs.take()
    assert first is not None
    assert (first.id, first.state) == ("a", JobState.RUNNING)
    jobs.submit(make_job("d"), positions.append)
    assert positions[-1] == 3
    jobs.finish(first, JobState.DONE)
    second = jobs.take()
    assert second is not None
    assert second.id == "b"
    assert first.state is JobState.DONE


def test_an_id_is_used_once() -> None:
    jobs = JobQueue()
    jobs.submit(make_job("a"))
    with pytest.raises(HeadsmithError) as caught:
        jobs.submit(make_job("a"))
    assert caught.value.code is ErrorCode.BAD_REQUEST


def test_a_waiting_job_is_over_as_soon_as_it_is_cancelled() -> None:
    jobs = JobQueue()
    waiting = make_job("b")
    jobs.submit(make_job("a"))
    jobs.submit(waiting)
    assert jobs.cancel("b")
    assert waiting.state is JobState.CANCELLED
    assert not jobs.cancel("b")
    positions: list[int] = []
    jobs.submit(make_job("c"), positions.append)
    assert positions == [1]


def test_a_running_job_ends_at_its_next_check() -> None:
    jobs = JobQueue()
    jobs.submit(make_job("a"))
    job = jobs.take()
    assert job is not None
    job.check_cancelled()
    assert not jobs.cancel("a")
    assert job.state is JobState.RUNNING
    with pytest.raises(JobCancelledError):
        job.check_cancelled()


def test_cancelling_what_is_not_there_changes_nothing() -> None:
    assert not JobQueue().cancel("nobody")


def test_closing_wakes_the_waiting_worker() -> None:
    jobs = JobQueue()
    taken: list[Job | None] = []
    worker = threading.Thread(target=lambda: taken.append(jobs.take()))
    worker.start()
    jobs.close()
    worker.join(10)
    assert taken == [None]


def test_closing_cancels_what_waits_and_what_runs() -> None:
    jobs = JobQueue()
    running, waiting = make_job("a"), make_job("b")
    jobs.submit(running)
    jobs.submit(waiting)
    jobs.take()
    jobs.close()
    with pytest.raises(JobCancelledError):
        running.check_cancelled()
    assert waiting.state is JobState.CANCELLED
    assert jobs.take() is None


class Watch:
    """A watch that moves when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_the_fraction_follows_the_weights_of_the_stages_and_never_falls() -> None:
    clock = JobClock([PlannedStage("guide", 6.0), PlannedStage("extract", 4.0)], Watch())
    assert clock.fraction() == 0.0
    clock.enter("guide")
    clock.advance(0.5)
    assert clock.fraction() == pytest.approx(0.3)
    clock.advance(0.2)
    assert clock.fraction() == pytest.approx(0.3)
    clock.enter("extract")
    assert clock.fraction() == pytest.approx(0.6)
    clock.advance(1.0)
    assert clock.fraction() == pytest.approx(1.0)


def test_nothing_is_known_before_the_first_stage() -> None:
    assert JobClock([PlannedStage("guide", 6.0)], Watch()).eta_s() < 0


def test_the_time_left_follows_this_computers_pace() -> None:
    watch = Watch()
    clock = JobClock([PlannedStage("guide", 6.0), PlannedStage("extract", 4.0)], watch)
    clock.enter("guide")
    assert clock.eta_s() == pytest.approx(10.0)
    watch.seconds = 6.0  # half of guide took as long as all of it was planned for
    clock.advance(0.5)
    assert clock.eta_s() == pytest.approx(6.0 + 8.0)
    watch.seconds = 12.0
    clock.enter("extract")
    assert clock.eta_s() == pytest.approx(8.0)


def test_the_second_head_is_expected_to_take_as_long_as_the_first() -> None:
    watch = Watch()
    one_head = [PlannedStage("guide", 1.0), PlannedStage("extract", 1.0)]
    clock = JobClock(one_head * 2, watch)
    clock.enter("guide")
    watch.seconds = 2.0
    clock.enter("extract")
    watch.seconds = 22.0
    clock.enter("guide")
    assert clock.eta_s() == pytest.approx(22.0)


def test_the_loading_of_models_says_nothing_about_the_pace() -> None:
    watch = Watch()
    clock = JobClock([PlannedStage("load", 1.0), PlannedStage("guide", 5.0)], watch)
    clock.enter("load")
    watch.seconds = 30.0
    clock.enter("guide")
    assert clock.eta_s() == pytest.approx(5.0)


def test_a_stage_that_was_not_planned_is_passed_over() -> None:
    clock = JobClock([PlannedStage("guide", 1.0)], Watch())
    clock.enter("bake")
    assert clock.fraction() == 0.0

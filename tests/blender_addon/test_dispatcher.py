"""The dispatcher: one job at a time, in order, and the user's hand on them."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ..in_blender import TOY_BACKEND, part, toy_launch, wire
from .dispatcher_runs import MakeEntry, is_alive, run


def test_a_job_is_finished_with_its_result_and_its_live_preview(
    dispatcher: Any, make_job: MakeEntry
) -> None:
    job = make_job("a zorblax man")
    dispatcher.submit(job)
    run(dispatcher)
    assert job.state.value == "done"
    assert job.result.heads[0].provenance.prompt == "a zorblax man"
    assert job.fraction == 1.0
    assert job.preview.is_file()
    assert job.notices == ["not understood: zorblax"]


def test_nothing_is_started_before_the_first_job(dispatcher: Any) -> None:
    dispatcher.step(0.0)
    assert dispatcher.link.pid == 0
    assert not dispatcher.is_busy


def test_jobs_are_worked_off_in_order_by_one_backend(dispatcher: Any, make_job: MakeEntry) -> None:
    ended, pids = [], set()
    jobs = [make_job(f"man {number}") for number in range(3)]
    for job in jobs:
        dispatcher.submit(job)
    while dispatcher.is_busy:
        ended += dispatcher.step(time.monotonic())
        pids |= {dispatcher.link.pid} - {0}
        time.sleep(0.005)
    assert ended == jobs
    assert len(pids) == 1


def test_a_bad_request_is_refused_before_anything_starts(
    dispatcher: Any, make_job: MakeEntry
) -> None:
    with pytest.raises(wire().RequestError, match="Nothing to make"):
        dispatcher.submit(make_job("  "))
    assert dispatcher.jobs == []
    assert dispatcher.link.pid == 0


def test_a_running_job_is_cancelled_by_the_backend(dispatcher: Any, make_job: MakeEntry) -> None:
    job, second = make_job("slow"), make_job()
    dispatcher.submit(job)
    dispatcher.submit(second)
    run(dispatcher, lambda: job.fraction > 0)
    pid = dispatcher.link.pid
    dispatcher.cancel(job, time.monotonic())
    assert job.state.value == "cancelling"
    run(dispatcher)
    assert [job.state.value, second.state.value] == ["cancelled", "done"]
    assert dispatcher.link.pid == pid


@pytest.mark.parametrize("end", ["stop", "shutdown", "crash"])
def test_a_cancelled_job_stays_cancelled_when_the_backend_ends(
    end: str, dispatcher: Any, make_job: MakeEntry
) -> None:
    job, second = make_job("deaf"), make_job()
    dispatcher.submit(job)
    dispatcher.submit(second)
    run(dispatcher, lambda: job.fraction > 0)
    dispatcher.cancel(job, time.monotonic())
    match end:
        case "stop":
            dispatcher.stop(time.monotonic())
        case "shutdown":
            dispatcher.shutdown(0.5)
        case "crash":
            os.kill(dispatcher.link.pid, 9)
    ended: list[Any] = []

    def has_ended() -> bool:
        ended.extend(dispatcher.step(time.monotonic()))
        return job in ended

    run(dispatcher, has_ended)
    assert job.state.value == "cancelled"
    dispatcher.start()
    run(dispatcher)
    assert [job.state.value, second.state.value] == ["cancelled", "done"]


def test_cancelling_is_forced_when_the_backend_does_not_listen(
    dispatcher: Any, make_job: MakeEntry
) -> None:
    job, second = make_job("deaf"), make_job()
    dispatcher.submit(job)
    dispatcher.submit(second)
    run(dispatcher, lambda: job.fraction > 0)
    pid = dispatcher.link.pid
    dispatcher.cancel(job, time.monotonic())
    dispatcher.step(time.monotonic() + 9.0)
    assert job.state.value == "cancelling"
    dispatcher.step(time.monotonic() + 11.0)
    run(dispatcher)
    assert [job.state.value, second.state.value] == ["cancelled", "done"]
    assert not is_alive(pid)


def test_a_waiting_job_is_cancelled_at_once(dispatcher: Any, make_job: MakeEntry) -> None:
    running, waiting = make_job("slow"), make_job()
    dispatcher.submit(running)
    dispatcher.submit(waiting)
    run(dispatcher, lambda: running.fraction > 0)
    dispatcher.cancel(waiting, time.monotonic())
    assert waiting.state.value == "cancelled"
    assert dispatcher.step(time.monotonic()) == [waiting]
    assert running.state.value == "running"


def test_stopping_the_backend_puts_its_job_back_into_a_waiting_queue(
    dispatcher: Any, make_job: MakeEntry
) -> None:
    job = make_job("slow")
    dispatcher.submit(job)
    run(dispatcher, lambda: job.fraction > 0)
    dispatcher.stop(time.monotonic())
    run(dispatcher)
    assert dispatcher.link.state.value == "stopped"
    assert (job.state.value, job.fraction) == ("waiting", 0.0)
    dispatcher.start()
    run(dispatcher, lambda: job.fraction > 0)


def test_other_preferences_give_the_next_job_another_backend(
    patience: Any, tmp_path: Path, make_job: MakeEntry
) -> None:
    launches = [toy_launch(tmp_path)]
    dispatcher = part("dispatcher").Dispatcher(lambda: launches[-1], patience)
    dispatcher.submit(make_job())
    run(dispatcher)
    pid = dispatcher.link.pid
    launches.append(
        part("child").Launch(
            Path(sys.executable), TOY_BACKEND, tmp_path / "backend.log", device="cpu"
        )
    )
    job = make_job()
    dispatcher.submit(job)
    run(dispatcher)
    assert job.state.value == "done"
    assert dispatcher.link.pid != pid
    assert dispatcher.link.backend.device == "cpu"
    dispatcher.shutdown(0.5)


def test_a_cancelled_job_can_be_tried_again(dispatcher: Any, make_job: MakeEntry) -> None:
    job = make_job("a man")
    dispatcher.submit(job)
    dispatcher.cancel(job, 0.0)
    dispatcher.try_again(job)
    run(dispatcher)
    assert job.state.value == "done"


def test_a_failed_job_is_tried_again_by_the_same_backend_under_another_id(
    dispatcher: Any, make_job: MakeEntry
) -> None:
    job = make_job("bad weights")
    dispatcher.submit(job)
    run(dispatcher)
    dispatcher.try_again(job)
    run(dispatcher)
    assert job.error_code.value == "weights"  # not "the id was used before"


def test_shutting_down_leaves_no_process(dispatcher: Any, make_job: MakeEntry) -> None:
    job = make_job("deaf")
    dispatcher.submit(job)
    run(dispatcher, lambda: job.state.value == "running")
    pid = dispatcher.link.pid
    dispatcher.shutdown(0.2)
    assert not is_alive(pid)
    assert job.state.value == "waiting"

"""The client: one job at a time, in order, and the user's hand on them."""

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ..in_blender import TOY_BACKEND, part, toy_launch, wire
from .client_runs import MakeJob, is_alive, run


def test_a_job_is_finished_with_its_result_and_its_live_preview(
    client: Any, make_job: MakeJob
) -> None:
    job = make_job("a zorblax man")
    client.submit(job)
    run(client)
    assert job.state.value == "done"
    assert job.result.heads[0].provenance.prompt == "a zorblax man"
    assert job.fraction == 1.0
    assert job.preview.is_file()
    assert job.notices == ["not understood: zorblax"]


def test_nothing_is_started_before_the_first_job(client: Any) -> None:
    client.step(0.0)
    assert client.link.pid == 0
    assert not client.is_busy


def test_jobs_are_worked_off_in_order_by_one_backend(client: Any, make_job: MakeJob) -> None:
    ended, pids = [], set()
    jobs = [make_job(f"man {number}") for number in range(3)]
    for job in jobs:
        client.submit(job)
    while client.is_busy:
        ended += client.step(time.monotonic())
        pids |= {client.link.pid} - {0}
        time.sleep(0.005)
    assert ended == jobs
    assert len(pids) == 1


def test_a_bad_request_is_refused_before_anything_starts(client: Any, make_job: MakeJob) -> None:
    with pytest.raises(wire().RequestError, match="Nothing to make"):
        client.submit(make_job("  "))
    assert client.jobs == []
    assert client.link.pid == 0


def test_a_running_job_is_cancelled_by_the_backend(client: Any, make_job: MakeJob) -> None:
    job, second = make_job("slow"), make_job()
    client.submit(job)
    client.submit(second)
    run(client, lambda: job.fraction > 0)
    pid = client.link.pid
    client.cancel(job, time.monotonic())
    assert job.state.value == "cancelling"
    run(client)
    assert [job.state.value, second.state.value] == ["cancelled", "done"]
    assert client.link.pid == pid


def test_cancelling_is_forced_when_the_backend_does_not_listen(
    client: Any, make_job: MakeJob
) -> None:
    job, second = make_job("deaf"), make_job()
    client.submit(job)
    client.submit(second)
    run(client, lambda: job.fraction > 0)
    pid = client.link.pid
    client.cancel(job, time.monotonic())
    client.step(time.monotonic() + 9.0)
    assert job.state.value == "cancelling"
    client.step(time.monotonic() + 11.0)
    run(client)
    assert [job.state.value, second.state.value] == ["cancelled", "done"]
    assert not is_alive(pid)


def test_a_waiting_job_is_cancelled_at_once(client: Any, make_job: MakeJob) -> None:
    running, waiting = make_job("slow"), make_job()
    client.submit(running)
    client.submit(waiting)
    run(client, lambda: running.fraction > 0)
    client.cancel(waiting, time.monotonic())
    assert waiting.state.value == "cancelled"
    assert client.step(time.monotonic()) == [waiting]
    assert running.state.value == "running"


def test_stopping_the_backend_puts_its_job_back_into_a_waiting_queue(
    client: Any, make_job: MakeJob
) -> None:
    job = make_job("slow")
    client.submit(job)
    run(client, lambda: job.fraction > 0)
    client.stop(time.monotonic())
    run(client)
    assert client.link.state.value == "stopped"
    assert (job.state.value, job.fraction) == ("waiting", 0.0)
    client.start()
    run(client, lambda: job.fraction > 0)


def test_other_preferences_give_the_next_job_another_backend(
    patience: Any, tmp_path: Path, make_job: MakeJob
) -> None:
    launches = [toy_launch(tmp_path)]
    client = part("client").Client(lambda: launches[-1], patience)
    client.submit(make_job())
    run(client)
    pid = client.link.pid
    launches.append(
        part("child").Launch(
            Path(sys.executable), TOY_BACKEND, tmp_path / "backend.log", device="cpu"
        )
    )
    job = make_job()
    client.submit(job)
    run(client)
    assert job.state.value == "done"
    assert client.link.pid != pid
    assert client.link.backend.device == "cpu"
    client.shutdown(0.5)


def test_a_cancelled_job_can_be_tried_again(client: Any, make_job: MakeJob) -> None:
    job = make_job("a man")
    client.submit(job)
    client.cancel(job, 0.0)
    client.try_again(job)
    run(client)
    assert job.state.value == "done"


def test_a_failed_job_is_tried_again_by_the_same_backend_under_another_id(
    client: Any, make_job: MakeJob
) -> None:
    job = make_job("bad weights")
    client.submit(job)
    run(client)
    client.try_again(job)
    run(client)
    assert job.error_code.value == "weights"  # not "the id was used before"


def test_shutting_down_leaves_no_process(client: Any, make_job: MakeJob) -> None:
    job = make_job("deaf")
    client.submit(job)
    run(client, lambda: job.state.value == "running")
    pid = client.link.pid
    client.shutdown(0.2)
    assert not is_alive(pid)
    assert job.state.value == "waiting"

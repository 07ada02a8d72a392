"""The client: whatever a backend does wrong, one sentence for its job, and the rest of the queue lives on."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..in_blender import TOY_BACKEND, part, wire
from .client_runs import MakeJob, is_alive, run


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ("ends at once", "backend_start", "no such module: torch"),
        ("garbage at start", "protocol", "no Headsmith backend"),
        ("other version", "version", "same version of both"),
    ],
)
def test_a_backend_that_cannot_be_used_fails_one_job_and_keeps_the_queue(
    fault: str, code: str, says: str, faulty: Callable[[str], Any], make_job: MakeJob
) -> None:
    client, first, second = faulty(fault), make_job(), make_job()
    client.submit(first)
    client.submit(second)
    run(client)
    assert (first.state.value, first.error_code.value) == ("failed", code)
    assert says in first.error
    assert says in client.link.status
    assert second.state.value == "waiting"
    assert client.is_paused


def test_a_backend_that_never_answers_is_given_up(
    faulty: Callable[[str], Any], make_job: MakeJob
) -> None:
    client, job = faulty("never answers"), make_job()
    client.submit(job)
    client.step(1000.0)
    pid = client.link.pid
    client.step(1019.0)
    assert job.state.value == "waiting"
    client.step(1021.0)
    assert job.state.value == "failed"
    assert "did not answer within 20 s" in job.error
    assert not is_alive(pid)


@pytest.mark.parametrize("python", ["missing", "no program"])
def test_a_python_that_cannot_be_started_is_named(
    python: str, patience: Any, tmp_path: Path, make_job: MakeJob
) -> None:
    path = tmp_path / python
    if python == "no program":
        path.write_text("not a program")
    launch = part("child").Launch(path, TOY_BACKEND, tmp_path / "log")
    client, job = part("client").Client(lambda: launch, patience), make_job()
    client.submit(job)
    client.step(0.0)
    assert job.error_code.value == "backend_start"
    assert str(path) in job.error
    assert "preferences" in job.error


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ("dies in the middle", "backend_died", "exit code 139"),
        ("garbage in the middle", "protocol", "no message"),
        ("endless line", "protocol", "no message"),
    ],
)
def test_a_backend_that_breaks_twice_parks_its_job_and_the_queue_goes_on(
    fault: str,
    code: str,
    says: str,
    faulty: Callable[[str], Any],
    make_job: MakeJob,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire(), "PRODUCT_VERSION", "9.9.9")  # what misbehaving.py calls itself
    client, first, second = faulty(fault), make_job("the first"), make_job("the second")
    client.submit(first)
    client.submit(second)
    run(client)
    assert [job.state.value for job in (first, second)] == ["parked", "parked"]
    assert first.error_code.value == code
    assert says in first.error
    assert '"the first"' in first.error
    assert first.crashes == 2


def test_a_backend_that_died_once_is_started_again_and_makes_the_job(
    client: Any, make_job: MakeJob
) -> None:
    job = make_job("die once")
    client.submit(job)
    run(client)
    assert job.state.value == "done"
    assert job.crashes == 1


def test_memory_taken_by_the_system_is_named(client: Any, make_job: MakeJob) -> None:
    job = make_job("killed")
    client.submit(job)
    run(client)
    assert job.state.value == "parked"
    assert "memory ran out" in job.error


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGSTOP")
def test_a_backend_that_stands_still_is_killed(client: Any, make_job: MakeJob) -> None:
    job = make_job("stands still")
    client.submit(job)
    run(client, lambda: job.state.value == "running")
    pid = client.link.pid
    run(client, lambda: job.crashes == 1)
    assert not is_alive(pid)
    run(client)
    assert "did not answer" in job.error
    assert (job.state.value, job.error_code.value) == ("parked", "backend_hangs")


def test_an_hour_without_steps_is_not_taken_for_a_hang(client: Any, make_job: MakeJob) -> None:
    job = make_job("slow")
    client.submit(job)
    run(client, lambda: job.fraction > 0)
    time.sleep(0.3)
    client.step(time.monotonic() + 3600.0)
    time.sleep(0.3)
    client.step(time.monotonic() + 7200.0)
    assert job.state.value == "running"
    assert job.crashes == 0


@pytest.mark.parametrize(
    ("prompt", "code", "says"),
    [
        ("too much memory", "out_of_memory", "memory"),
        ("bad weights", "weights", "damaged"),
    ],
)
def test_a_failure_of_the_job_leaves_the_backend_running(
    prompt: str, code: str, says: str, client: Any, make_job: MakeJob
) -> None:
    job, second = make_job(prompt), make_job()
    client.submit(job)
    client.submit(second)
    run(client)
    assert (job.state.value, job.error_code.value) == ("failed", code)
    assert says in job.error
    assert second.state.value == "done"
    assert client.link.state.value == "ready"


def test_a_result_outside_the_jobs_folder_is_refused(
    faulty: Callable[[str], Any], make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire(), "PRODUCT_VERSION", "9.9.9")
    client, job = faulty("result outside"), make_job()
    client.submit(job)
    run(client)
    assert (job.state.value, job.error_code.value) == ("failed", "protocol")
    assert "leaves the job's folder" in job.error


def test_a_result_that_is_not_there_is_told(
    faulty: Callable[[str], Any], make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire(), "PRODUCT_VERSION", "9.9.9")
    client, job = faulty("no result file"), make_job()
    client.submit(job)
    run(client)
    assert job.state.value == "failed"
    assert "result.json cannot be read" in job.error

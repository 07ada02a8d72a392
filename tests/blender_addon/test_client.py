"""The client: whatever a backend does wrong, one sentence for its job, and the rest of the queue lives on."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ..in_blender import MISBEHAVING, TOY_BACKEND, part, toy_launch, wire

MakeJob = Callable[..., Any]


@pytest.fixture
def patience(extension: ModuleType) -> Any:
    return part("link").Patience(
        hello=20.0, ping_every=0.1, hang=0.8, cancel=0.6, stop=1.0, restart=0.0
    )


@pytest.fixture
def client(extension: ModuleType, patience: Any, tmp_path: Path) -> Iterator[Any]:
    client = part("client").Client(lambda: toy_launch(tmp_path), patience)
    yield client
    client.shutdown(0.5)


@pytest.fixture
def faulty(
    extension: ModuleType, patience: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Any]]:
    """A client whose backend commits one of the faults of misbehaving.py."""
    made = []

    def make(fault: str) -> Any:
        monkeypatch.setenv("HEADSMITH_FAULT", fault)
        launch = toy_launch(tmp_path, MISBEHAVING)
        made.append(part("client").Client(lambda: launch, patience))
        return made[-1]

    yield make
    for client in made:
        client.shutdown(0.5)


@pytest.fixture
def make_job(extension: ModuleType, tmp_path: Path) -> MakeJob:
    jobs, request_type = part("jobs"), wire().JobRequest

    def make(prompt: str = "a man") -> Any:
        request, job_id = request_type(prompt=prompt), jobs.new_job_id()
        folder = jobs.make_job_folder(tmp_path / "jobs", job_id, request)
        return jobs.Job(request, folder, job_id, prompt)

    return make


def run(client: Any, until: Callable[[], bool] | None = None, limit: float = 20.0) -> None:
    """Steps until the client has nothing to do, or until something holds."""
    end = time.monotonic() + limit
    while client.is_busy if until is None else not until():
        client.step(time.monotonic())
        assert time.monotonic() < end, client.link.status
        time.sleep(0.005)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


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


def test_shutting_down_leaves_no_process(client: Any, make_job: MakeJob) -> None:
    job = make_job("deaf")
    client.submit(job)
    run(client, lambda: job.state.value == "running")
    pid = client.link.pid
    client.shutdown(0.2)
    assert not is_alive(pid)
    assert job.state.value == "waiting"

"""The dispatcher: whatever a backend does wrong, one sentence for its job, and the rest of the queue lives on."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ..in_blender import TOY_BACKEND, part, toy_launch, wire
from .dispatcher_runs import MakeEntry, is_alive, run


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ("ends at once", "backend_start", "no such module: torch"),
        ("garbage at start", "protocol", "no Headsmith backend"),
        ("other version", "version", "same version of both"),
    ],
)
def test_a_backend_that_cannot_be_used_fails_one_job_and_keeps_the_queue(
    fault: str, code: str, says: str, faulty: Callable[[str], Any], make_job: MakeEntry
) -> None:
    dispatcher, first, second = faulty(fault), make_job(), make_job()
    dispatcher.submit(first)
    dispatcher.submit(second)
    run(dispatcher)
    assert (first.state.value, first.error_code.value) == ("failed", code)
    assert says in first.error
    assert says in dispatcher.link.status
    assert second.state.value == "waiting"
    assert dispatcher.is_paused


def test_a_backend_that_never_answers_is_given_up(
    faulty: Callable[[str], Any], make_job: MakeEntry
) -> None:
    dispatcher, job = faulty("never answers"), make_job()
    dispatcher.submit(job)
    dispatcher.step(1000.0)
    pid = dispatcher.link.pid
    dispatcher.step(1019.0)
    assert job.state.value == "waiting"
    dispatcher.step(1021.0)
    assert job.state.value == "failed"
    assert "did not answer within 20 s" in job.error
    assert not is_alive(pid)


@pytest.mark.parametrize("python", ["missing", "no program"])
def test_a_python_that_cannot_be_started_is_named(
    python: str, patience: Any, tmp_path: Path, make_job: MakeEntry
) -> None:
    path = tmp_path / python
    if python == "no program":
        path.write_text("not a program")
    launch = part("child").Launch(path, TOY_BACKEND, tmp_path / "log")
    dispatcher, job = part("dispatcher").Dispatcher(lambda: launch, patience), make_job()
    dispatcher.submit(job)
    dispatcher.step(0.0)
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
    make_job: MakeEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire(), "PRODUCT_VERSION", "9.9.9")  # what misbehaving.py calls itself
    dispatcher, first, second = faulty(fault), make_job("the first"), make_job("the second")
    dispatcher.submit(first)
    dispatcher.submit(second)
    run(dispatcher)
    assert [job.state.value for job in (first, second)] == ["parked", "parked"]
    assert first.error_code.value == code
    assert says in first.error
    assert "twice; look at the log" in first.error
    assert "smaller" not in first.error  # which would change nothing
    assert '"the first"' in first.error
    assert first.crashes == 2


def test_a_backend_that_died_once_is_started_again_and_makes_the_job(
    dispatcher: Any, make_job: MakeEntry
) -> None:
    job = make_job("die once")
    dispatcher.submit(job)
    run(dispatcher)
    assert job.state.value == "done"
    assert job.crashes == 1


def test_memory_taken_by_the_system_is_named(dispatcher: Any, make_job: MakeEntry) -> None:
    job = make_job("killed")
    dispatcher.submit(job)
    run(dispatcher)
    assert job.state.value == "parked"
    assert "memory ran out, twice; make it smaller, or close other programs." in job.error


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGSTOP")
def test_a_backend_that_stands_still_is_killed(dispatcher: Any, make_job: MakeEntry) -> None:
    job = make_job("stands still")
    dispatcher.submit(job)
    run(dispatcher, lambda: job.state.value == "running")
    pid = dispatcher.link.pid
    run(dispatcher, lambda: job.crashes == 1)
    assert not is_alive(pid)
    run(dispatcher)
    assert "did not answer" in job.error
    assert (job.state.value, job.error_code.value) == ("parked", "backend_hangs")


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGSTOP")
def test_a_silent_backend_is_told_long_before_it_is_given_up(
    extension: ModuleType, tmp_path: Path, make_job: MakeEntry
) -> None:
    real = part("link").Patience()
    dispatcher, job = part("dispatcher").Dispatcher(lambda: toy_launch(tmp_path)), make_job("slow")
    try:
        dispatcher.submit(job)
        run(dispatcher, lambda: job.fraction > 0.2)
        os.kill(dispatcher.link.pid, signal.SIGSTOP)
        now = time.monotonic() + real.ping_every
        dispatcher.step(now)  # reads what came before, and pings
        assert dispatcher.link.silent_s == 0.0
        revision = dispatcher.revision
        dispatcher.step(now + 15.0 - real.ping_every)
        assert dispatcher.link.silent_s == pytest.approx(10.0)
        assert dispatcher.revision > revision
        os.kill(dispatcher.link.pid, signal.SIGCONT)
        run(dispatcher, lambda: dispatcher.link.silent_s == 0.0)
        assert (job.state.value, job.crashes) == ("running", 0)
    finally:
        dispatcher.shutdown(0.5)


def test_an_hour_without_steps_is_not_taken_for_a_hang(
    dispatcher: Any, make_job: MakeEntry
) -> None:
    job = make_job("slow")
    dispatcher.submit(job)
    run(dispatcher, lambda: job.fraction > 0)
    time.sleep(0.3)
    dispatcher.step(time.monotonic() + 3600.0)
    time.sleep(0.3)
    dispatcher.step(time.monotonic() + 7200.0)
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
    prompt: str, code: str, says: str, dispatcher: Any, make_job: MakeEntry
) -> None:
    job, second = make_job(prompt), make_job()
    dispatcher.submit(job)
    dispatcher.submit(second)
    run(dispatcher)
    assert (job.state.value, job.error_code.value) == ("failed", code)
    assert says in job.error
    assert second.state.value == "done"
    assert dispatcher.link.state.value == "ready"


def test_a_result_outside_the_jobs_folder_is_refused(
    faulty: Callable[[str], Any], make_job: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire(), "PRODUCT_VERSION", "9.9.9")
    dispatcher, job = faulty("result outside"), make_job()
    dispatcher.submit(job)
    run(dispatcher)
    assert (job.state.value, job.error_code.value) == ("failed", "protocol")
    assert "leaves the job's folder" in job.error


def test_a_result_that_is_not_there_is_told(
    faulty: Callable[[str], Any], make_job: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire(), "PRODUCT_VERSION", "9.9.9")
    dispatcher, job = faulty("no result file"), make_job()
    dispatcher.submit(job)
    run(dispatcher)
    assert job.state.value == "failed"
    assert "result.json cannot be read" in job.error

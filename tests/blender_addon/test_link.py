"""The connection to one backend: its states, its clock, and what is said when it breaks."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ..in_blender import MISBEHAVING, part, toy_launch, wire
from .dispatcher_runs import is_alive


@pytest.fixture
def link(extension: ModuleType, patience: Any) -> Iterator[Any]:
    link = part("link").Link(patience)
    yield link
    link.shutdown(0.5)


@pytest.fixture
def start_faulty(
    link: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Any]:
    """Starts a backend that commits one of the faults of misbehaving.py, at second 100."""

    def start(fault: str) -> Any:
        monkeypatch.setenv("HEADSMITH_FAULT", fault)
        link.start(toy_launch(tmp_path, MISBEHAVING), 100.0)
        return link

    return start


def events(link: Any, now: float, is_working: bool = False) -> list[Any]:
    """Steps at one time by the link's clock until something has arrived or the state has changed."""
    end, state = time.monotonic() + 20.0, link.state
    while True:
        found: list[Any] = link.step(now, is_working)
        if found or link.state is not state:
            return found
        assert time.monotonic() < end, link.status
        time.sleep(0.005)


@pytest.fixture
def ready(link: Any, tmp_path: Path) -> Any:
    """The toy backend, started at second 100 and ready at 103.5."""
    link.start(toy_launch(tmp_path), 100.0)
    events(link, 103.5)
    return link


def test_a_new_link_is_stopped_and_nothing_happens_to_it(link: Any) -> None:
    assert (link.state.value, link.pid, link.launch, link.backend) == ("stopped", 0, None, None)
    link.stop(1.0)
    link.shutdown(0.1)
    assert link.step(2.0, True) == []
    assert link.state.value == "stopped"


def test_a_started_backend_is_ready_with_its_hello(link: Any, tmp_path: Path) -> None:
    launch = toy_launch(tmp_path)
    link.start(launch, 100.0)
    assert (link.state.value, link.status, link.backend) == ("starting", "Starting.", None)
    assert link.launch is launch
    assert is_alive(link.pid)
    (hello,) = events(link, 103.5)
    assert (link.state.value, link.backend) == ("ready", hello)
    assert link.start_seconds == pytest.approx(3.5)
    version = ".".join(map(str, sys.version_info[:3]))
    assert link.status.startswith(f"Ready: Python {version}")


def test_a_stopped_backend_ends_and_nothing_is_broken(ready: Any) -> None:
    pid = ready.pid
    ready.stop(200.0)
    assert (ready.state.value, ready.status) == ("stopping", "Stopping.")
    ready.stop(201.0)  # pressed again
    assert events(ready, 202.0) == []
    assert (ready.state.value, ready.status) == ("stopped", "Stopped.")
    assert (ready.pid, ready.backend) == (0, None)
    assert not is_alive(pid)


def test_a_backend_that_does_not_end_is_killed_after_five_seconds(
    start_faulty: Callable[[str], Any],
) -> None:
    link = start_faulty("never answers")
    pid = link.pid
    link.stop(110.0)
    assert link.step(115.0, False) == []
    assert (link.state.value, is_alive(pid)) == ("stopping", True)
    link.step(115.1, False)
    assert (link.state.value, is_alive(pid)) == ("stopped", False)


def test_a_backend_that_never_answers_is_given_up_after_its_time(
    start_faulty: Callable[[str], Any],
) -> None:
    link = start_faulty("never answers")
    assert link.step(120.0, True) == []
    (broken,) = link.step(120.1, True)
    assert (broken.code.value, broken.is_start) == ("backend_start", True)
    assert broken.text.startswith("The backend did not answer within 20 s of its start; look at")
    assert (link.state.value, link.status, link.pid) == ("stopped", broken.text, 0)


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ("ends at once", "backend_start", "right after its start: no such module: torch; look at"),
        ("garbage at start", "protocol", "is no Headsmith backend; choose another Python"),
        ("other version", "version", "the other 999. Install the same version of both."),
    ],
)
def test_a_start_that_fails_says_why_in_one_sentence(
    fault: str, code: str, says: str, start_faulty: Callable[[str], Any]
) -> None:
    link = start_faulty(fault)
    (broken,) = events(link, 101.0)
    assert (broken.code.value, broken.is_start) == (code, True)
    assert says in broken.text
    assert len(broken.text.splitlines()) == 1
    assert (link.state.value, link.status, link.backend) == ("stopped", broken.text, None)


def test_a_backend_that_broke_can_be_started_again(
    start_faulty: Callable[[str], Any], tmp_path: Path
) -> None:
    link = start_faulty("ends at once")
    events(link, 101.0)
    link.start(toy_launch(tmp_path), 200.0)
    events(link, 201.0)
    assert (link.state.value, link.start_seconds) == ("ready", pytest.approx(1.0))


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize(
    ("name", "how", "remedy"),
    [
        ("SIGTERM", "ended (exit code -15)", "look at the log"),
        ("SIGKILL", "probably because memory ran out", "make it smaller"),
    ],
)
def test_a_backend_that_dies_tells_how_and_what_to_do(
    ready: Any, name: str, how: str, remedy: str
) -> None:
    os.kill(ready.pid, getattr(signal, name))
    (broken,) = events(ready, 110.0)
    assert (broken.code.value, broken.is_start) == ("backend_died", False)
    assert how in broken.text
    assert remedy in broken.remedy
    assert ready.status == f"The backend {broken.text}."
    assert (ready.state.value, ready.pid) == ("stopped", 0)


@pytest.fixture
def standing(ready: Any) -> Any:
    """A backend that the system holds still."""
    os.kill(ready.pid, signal.SIGSTOP)
    return ready


@pytest.mark.skipif(os.name == "nt", reason="needs SIGSTOP")
def test_a_backend_without_work_may_be_silent_for_ever(standing: Any) -> None:
    for now in (110.0, 1000.0, 10_000.0):
        assert standing.step(now, False) == []
    assert (standing.state.value, standing.silent_s) == ("ready", 0.0)


@pytest.mark.skipif(os.name == "nt", reason="needs SIGSTOP")
def test_silence_is_counted_from_the_ping_and_ends_with_its_answer(
    extension: ModuleType, tmp_path: Path
) -> None:
    link = part("link").Link(part("link").Patience())
    link.start(toy_launch(tmp_path), 0.0)
    try:
        events(link, 1.0)
        os.kill(link.pid, signal.SIGSTOP)
        assert link.step(900.0, True) == []  # the ping, after a long time without a step
        link.step(909.9, True)
        assert link.silent_s == 0.0
        link.step(910.0, True)
        assert link.silent_s == pytest.approx(10.0)
        assert link.step(1020.0, True) == []  # two minutes to the second
        os.kill(link.pid, signal.SIGCONT)
        (pong,) = events(link, 1020.0, True)
        assert isinstance(pong, wire().Pong)
        link.step(1020.1, True)
        assert (link.state.value, link.silent_s) == ("ready", 0.0)
    finally:
        link.shutdown(0.5)


@pytest.mark.skipif(os.name == "nt", reason="needs SIGSTOP")
def test_a_backend_that_stands_still_with_work_is_killed(standing: Any) -> None:
    pid = standing.pid
    standing.step(110.0, True)
    assert standing.step(112.0, True) == []
    (broken,) = standing.step(112.1, True)
    assert (broken.code.value, broken.text) == ("backend_hangs", "did not answer for 2 s")
    assert not is_alive(pid)
    assert standing.status == "The backend did not answer for 2 s."


@pytest.mark.parametrize("state", ["starting", "ready"])
def test_shutting_down_leaves_no_process_in_whatever_state(
    link: Any, tmp_path: Path, state: str
) -> None:
    link.start(toy_launch(tmp_path), 100.0)
    pid = link.pid
    if state == "ready":
        events(link, 101.0)
    link.shutdown(5.0)
    assert not is_alive(pid)
    assert (link.state.value, link.pid) == ("stopped", 0)


def test_a_python_that_is_missing_leaves_the_link_as_it_was(link: Any, tmp_path: Path) -> None:
    launch = part("child").Launch(tmp_path / "python", MISBEHAVING, tmp_path / "backend.log")
    with pytest.raises(wire().RequestError, match="was not found at"):
        link.start(launch, 100.0)
    assert (link.state.value, link.pid) == ("stopped", 0)

"""Whether a process is there, and hearing of its end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from backend.process import parent
from backend.process.parent import MAX_PID, is_running, watch_parent
from backend.wire.requests import RequestError

SLEEPER = [sys.executable, "-c", "import sys; sys.stdin.read()"]  # ends with its input


def test_a_process_runs_until_it_has_ended() -> None:
    with subprocess.Popen(SLEEPER, stdin=subprocess.PIPE) as process:
        assert is_running(process.pid)
        process.communicate(b"")
    assert not is_running(process.pid)
    assert is_running(os.getpid())


def test_the_end_of_a_process_is_heard_once_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parent, "POLL_S", 0.01)
    gone = threading.Event()
    with subprocess.Popen(SLEEPER, stdin=subprocess.PIPE) as process:
        watch_parent(process.pid, gone.set)
        assert not gone.wait(0.2)
        process.communicate(b"")
    assert gone.wait(10.0)


@pytest.mark.parametrize("pid", [0, -1, MAX_PID + 1])
def test_a_number_that_no_process_has_is_refused(pid: int) -> None:
    with pytest.raises(RequestError, match=f"The process {pid} cannot be watched"):
        watch_parent(pid, lambda: None)

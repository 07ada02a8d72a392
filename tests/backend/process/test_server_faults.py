"""The server: whatever is wrong with one message or with its client, it answers and lives on."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from backend import wire
from backend.process.jobs import Job
from backend.process.launch import BACKEND_MAIN
from backend.process.server import Emit
from backend.wire.requests import ErrorCode
from backend.wire.results import JobResult

from .conversation import REQUEST, Conversation, succeed

ROOT = BACKEND_MAIN.parent.parent


def test_a_value_of_a_wrong_type_is_refused_by_the_id_of_its_job() -> None:
    talk = Conversation(succeed)
    talk.say(wire.Hello())
    talk.hear()
    talk.say_raw(b'{"type": "submit", "job": "a", "folder": "/f", "request": {"seed": 1.5}}\n')
    failure = talk.hear()
    assert isinstance(failure, wire.Failure)
    assert (failure.job, failure.code) == ("a", ErrorCode.PROTOCOL)
    assert "Submit.request.seed cannot be 1.5" in failure.user_text


@pytest.mark.parametrize("pid", [-1, 10**20])
def test_a_parent_that_no_process_can_be_is_refused(pid: int) -> None:
    talk = Conversation(succeed)
    talk.say(wire.Hello(parent_pid=pid))
    failure = talk.hear()
    assert isinstance(failure, wire.Failure)
    assert (failure.job, failure.code) == ("", ErrorCode.BAD_REQUEST)
    assert f"The process {pid} cannot be watched" in failure.user_text
    assert talk.is_over.wait(10)


@pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")
@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("/" + "a" * 5000, "shorter path"),
        ("/" + "/".join(["a" * 200] * 25), "shorter path"),
        ("/proc", "Cannot write"),
        ("/no\0where", "does not exist"),
        ("/\ud800", "does not exist"),
    ],
    ids=["long name", "long path", "no ordinary folder", "nul", "surrogate"],
)
def test_a_strange_folder_is_refused_by_the_jobs_id_and_the_backend_lives(
    folder: str, says: str
) -> None:
    talk = Conversation(succeed)
    talk.say(wire.Hello(), wire.Submit("a", folder, REQUEST))
    talk.hear()
    failure = talk.hear()
    assert isinstance(failure, wire.Failure)
    assert (failure.job, failure.code) == ("a", ErrorCode.JOB_FOLDER)
    assert says in failure.user_text
    assert len(failure.user_text) < 600
    talk.say(wire.Ping(1))
    assert talk.hear() == wire.Pong(1)


@pytest.mark.skipif(sys.platform == "win32", reason="changes its user")
def test_a_folder_without_permission_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """In a process of its own, which gives up the administrator's rights if it has them."""
    (tmp_path / "shut" / "job").mkdir(parents=True)
    (tmp_path / "read only").mkdir()
    (tmp_path / "shut").chmod(0o600)
    (tmp_path / "read only").chmod(0o555)
    for above in (tmp_path, *tmp_path.parents):
        if above.owner() == tmp_path.owner() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o055)
    script = (
        "import os, sys, io; from backend import wire; from backend.process.server import Server\n"
        "os.getuid() == 0 and os.setuid(65534)\n"
        "lines = [wire.Hello(), *(wire.Submit(f'job{i}', p, wire.JobRequest(prompt='a'))"
        " for i, p in enumerate(sys.argv[1:]))]\n"
        "source = io.BytesIO(b''.join(map(wire.encode, lines)))\n"
        "Server(source, sys.stdout.buffer, None, lambda: None).serve()\n"
    )
    folders = [str(tmp_path / "shut" / "job"), str(tmp_path / "read only")]
    command = [sys.executable, "-c", script, *folders]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (tmp_path / "shut").chmod(0o700)
    _, *answers = (wire.decode(line) for line in done.stdout.splitlines())
    failures = [answer for answer in answers if isinstance(answer, wire.Failure)]
    assert len(failures) == len(answers)
    assert [failure.job for failure in failures] == ["job0", "job1"]
    for failure in failures:
        assert failure.code is ErrorCode.JOB_FOLDER
        assert "Permission denied); choose a folder that you may write to." in failure.user_text


def test_a_bug_in_answering_one_message_is_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("backend.process.server.check_job_folder", fail)
    talk = Conversation(succeed)
    talk.say(wire.Hello(), wire.Submit("a", str(tmp_path), REQUEST), wire.Ping(2))
    _, failure, pong = talk.hear(), talk.hear(), talk.hear()
    assert isinstance(failure, wire.Failure)
    assert (failure.job, failure.code) == ("a", ErrorCode.INTERNAL)
    assert pong == wire.Pong(2)


def test_a_client_that_does_not_read_holds_neither_the_job_nor_the_answers_up(
    tmp_path: Path,
) -> None:
    is_done, steps = threading.Event(), 20_000

    def talk_much(job: Job, emit: Emit) -> JobResult:
        for step in range(steps):
            emit(wire.Progress(job.id, "guide", step / steps, -1.0, "x" * 100))
            emit(wire.Preview(job.id, f"{step}.png"))
        emit(wire.Notice(job.id, "kept"))
        is_done.set()
        return succeed(job, emit)

    talk = Conversation(talk_much)
    talk.say(wire.Hello(), wire.Submit("a", str(tmp_path), REQUEST))
    assert is_done.wait(20)
    talk.say(*(wire.Ping(token) for token in range(100)), wire.Submit("", "", REQUEST))
    heard, kinds = list[wire.Message](), list[type]()
    while not {wire.Result, wire.Failure} <= {*kinds}:
        heard.append(talk.hear_any())
        kinds.append(type(heard[-1]))
    assert kinds[:2] == [wire.Hello, wire.Accepted]
    assert [message.token for message in heard if isinstance(message, wire.Pong)] == [*range(100)]
    assert wire.Notice("a", "kept") in heard
    assert kinds.index(wire.Result) > kinds.index(wire.Notice)
    progress = [message for message in heard if isinstance(message, wire.Progress)]
    previews = [message for message in heard if isinstance(message, wire.Preview)]
    assert previews[-1].path == f"{steps - 1}.png"
    assert progress[-1].fraction == (steps - 1) / steps
    assert len(progress) < 2000


def test_weights_that_are_not_read_are_told_with_the_hello(tmp_path: Path) -> None:
    (tmp_path / "ffhq.pkl").touch()
    for folder, has_notice in ((str(tmp_path), True), ("", False), ("no\0path", False)):
        talk = Conversation(succeed)
        talk.say(wire.Hello(models_folder=folder))
        hello = talk.hear()
        assert isinstance(hello, wire.Hello)
        assert ("ffhq.pkl" in hello.notice) is has_notice

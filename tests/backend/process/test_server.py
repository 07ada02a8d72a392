"""The server: answers at once, works in order, survives bad input, and never outlives its client."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend import wire
from backend.process.jobs import Job
from backend.process.launch import BACKEND_MAIN
from backend.process.server import Emit, Server, WorkerSettings
from backend.wire.requests import (
    ErrorCode,
    JobRequest,
)
from backend.wire.results import (
    JobResult,
)

from .conversation import REQUEST, Conversation, succeed

ROOT = BACKEND_MAIN.parent.parent


def wait_for_cancel(job: Job, emit: Emit) -> JobResult:
    emit(wire.Progress(job.id, "guide", 0.0, -1.0))
    while True:
        job.check_cancelled()
        time.sleep(0.01)


def test_hello_is_answered_with_the_settings_the_worker_gets(tmp_path: Path) -> None:
    talk = Conversation(succeed)
    talk.say(wire.Hello(device="cpu", models_folder="/models"))
    hello = talk.hear()
    assert isinstance(hello, wire.Hello)
    assert (hello.protocol, hello.device) == (wire.PROTOCOL_VERSION, "cpu")
    assert talk.settings == []
    talk.say(wire.Submit("a", str(tmp_path), REQUEST))
    assert [talk.hear(), talk.hear()] == [wire.Accepted("a"), wire.Result("a")]
    assert talk.settings == [WorkerSettings("cpu", "/models")]


def test_the_long_start_of_the_worker_is_announced_once(tmp_path: Path) -> None:
    talk = Conversation(succeed)
    talk.say(wire.Hello(), *(wire.Submit(name, str(tmp_path), REQUEST) for name in "ab"))
    heard = [talk.hear_any() for _ in range(6)]
    stages = [message.stage for message in heard if isinstance(message, wire.Progress)]
    assert stages == ["load"]


def test_the_result_file_is_there_when_the_result_message_comes(tmp_path: Path) -> None:
    talk = Conversation(succeed)
    talk.say(wire.Hello(), wire.Submit("a", str(tmp_path), REQUEST))
    replies = [talk.hear() for _ in range(3)]
    assert replies[-1] == wire.Result("a", "result.json")
    written = json.loads((tmp_path / "result.json").read_text())
    assert wire.from_json(JobResult, written) == JobResult(REQUEST, seconds=1.0)
    assert os.listdir(tmp_path) == ["result.json"]


def test_the_first_message_must_be_hello() -> None:
    talk = Conversation(succeed)
    talk.say(wire.Ping(1))
    failure = talk.hear()
    assert isinstance(failure, wire.Failure)
    assert (failure.job, failure.code) == ("", ErrorCode.PROTOCOL)
    assert talk.is_over.wait(10)


def test_another_protocol_is_refused_with_what_to_do() -> None:
    talk = Conversation(succeed)
    talk.say_raw(b'{"type": "hello", "protocol": 99}\n')
    failure = talk.hear()
    assert isinstance(failure, wire.Failure)
    assert failure.code is ErrorCode.VERSION
    assert "Install the same version" in failure.user_text
    assert talk.is_over.wait(10)


def test_garbage_is_reported_and_the_conversation_goes_on() -> None:
    talk = Conversation(succeed)
    talk.say(wire.Hello())
    talk.hear()
    talk.say_raw(b"what?\n")
    talk.say(wire.Pong(1))
    for _ in range(2):
        failure = talk.hear()
        assert isinstance(failure, wire.Failure)
        assert (failure.job, failure.code) == ("", ErrorCode.PROTOCOL)
    talk.say(wire.Ping(5))
    assert talk.hear() == wire.Pong(5)


def test_a_line_that_is_too_long_is_one_error_only() -> None:
    source = io.BytesIO(
        wire.encode(wire.Hello()) + b"x" * (3 << 20) + b"\n" + wire.encode(wire.Ping(2))
    )
    sink = io.BytesIO()
    Server(source, sink, lambda settings: Conversation(succeed), lambda: None).serve()
    _, failure, pong = (wire.decode(line) for line in sink.getvalue().splitlines())
    assert isinstance(failure, wire.Failure)
    assert pong == wire.Pong(2)


def test_ping_is_answered_while_a_job_runs_and_cancel_ends_it(tmp_path: Path) -> None:
    talk = Conversation(wait_for_cancel)
    talk.say(wire.Hello(), wire.Submit("a", str(tmp_path), REQUEST))
    assert [type(talk.hear()) for _ in range(3)] == [wire.Hello, wire.Accepted, wire.Progress]
    talk.say(wire.Ping(3))
    assert talk.hear() == wire.Pong(3)
    talk.say(wire.Cancel("a"))
    assert talk.hear() == wire.Cancelled("a")
    assert not (tmp_path / "result.json").exists()


def test_a_waiting_job_is_cancelled_at_once_and_the_running_one_goes_on(tmp_path: Path) -> None:
    talk = Conversation(wait_for_cancel)
    talk.say(wire.Hello(), *(wire.Submit(name, str(tmp_path), REQUEST) for name in "ab"))
    heard = [talk.hear() for _ in range(4)]
    assert wire.Accepted("b", 1) in heard
    talk.say(wire.Cancel("b"), wire.Cancel("a"))
    assert [talk.hear(), talk.hear()] == [wire.Cancelled("b"), wire.Cancelled("a")]


def test_a_failing_job_does_not_stop_the_next(tmp_path: Path) -> None:
    def fail_once(job: Job, emit: Emit) -> JobResult:
        if job.id == "bad":
            raise ZeroDivisionError("a bug")
        return succeed(job, emit)

    talk = Conversation(fail_once)
    talk.say(wire.Hello())
    talk.hear()
    talk.say(*(wire.Submit(name, str(tmp_path), REQUEST) for name in ("bad", "good")))
    heard = [talk.hear() for _ in range(4)]
    failure = next(message for message in heard if isinstance(message, wire.Failure))
    assert (failure.job, failure.code) == ("bad", ErrorCode.INTERNAL)
    assert "ZeroDivisionError: a bug" in failure.user_text
    assert "fail_once" in failure.detail
    assert heard[-1] == wire.Result("good")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory"
        ),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    ],
)
def test_running_out_of_memory_frees_the_models_and_advises(
    error: Exception, tmp_path: Path
) -> None:
    def run_out(job: Job, emit: Emit) -> JobResult:
        raise error

    talk = Conversation(run_out)
    talk.say(wire.Hello(), wire.Submit("a", str(tmp_path), REQUEST))
    failure = [talk.hear() for _ in range(3)][-1]
    assert isinstance(failure, wire.Failure)
    assert failure.code is ErrorCode.OUT_OF_MEMORY
    assert "draft" in failure.user_text
    assert talk.releases == 1


@pytest.mark.parametrize(
    ("submit", "code"),
    [
        (wire.Submit("a", "{folder}", JobRequest()), ErrorCode.NOTHING_TO_MAKE),
        (wire.Submit("a", "{folder}", JobRequest(prompt="a", seed=-1)), ErrorCode.BAD_REQUEST),
        (wire.Submit("../a", "{folder}", REQUEST), ErrorCode.BAD_REQUEST),
        (wire.Submit("a", "{folder}/missing", REQUEST), ErrorCode.JOB_FOLDER),
        (wire.Submit("a", "relative", REQUEST), ErrorCode.JOB_FOLDER),
    ],
)
def test_a_bad_submission_is_refused_by_its_own_id(
    submit: wire.Submit, code: ErrorCode, tmp_path: Path
) -> None:
    talk = Conversation(succeed)
    folder = submit.folder.replace("{folder}", str(tmp_path))
    talk.say(wire.Hello(), wire.Submit(submit.job, folder, submit.request))
    talk.hear()
    failure = talk.hear()
    assert isinstance(failure, wire.Failure)
    assert (failure.job, failure.code) == (submit.job, code)
    talk.say(wire.Submit("next", str(tmp_path), REQUEST))
    assert [talk.hear(), talk.hear()] == [wire.Accepted("next"), wire.Result("next")]


def test_a_folder_that_became_unwritable_is_a_folder_error(tmp_path: Path) -> None:
    def spoil_the_folder(job: Job, emit: Emit) -> JobResult:
        job.folder.rmdir()
        return succeed(job, emit)

    (tmp_path / "job").mkdir()
    talk = Conversation(spoil_the_folder)
    talk.say(wire.Hello(), wire.Submit("a", str(tmp_path / "job"), REQUEST))
    failure = [talk.hear() for _ in range(3)][-1]
    assert isinstance(failure, wire.Failure)
    assert failure.code is ErrorCode.JOB_FOLDER


def test_the_end_of_the_input_cancels_the_running_job_and_ends_the_server(tmp_path: Path) -> None:
    talk = Conversation(wait_for_cancel)
    talk.say(wire.Hello(), wire.Submit("a", str(tmp_path), REQUEST))
    assert isinstance([talk.hear() for _ in range(3)][-1], wire.Progress)
    talk.hang_up()
    assert talk.is_over.wait(10)
    assert talk.hear() == wire.Cancelled("a")


def test_importing_the_server_and_the_client_does_not_import_torch() -> None:
    code = "import sys, backend.process.server, backend.process.client; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)

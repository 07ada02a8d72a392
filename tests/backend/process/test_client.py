"""The client: whatever a backend does wrong, its user gets one typed error and no process stays."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import tempfile
import time
from pathlib import Path

import pytest

from backend.errors import HeadsmithError
from backend.process.client import BackendClient
from backend.process.launch import BackendSettings
from backend.process.parent import is_running
from backend.wire.messages import (
    Accepted,
    Progress,
)
from backend.wire.requests import (
    ErrorCode,
    JobRequest,
)

MISBEHAVING = Path(__file__).parents[1] / "fake_backends" / "misbehaving.py"
REQUEST = JobRequest(prompt="a man")


def faulty(fault: str, tmp_path: Path) -> BackendSettings:
    return BackendSettings(
        main=MISBEHAVING,
        log=tmp_path / "backend.log",
        start_timeout_s=0.5 if fault == "never answers" else 60.0,
        ping_every_s=0.2,
        hangs_after_s=3.0 if fault == "hangs" else 60.0,
        stop_timeout_s=0.2,
        environment={"HEADSMITH_FAULT": fault},
    )


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ("ends at once", ErrorCode.BACKEND_START, "no such module: torch"),
        ("never answers", ErrorCode.BACKEND_START, "did not answer"),
        ("garbage at start", ErrorCode.PROTOCOL, "Welcome to Python!"),
        ("other version", ErrorCode.VERSION, "same version"),
    ],
)
def test_a_backend_that_cannot_be_used_is_refused(
    fault: str, code: ErrorCode, says: str, tmp_path: Path
) -> None:
    with pytest.raises(HeadsmithError, match=says) as caught:
        BackendClient(faulty(fault, tmp_path))
    assert caught.value.code is code


def test_a_python_that_does_not_exist_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "no python"
    with pytest.raises(HeadsmithError, match="no python") as caught:
        BackendClient(BackendSettings(python=missing, log=tmp_path / "log"))
    assert caught.value.code is ErrorCode.BACKEND_START


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("dies in the middle", ErrorCode.BACKEND_DIED),
        ("garbage in the middle", ErrorCode.PROTOCOL),
        ("endless line", ErrorCode.PROTOCOL),
        ("hangs", ErrorCode.BACKEND_HANGS),
        ("result outside", ErrorCode.PROTOCOL),
        ("no result file", ErrorCode.PROTOCOL),
    ],
)
def test_a_backend_that_fails_during_a_job_gives_a_typed_error(
    fault: str, code: ErrorCode, tmp_path: Path
) -> None:
    heard: list[object] = []
    with (
        BackendClient(faulty(fault, tmp_path)) as backend,
        pytest.raises(HeadsmithError) as caught,
    ):
        backend.make(REQUEST, tmp_path / "job", heard.append)
    assert caught.value.code is code
    assert heard[:2] == [Accepted("job-1"), Progress("job-1", "guide", 0.1, 5.0)]
    assert not is_running(backend.pid)


def test_the_log_of_a_dead_backend_is_at_hand(tmp_path: Path) -> None:
    backend = BackendClient(faulty("dies in the middle", tmp_path))
    with backend, pytest.raises(HeadsmithError) as caught:
        backend.make(REQUEST, tmp_path / "job")
    assert "Segmentation fault" in caught.value.detail


def test_a_folder_that_cannot_be_made_is_a_folder_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    backend = BackendClient(faulty("hangs", tmp_path))
    with backend, pytest.raises(HeadsmithError) as caught:
        backend.submit(REQUEST, tmp_path / "file" / "job")
    assert caught.value.code is ErrorCode.JOB_FOLDER


def test_the_real_backend_starts_quickly_says_who_it_is_and_ends_when_asked(tmp_path: Path) -> None:
    with BackendClient(BackendSettings(log=tmp_path / "log", device="cpu")) as backend:
        assert backend.hello.python == sys.version.split()[0]
        assert backend.hello.device == "cpu"
        assert backend.hello.torch
        assert backend.start_s < 60.0
        assert is_running(backend.pid)
    assert not is_running(backend.pid)
    assert os.path.getsize(backend.log) == 0


@pytest.mark.parametrize("python", [Path(sys.executable), Path("no python")])
def test_nothing_is_left_in_the_temporary_folder(
    python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with contextlib.suppress(HeadsmithError), BackendClient(BackendSettings(python=python)):
        pass
    assert os.listdir(tmp_path) == []


def test_a_log_with_words_in_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    settings = dataclasses.replace(faulty("ends at once", tmp_path), log=None)
    with pytest.raises(HeadsmithError):
        BackendClient(settings)
    (log,) = tmp_path.iterdir()
    assert log.read_text() == "no such module: torch\n"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_a_killed_backend_had_started_ends_with_it(tmp_path: Path) -> None:
    with BackendClient(faulty("leaves a child", tmp_path)) as backend:
        with pytest.raises(HeadsmithError, match="memory ran out") as caught:
            backend.make(REQUEST, tmp_path / "job")
        assert caught.value.code is ErrorCode.BACKEND_DIED
        child = int(backend.log_tail())
        end = time.monotonic() + 10.0
        while is_running(child) and "Z" not in Path(f"/proc/{child}/stat").read_text():
            assert time.monotonic() < end
            time.sleep(0.02)

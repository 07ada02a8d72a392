"""The backend as a child: what it inherits, where its words go, and the sentence if there is none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from backend.errors import HeadsmithError
from backend.process.launch import BACKEND_MAIN, BackendSettings, start_process
from backend.wire.requests import ErrorCode

TELLS = """
import json, os, sys
words = sys.stdin.readline().strip()
print(json.dumps([words, sys.flags.isolated, sys.executable]), flush=True)
print(os.environ.get("HEADSMITH_TEST"), os.environ.get("PYTHONPATH"), os.environ["HF_HUB_OFFLINE"], file=sys.stderr)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "a backend with spaces.py"
    path.write_text(TELLS)
    return path


def test_messages_go_through_pipes_and_all_else_into_the_log(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/of/another/program")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    log = tmp_path / "log"
    log.write_text("of an earlier start")
    process = start_process(BackendSettings(main=script, environment={"HEADSMITH_TEST": "7"}), log)
    out, nothing = process.communicate(b"hello\n", timeout=60)
    assert out.decode().startswith('["hello", 1, ')
    assert nothing is None
    assert log.read_text() == "7 None 1\n"


def test_what_the_settings_say_wins_over_what_is_cleaned(script: Path, tmp_path: Path) -> None:
    settings = BackendSettings(main=script, environment={"HF_HUB_OFFLINE": "0"})
    start_process(settings, tmp_path / "log").communicate(b"\n", timeout=60)
    assert (tmp_path / "log").read_text() == "None None 0\n"


@pytest.mark.parametrize("python", ["no python", "."])
def test_a_python_that_cannot_be_run_is_named_with_what_to_do(python: str, tmp_path: Path) -> None:
    """One does not exist, the other is a folder."""
    chosen = tmp_path / python
    with pytest.raises(HeadsmithError) as caught:
        start_process(BackendSettings(python=chosen), tmp_path / "log")
    assert caught.value.code is ErrorCode.BACKEND_START
    assert f"Cannot start the backend with {chosen} (" in caught.value.user_text
    assert "choose Python" in caught.value.user_text
    assert caught.value.detail


def test_by_default_this_python_runs_the_backend_that_is_installed() -> None:
    settings = BackendSettings()
    assert settings.python == Path(sys.executable)
    assert settings.main == BACKEND_MAIN
    assert BACKEND_MAIN.name == "__main__.py" and BACKEND_MAIN.parent.name == "backend"
    assert BACKEND_MAIN.is_absolute()


def test_a_backend_may_be_silent_for_much_longer_than_it_is_pinged() -> None:
    settings = BackendSettings()
    assert settings.hangs_after_s > 10 * settings.ping_every_s > settings.ping_every_s > 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has its own groups")
def test_it_stands_in_a_group_of_its_own_so_that_ctrl_c_is_not_meant_for_it(
    script: Path, tmp_path: Path
) -> None:
    process = start_process(BackendSettings(main=script), tmp_path / "log")
    group = os.getpgid(process.pid)
    process.communicate(b"\n", timeout=60)
    assert group == process.pid != os.getpgid(0)

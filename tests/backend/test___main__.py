"""The backend's process: it serves, does its tasks, and ends with whoever started it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import trimesh

from backend import wire
from backend.process.launch import BACKEND_MAIN
from backend.process.parent import is_running

ROOT = BACKEND_MAIN.parent.parent


@pytest.fixture
def raw_backend() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-u", str(BACKEND_MAIN)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    yield process
    process.kill()
    process.communicate()


def test_the_process_ends_with_its_input(raw_backend: subprocess.Popen[bytes]) -> None:
    out, _ = raw_backend.communicate(wire.encode(wire.Hello()), timeout=20)
    assert isinstance(wire.decode(out), wire.Hello)
    assert raw_backend.returncode == 0


def test_ctrl_c_in_the_terminal_does_not_end_the_process(
    raw_backend: subprocess.Popen[bytes],
) -> None:
    assert raw_backend.stdin is not None
    assert raw_backend.stdout is not None
    raw_backend.stdin.write(wire.encode(wire.Hello()))
    raw_backend.stdin.flush()
    raw_backend.stdout.readline()
    raw_backend.send_signal(signal.SIGINT)
    raw_backend.stdin.write(wire.encode(wire.Ping(4)))
    raw_backend.stdin.flush()
    assert wire.decode(raw_backend.stdout.readline()) == wire.Pong(4)


@pytest.mark.skipif(sys.platform == "win32", reason="uses os.fork")
def test_the_process_ends_with_its_parent_even_if_the_pipe_stays_open(tmp_path: Path) -> None:
    """The parent is killed while another process still holds the writing end of the backend's stdin."""
    parent = textwrap.dedent(
        f"""
        import os, sys, time
        from pathlib import Path
        from backend.process.client import BackendClient
        backend = BackendClient()
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        Path({str(tmp_path / "pid")!r}).write_text(str(backend.pid))
        os.kill(os.getpid(), 9)
        """
    )
    subprocess.run([sys.executable, "-c", parent], cwd=ROOT, check=False, timeout=60)
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 20
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_running(pid)


def test_nothing_but_messages_comes_out_even_of_a_folder_with_modules_of_the_same_names(
    tmp_path: Path,
) -> None:
    """Neither the folder where it runs nor the variables of Python get anything in."""
    for name in ("json", "backend", "signal"):
        (tmp_path / f"{name}.py").write_text("print('I am not the real one')")
    process = subprocess.run(
        [sys.executable, "-I", "-u", str(BACKEND_MAIN)],
        input=wire.encode(wire.Hello()) + wire.encode(wire.Ping(7)),
        capture_output=True,
        cwd=tmp_path,
        timeout=60,
    )
    hello, pong = (wire.decode(line) for line in process.stdout.splitlines())
    assert isinstance(hello, wire.Hello)
    assert pong == wire.Pong(7)
    assert process.stderr == b""


def test_what_libraries_print_goes_to_the_log_and_none_reads_the_messages() -> None:
    """Even what native code writes to the standard output's own number."""
    script = textwrap.dedent(
        f"""
        import os, runpy, sys
        entry = runpy.run_path({str(BACKEND_MAIN)!r}, run_name="entry")
        before = list(sys.path)
        source, sink = entry["take_standard_streams"]()
        entry["import_the_package"]()
        import backend.wire
        print("a library's words", flush=True)
        os.write(1, b"native words")
        sink.write(repr([os.read(0, 10), source.readline(), sys.path == before]).encode())
        sink.flush()
        """
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], input=b"a message\n", capture_output=True, timeout=60
    )
    assert done.stdout == b"[b'', b'a message\\n', True]"
    assert done.stderr.splitlines() == [b"a library's words", b"native words"]


def test_unwrapping_is_a_task_of_its_own_with_an_exit_code(tmp_path: Path) -> None:
    ball = trimesh.creation.icosphere(1)
    given, made = tmp_path / "given.npz", tmp_path / "made.npz"
    np.savez(given, vertices=np.array(ball.vertices), faces=np.array(ball.faces), texture_px=256)
    command = [sys.executable, "-I", str(BACKEND_MAIN), "unwrap"]
    assert subprocess.run([*command, given, made], timeout=60).returncode == 0
    with np.load(made) as arrays:
        assert arrays["uvs"].shape == (80, 3, 2)
    failed = subprocess.run([*command, tmp_path / "none", made], capture_output=True, timeout=60)
    assert failed.returncode == 1
    assert b"FileNotFoundError" in failed.stderr


def test_its_sentences_are_json_lines(raw_backend: subprocess.Popen[bytes]) -> None:
    out, _ = raw_backend.communicate(wire.encode(wire.Hello()) + b"what?\n", timeout=60)
    hello, failure = (json.loads(line) for line in out.splitlines())
    assert (hello["type"], failure["type"], failure["code"]) == ("hello", "failure", "protocol")

"""The backend's process: what it inherits, that its pipes are its own, and that it ends with all its children."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from backend.process.parent import is_running
from backend.wire.child_process import (
    SET_VARIABLES,
    backend_command,
    clean_environment,
    kill_backend,
    start_backend,
)

# Starts a child that would run for a minute, and tells its id.
STARTS_ANOTHER = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def test_what_another_program_set_for_itself_is_dropped_and_the_rest_kept() -> None:
    foreign = {
        "PYTHONPATH": "/other", "PYTHONHOME": "/other", "LD_PRELOAD": "a.so", "LD_LIBRARY_PATH": "/o",
        "DYLD_INSERT_LIBRARIES": "a", "SNAP_NAME": "blender", "CONDA_PREFIX": "/c",
        "VIRTUAL_ENV": "/v", "APPIMAGE": "/a",
    }  # fmt: skip
    own = {"PATH": "/bin", "HOME": "/me", "CUDA_VISIBLE_DEVICES": "1", "OMP_NUM_THREADS": "3"}
    assert clean_environment(foreign | own) == own | SET_VARIABLES


def test_what_is_set_wins_over_what_was_there() -> None:
    assert clean_environment({"HF_HUB_OFFLINE": "0"})["HF_HUB_OFFLINE"] == "1"


def test_the_script_runs_isolated_in_its_folder_with_pipes_of_its_own(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys\n"
        "print(os.getcwd(), os.environ['MARK'], sys.flags.isolated, sys.stdin.readline().strip())\n"
        "print('a word', file=sys.stderr)\n"
    )
    with (tmp_path / "log").open("wb") as log:
        process = start_backend(
            backend_command(Path(sys.executable), script),
            log,
            {**os.environ, "MARK": "7"},
            tmp_path,
        )
        out, _ = process.communicate(b"hello\n", timeout=60)
    assert out.decode().split() == [os.path.realpath(tmp_path), "7", "1", "hello"]
    assert (tmp_path / "log").read_text() == "a word\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there its children end with their pipes")
def test_what_it_had_started_ends_with_it(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        process = start_backend([sys.executable, "-c", STARTS_ANOTHER], log, os.environ)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    assert is_running(child)
    kill_backend(process)
    process.communicate(timeout=60)
    patience = time.monotonic() + 30.0
    while is_alive(child) and time.monotonic() < patience:
        time.sleep(0.02)
    assert not is_alive(child)


def is_alive(pid: int) -> bool:
    """Whether it runs and is no zombie that nobody has waited for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return is_running(pid) and not Path("/proc").is_dir()
    return state != "Z"

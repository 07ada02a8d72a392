"""The child process: a clean environment, a log of its own, and nothing left of it at the end."""

import os
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ..in_blender import part


def start(script: str, folder: Path) -> Any:
    file = folder / "script.py"
    file.write_text(script)
    child = part("child")
    return child.BackendChild(child.Launch(Path(sys.executable), file, folder / "backend.log"))


def wait_for(condition: Any) -> None:
    end = time.monotonic() + 10.0
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="a linker that reads LD_LIBRARY_PATH")
def test_what_blenders_start_set_does_not_reach_the_backend(
    extension: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = ("LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "PYTHONHOME", "APPDIR", "SNAP_NAME")
    for name in (*foreign, "CUDA_VISIBLE_DEVICES"):
        monkeypatch.setenv(name, "0")
    child = start("import os, sys; sys.stderr.write(str(sorted(os.environ)))", tmp_path)
    wait_for(lambda: child.exit_code is not None)
    names = (tmp_path / "backend.log").read_text()
    child.kill()
    assert [name for name in foreign if repr(name) in names] == []
    assert all(repr(name) in names for name in ("CUDA_VISIBLE_DEVICES", "PATH", "HF_HUB_OFFLINE"))


def test_what_it_prints_to_stderr_is_in_the_log(extension: ModuleType, tmp_path: Path) -> None:
    child = start("import sys; sys.stderr.write('first\\nno module named x\\n')", tmp_path)
    wait_for(lambda: child.exit_code is not None)
    assert child.log_tail() == "no module named x"
    child.kill()


def test_the_log_before_is_kept_beside_the_new_one(extension: ModuleType, tmp_path: Path) -> None:
    for word in ("one", "two"):
        child = start(f"import sys; sys.stderr.write('{word}')", tmp_path)
        wait_for(lambda child=child: child.exit_code is not None)
        child.kill()
    assert (tmp_path / "backend.log").read_text() == "two"
    assert (tmp_path / "backend.previous.log").read_text() == "one"


@pytest.mark.skipif(sys.platform == "win32", reason="process groups of POSIX")
def test_killing_it_kills_what_it_started(extension: ModuleType, tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "sys.stderr.write(str(p.pid)); sys.stderr.flush(); time.sleep(60)"
    )
    child = start(script, tmp_path)
    wait_for(child.log_tail)
    grandchild = int(child.log_tail())
    child.kill()
    assert child.exit_code is not None
    # A zombie may wait for the process that reaps it; it runs no longer.
    wait_for(lambda: not _runs(grandchild))


@pytest.mark.skipif(sys.platform == "win32", reason="process groups of POSIX")
def test_what_it_started_is_killed_too_when_it_was_killed_itself(
    extension: ModuleType, tmp_path: Path
) -> None:
    script = (
        "import os, subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "sys.stderr.write(str(p.pid)); sys.stderr.flush(); os.kill(os.getpid(), 9)"
    )
    child = start(script, tmp_path)
    wait_for(lambda: child.exit_code is not None)
    grandchild = int(child.log_tail())
    child.kill()
    wait_for(lambda: not _runs(grandchild))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return status != "Z"


def test_a_polite_end_is_waited_for_and_an_impolite_one_forced(
    extension: ModuleType, tmp_path: Path
) -> None:
    polite = start("import sys; sys.stdin.readline()", tmp_path)
    polite.end(5.0)
    assert polite.exit_code == 0
    deaf = start("import time; time.sleep(60)", tmp_path)
    began = time.monotonic()
    deaf.end(0.2)
    assert time.monotonic() - began < 3.0
    assert deaf.exit_code not in (None, 0)


def test_a_log_that_cannot_be_written_is_told(extension: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    child, script = part("child"), tmp_path / "script.py"
    launch = child.Launch(Path(sys.executable), script, tmp_path / "in the way" / "backend.log")
    with pytest.raises(ValueError, match="could not be started") as caught:
        child.BackendChild(launch)
    assert caught.value.code.value == "backend_start"

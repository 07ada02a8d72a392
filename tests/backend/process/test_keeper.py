"""The keeper runs the backend's own tasks, passes their exit codes on, and ends them when its input ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh

from backend.process.keeper import MEMORY_EXIT_CODE, end_kept, start_kept
from backend.process.parent import is_running
from backend.process.unwrapping import unwrap_apart
from backend.surface.build import Shape
from backend.surface.unwrap import unwrap_uvs

from ...source_tree import ROOT


def shape_file(folder: Path, subdivisions: int) -> tuple[Path, Path]:
    """What is unwrapped, written, and where the UVs will be."""
    ball = trimesh.creation.icosphere(subdivisions)
    given = folder / "shape.npz"
    np.savez(given, vertices=np.array(ball.vertices), faces=np.array(ball.faces), texture_px=512)
    return given, folder / "uvs.npz"


def children(pid: int) -> list[int]:
    """The processes that one started and that still run."""
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(word) for word in words]


def is_alive(pid: int) -> bool:
    """Whether it runs and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30.0
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_work_is_done_as_here(tmp_path: Path) -> None:
    given, made = shape_file(tmp_path, 1)
    keeper = start_kept("unwrap", given, made)
    assert keeper.wait(60) == 0
    end_kept(keeper)
    ball = trimesh.creation.icosphere(1)
    with np.load(made) as arrays:
        expected = unwrap_uvs(np.array(ball.vertices), np.array(ball.faces), 512)
        assert np.array_equal(arrays["uvs"], expected)


def test_the_exit_code_of_failed_work_is_passed_on(tmp_path: Path) -> None:
    keeper = start_kept("unwrap", tmp_path / "missing.npz", tmp_path / "uvs.npz")
    assert keeper.wait(60) == 1
    end_kept(keeper)
    assert not (tmp_path / "uvs.npz").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_work_that_the_system_killed_has_run_out_of_memory(tmp_path: Path) -> None:
    keeper = start_kept("unwrap", *shape_file(tmp_path, 6))
    wait_for(lambda: children(keeper.pid))
    os.kill(children(keeper.pid)[0], signal.SIGKILL)
    assert keeper.wait(60) == MEMORY_EXIT_CODE
    end_kept(keeper)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_ending_it_leaves_neither_keeper_nor_work(tmp_path: Path) -> None:
    given, made = shape_file(tmp_path, 6)
    keeper = start_kept("unwrap", given, made)
    wait_for(lambda: children(keeper.pid))
    (work,) = children(keeper.pid)
    began = time.monotonic()
    end_kept(keeper)
    assert time.monotonic() - began < 10.0
    assert not is_running(keeper.pid)
    assert not is_alive(work)
    assert not made.exists()


def test_ending_it_twice_or_after_its_end_does_no_harm(tmp_path: Path) -> None:
    keeper = start_kept("unwrap", tmp_path / "missing.npz", tmp_path / "uvs.npz")
    keeper.wait(60)
    end_kept(keeper)
    end_kept(keeper)
    assert keeper.returncode == 1


def members(session: int) -> list[int]:
    """The processes of a session that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session = status.read_text().rpartition(")")[2].split()[:4]
        except OSError:  # it ended meanwhile
            continue
        if int(its_session) == session and state != "Z":
            found.append(int(status.parent.name))
    return found


def unwrap_for_long(folder: Path) -> None:
    """What a backend does that is then killed."""
    ball = trimesh.creation.icosphere(6)
    shape = Shape(np.asarray(ball.vertices, np.float64), np.asarray(ball.faces, np.int64))
    unwrap_apart(shape, 2048, folder, lambda share: None)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_goes_on_unwrapping_for_a_backend_that_was_killed(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.backend.process.test_keeper import unwrap_for_long\n"
        "unwrap_for_long(Path(sys.argv[1]))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as backend:
        wait_for(lambda: len(members(backend.pid)) == 3)
        backend.kill()
        wait_for(lambda: members(backend.pid) == [])

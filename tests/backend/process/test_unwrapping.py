"""Unwrapping apart gives the same UVs, does not hold Python's lock, and can be ended."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh

from backend.errors import JobCancelledError
from backend.process import unwrapping
from backend.process.launch import BACKEND_MAIN
from backend.process.unwrapping import unwrap_apart
from backend.surface.build import Shape
from backend.surface.triangle_packing import pack_triangles
from backend.surface.unwrap import unwrap_uvs


def ball(subdivisions: int) -> Shape:
    mesh = trimesh.creation.icosphere(subdivisions)
    return Shape(np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64))


def test_the_uvs_are_those_of_unwrapping_here(tmp_path: Path) -> None:
    shape = ball(3)
    shares: list[float] = []
    uvs, peak_mib = unwrap_apart(shape, 256, tmp_path, shares.append)
    assert np.array_equal(uvs, unwrap_uvs(shape.vertices, shape.faces, 256))
    assert shares == sorted(shares)
    assert peak_mib > 10
    assert os.listdir(tmp_path) == []


def test_what_is_not_cut_in_time_is_packed_triangle_by_triangle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unwrapping, "PATIENCE_S", 0.1)
    monkeypatch.setattr(unwrapping, "SLOWEST", 0.0)
    shape = ball(6)
    began = time.monotonic()
    uvs, _ = unwrap_apart(shape, 1024, tmp_path, lambda share: None)
    assert time.monotonic() - began < 20.0
    assert np.array_equal(uvs, pack_triangles(shape.vertices, shape.faces, 1024))
    assert os.listdir(tmp_path) == []


def test_another_thread_goes_on_meanwhile(tmp_path: Path) -> None:
    gaps: list[float] = []
    is_over = threading.Event()

    def tick() -> None:
        last = time.monotonic()
        while not is_over.wait(0.02):
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    clock = threading.Thread(target=tick)
    clock.start()
    began = time.monotonic()
    unwrap_apart(ball(4), 512, tmp_path, lambda share: None)
    seconds = time.monotonic() - began
    is_over.set()
    clock.join()
    assert max(gaps) < 0.5 * seconds


def test_a_cancellation_ends_the_process_at_once(tmp_path: Path) -> None:
    def cancel(share: float) -> None:
        raise JobCancelledError

    began = time.monotonic()
    with pytest.raises(JobCancelledError):
        unwrap_apart(ball(6), 2048, tmp_path, cancel)
    assert time.monotonic() - began < 20.0
    assert os.listdir(tmp_path) == []


def members(session: int) -> list[int]:
    """The processes of a session that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            state, _, _, its_session = status.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                found.append(int(status.parent.name))
    return found


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30.0
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_goes_on_unwrapping_for_a_backend_that_was_killed(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.backend.process.test_unwrapping import ball, unwrap_apart\n"
        "unwrap_apart(ball(6), 2048, Path(sys.argv[1]), lambda share: None)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, cwd=BACKEND_MAIN.parents[1], start_new_session=True) as backend:
        wait_for(lambda: len(members(backend.pid)) == 3)
        backend.kill()
        wait_for(lambda: members(backend.pid) == [])

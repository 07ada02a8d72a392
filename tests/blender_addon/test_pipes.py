"""The pipes: nothing waits, nothing is lost, whatever the other side does."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest

from ..in_blender import part


@contextmanager
def child(script: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def test_reading_returns_at_once_when_nothing_has_come(extension: ModuleType) -> None:
    with child("import time; time.sleep(30)") as process:
        reader = part("pipes").PipeReader(process.stdout)
        began = time.perf_counter()
        assert reader.read() == b""
        assert time.perf_counter() - began < 0.1
        assert not reader.is_closed


def test_everything_that_was_written_is_read_before_the_end_is_told(extension: ModuleType) -> None:
    with child("import sys; sys.stdout.buffer.write(bytes(range(256)) * 20000)") as process:
        reader, received = part("pipes").PipeReader(process.stdout), b""
        while not reader.is_closed:
            piece = reader.read()
            assert len(piece) <= part("pipes").MAX_READ + part("pipes").READ_SIZE
            received += piece
        assert received == bytes(range(256)) * 20000


def test_writing_does_not_wait_for_a_child_that_does_not_read(extension: ModuleType) -> None:
    with child("import time; time.sleep(30)") as process:
        writer = part("pipes").PipeWriter(process.stdin)
        began = time.perf_counter()
        writer.write(b"x" * 5_000_000)
        assert time.perf_counter() - began < 0.5


def test_what_a_slow_child_did_not_take_is_sent_later(extension: ModuleType) -> None:
    script = "import sys, time; time.sleep(0.3); print(len(sys.stdin.buffer.readline()))"
    with child(script) as process:
        writer = part("pipes").PipeWriter(process.stdin)
        reader = part("pipes").PipeReader(process.stdout)
        writer.write(b"x" * 500_000 + b"\n")
        received, end = b"", time.monotonic() + 10.0
        while not received.endswith(b"\n") and time.monotonic() < end:
            writer.flush()
            received += reader.read()
        assert received.strip() == b"500001"


@pytest.mark.parametrize("times", [1, 2])
def test_writing_to_a_child_that_is_gone_is_no_error(extension: ModuleType, times: int) -> None:
    with child("") as process:
        process.wait()
        writer = part("pipes").PipeWriter(process.stdin)
        for _ in range(times):
            writer.write(b"anybody there?\n")


def test_a_full_pipe_of_windows_keeps_the_rest_for_later(
    extension: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipes = part("pipes")
    taken, room = bytearray(), 4096

    def write(descriptor: int, piece: bytes) -> int:
        if len(taken) + len(piece) > room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken.extend(piece)
        return len(piece)

    message = bytes(range(256)) * 40
    with child("import time; time.sleep(30)") as process:
        writer = pipes.PipeWriter(process.stdin)
        monkeypatch.setattr(os, "write", write)
        writer.write(message)
        assert len(taken) == 4096
        for _ in range(3):
            room += 4096
            writer.flush()
    assert bytes(taken) == message


def test_what_waits_for_a_pipe_that_breaks_is_dropped(
    extension: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(descriptor: int, piece: bytes) -> int:
        tries.append(len(piece))
        raise OSError(errno.EPIPE, "Broken pipe")

    tries: list[int] = []
    with child("import time; time.sleep(30)") as process:
        writer = part("pipes").PipeWriter(process.stdin)
        monkeypatch.setattr(os, "write", write)
        writer.write(b"x" * 10_000)
        writer.flush()
    assert tries == [4096]

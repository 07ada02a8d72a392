"""The outbox: nobody waits for a client that does not read, and nothing that counts is lost."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from backend import wire
from backend.process.outbox import MAX_WAITING, Outbox

LONG = "x" * 1000


@pytest.fixture
def pipe() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Its reading and its writing end; the pipe holds some 64 lines of LONG."""
    there, back = os.pipe()
    with open(there, "rb") as source, open(back, "wb") as sink:
        yield source, sink


def test_what_waits_at_the_end_is_sent_to_a_slow_reader(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    source, sink = pipe
    outbox, count, heard = Outbox(sink, lambda: None), 300, list[wire.Message]()

    def read_slowly() -> None:
        time.sleep(0.3)
        while len(heard) < count + 1:
            heard.append(wire.decode(source.readline()))

    for number in range(count):
        outbox.put(wire.Notice("a", f"{number} {LONG}"))
    outbox.put(wire.Result("a"))
    reader = threading.Thread(target=read_slowly)
    reader.start()
    outbox.flush(20.0)
    reader.join(20.0)
    assert [m.text.split()[0] for m in heard if isinstance(m, wire.Notice)] == [
        str(number) for number in range(count)
    ]
    assert heard[-1] == wire.Result("a")


def test_the_end_does_not_wait_for_ever(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    source, sink = pipe
    outbox = Outbox(sink, lambda: None)
    for _ in range(200):
        outbox.put(wire.Notice("a", LONG))
    began = time.monotonic()
    outbox.flush(0.2)
    assert 0.15 < time.monotonic() - began < 5.0
    while b'"z"' not in source.readline():
        outbox.put(wire.Notice("z", "z"))


def test_the_newest_progress_of_each_job_waits(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    source, sink = pipe
    outbox = Outbox(sink, lambda: None)
    for _ in range(100):  # more than the pipe takes
        outbox.put(wire.Notice("a", LONG))
    for fraction in (0.1, 0.2, 0.3):
        for job in "ab":
            outbox.put(wire.Progress(job, "guide", fraction, -1.0))
    outbox.put(wire.Result("a"))
    heard = [wire.decode(source.readline()) for _ in range(103)]
    last = [wire.Progress("a", "guide", 0.3, -1.0), wire.Progress("b", "guide", 0.3, -1.0)]
    assert heard[100:] == [*last, wire.Result("a")]


def test_a_client_that_only_asks_has_to_wait(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    source, sink = pipe
    outbox, has_room = Outbox(sink, lambda: None), threading.Event()
    for _ in range(MAX_WAITING + 100):
        outbox.put(wire.Notice("a", LONG))

    def wait() -> None:
        outbox.wait_for_room()
        has_room.set()

    threading.Thread(target=wait, daemon=True).start()
    assert not has_room.wait(0.2)
    for _ in range(200):
        source.readline()
    assert has_room.wait(10.0)
    for _ in range(MAX_WAITING - 100):
        source.readline()


def test_a_client_that_is_gone_is_told_once_and_holds_nobody_up() -> None:
    there, back = os.pipe()
    os.close(there)
    gone = threading.Semaphore(0)
    outbox = Outbox(open(back, "wb", buffering=0), gone.release)  # noqa: SIM115 the outbox's
    outbox.put(wire.Pong())
    assert gone.acquire(timeout=10.0)
    outbox.put(wire.Pong())
    outbox.wait_for_room()
    outbox.flush(10.0)
    assert not gone.acquire(timeout=0.1)

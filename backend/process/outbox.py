"""What the backend has to say, until the other side reads it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import BinaryIO

from ..wire.messages import Message, Preview, Progress, encode

MAX_WAITING = 1000  # lines; a client that asks for more without reading has to wait


class Outbox:
    """Lines for a client that may not read for a while: whoever puts one in never waits for it.

    Of a job's progress and of its previews only the newest waits; everything else is kept, in its order. A thread
    writes.
    """

    def __init__(self, sink: BinaryIO, on_client_gone: Callable[[], None]) -> None:
        """`on_client_gone` is called from the writing thread when the sink is broken."""
        self._sink = sink
        self._on_client_gone = on_client_gone
        self._changed = threading.Condition()
        self._waiting: dict[Hashable, bytes] = {}  # in the order in which they go out
        self._count = 0
        self._is_writing = False
        self._is_broken = False
        threading.Thread(target=self._write, name="writer", daemon=True).start()

    def put(self, message: Message) -> None:
        """Send `message` as soon as the other side reads. Raises ValueError for numbers that JSON lacks."""
        line = encode(message)
        with self._changed:
            if self._is_broken:
                return
            self._count += 1
            key: Hashable = self._count
            if isinstance(message, (Progress, Preview)):
                key = (type(message), message.job)
            self._waiting.pop(key, None)
            self._waiting[key] = line
            self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Return once fewer than MAX_WAITING lines wait; for who would otherwise go on asking for more."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_broken or len(self._waiting) < MAX_WAITING)

    def flush(self, patience_s: float) -> None:
        """Wait until everything is written, at most so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._is_writing, patience_s)

    def _write(self) -> None:
        while True:
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting)
                line = self._waiting.pop(next(iter(self._waiting)))
                self._is_writing = True
            try:
                self._sink.write(line)
                self._sink.flush()
            except (OSError, ValueError):  # ValueError: the stream was closed on this side
                break
        with self._changed:
            self._is_broken, self._is_writing = True, False
            self._waiting.clear()
            self._changed.notify_all()
        self._on_client_gone()

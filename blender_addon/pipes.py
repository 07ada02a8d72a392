"""Reading and writing the pipes of a child process without ever waiting for it."""

from __future__ import annotations

import errno
import os
import sys
from typing import IO

READ_SIZE = 1 << 16
MAX_READ = 1 << 20  # one call takes at most this much, so that a flood cannot hold Blender up
WRITE_SIZE = (
    1 << 12
)  # the size of an anonymous pipe on Windows, which takes a piece whole or not at all
FULL_PIPE = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOSPC)  # the last on Windows alone

if sys.platform == "win32":
    import ctypes
    import msvcrt

    _PIPE_NOWAIT = ctypes.c_ulong(1)

    def _waiting_bytes(descriptor: int) -> int:
        """Bytes that can be read now; -1 when the other side has closed the pipe."""
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(descriptor))
        count = ctypes.c_ulong()
        is_open = ctypes.windll.kernel32.PeekNamedPipe(
            handle, None, 0, None, ctypes.byref(count), None
        )
        return count.value if is_open else -1

    def _make_writing_not_wait(descriptor: int) -> None:
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(descriptor))
        ctypes.windll.kernel32.SetNamedPipeHandleState(
            handle, ctypes.byref(_PIPE_NOWAIT), None, None
        )

    def _read_some(descriptor: int) -> bytes | None:
        """Up to READ_SIZE bytes that are there, None when nothing is; b"" at the end."""
        count = _waiting_bytes(descriptor)
        if count == 0:
            return None
        return os.read(descriptor, min(count, READ_SIZE)) if count > 0 else b""

else:

    def _make_writing_not_wait(descriptor: int) -> None:
        os.set_blocking(descriptor, False)

    def _read_some(descriptor: int) -> bytes | None:
        """Up to READ_SIZE bytes that are there, None when nothing is; b"" at the end."""
        os.set_blocking(descriptor, False)
        try:
            return os.read(descriptor, READ_SIZE)
        except BlockingIOError:
            return None


class PipeReader:
    """The reading end of a child's output."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.is_closed = False

    def read(self) -> bytes:
        """What has arrived since the last call, perhaps nothing; sets `is_closed` at the end."""
        pieces: list[bytes] = []
        size = 0
        while size < MAX_READ and not self.is_closed:
            try:
                piece = _read_some(self._stream.fileno())
            except OSError:
                piece = b""
            if piece is None:
                break
            self.is_closed = not piece
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces)


class PipeWriter:
    """The writing end of a child's input; what the pipe does not take now is kept for later."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._pending = bytearray()
        _make_writing_not_wait(stream.fileno())

    def write(self, data: bytes) -> None:
        """Add `data` to what is to be sent, and send what can be sent."""
        self._pending += data
        self.flush()

    def flush(self) -> None:
        """Send as much as the pipe takes. A child that is gone is noticed by its exit, not here."""
        while self._pending:
            try:
                sent = os.write(self._stream.fileno(), self._pending[:WRITE_SIZE])
            except OSError as error:
                if error.errno not in FULL_PIPE:
                    self._pending.clear()
                return
            if not sent:
                return
            del self._pending[:sent]

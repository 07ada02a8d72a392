"""What goes wrong in the backend, as typed errors with one sentence for the user."""

from __future__ import annotations

import contextlib
import traceback

from .wire.folders import FULL_DISK, folder_remedy
from .wire.messages import (
    Failure,
)
from .wire.requests import (
    ErrorCode,
    RequestError,
)

_TORCH_OUT_OF_MEMORY = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "cannot allocate memory",
)

_MAX_TEXT, _MAX_DETAIL = 2000, 20_000  # characters of a message


class HeadsmithError(Exception):
    """A failure with a code, for the add-on, and a sentence that tells the user what to do."""

    def __init__(
        self, code: ErrorCode, user_text: str, detail: str = "", retryable: bool = False
    ) -> None:
        super().__init__(user_text)
        self.code = code
        self.user_text = user_text
        self.detail = detail
        self.retryable = retryable


class JobCancelledError(Exception):
    """Raised inside a job at the first step after its user cancelled it."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python, numpy or torch, which says it in a RuntimeError, ran out of memory."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    is_candidate = isinstance(error, (RuntimeError, OSError))
    return is_candidate and any(words in text for words in _TORCH_OUT_OF_MEMORY)


def is_disk_full(error: BaseException) -> bool:
    """Whether `error`, or what it was raised from, came of a disk without room."""
    cause = error.__cause__ or error
    return isinstance(cause, OSError) and cause.errno in FULL_DISK


def typed_error(error: BaseException) -> HeadsmithError:
    """The HeadsmithError that tells the user what `error` means for them."""
    if isinstance(error, HeadsmithError):
        return error
    detail = "".join(traceback.format_exception(error))
    if isinstance(error, RequestError):
        return HeadsmithError(error.code, error.user_text, detail)
    if is_out_of_memory(error):
        return HeadsmithError(
            ErrorCode.OUT_OF_MEMORY,
            "The computer's memory ran out: choose the draft quality, a smaller texture or fewer "
            "faces, or close other programs, and try again.",
            detail,
            retryable=True,
        )
    if isinstance(error, OSError) and is_disk_full(error):
        text = f"The disk is full ({error.strerror}); {folder_remedy(error)}."
        return HeadsmithError(ErrorCode.JOB_FOLDER, text, detail, retryable=True)
    return HeadsmithError(
        ErrorCode.INTERNAL,
        f"Headsmith failed unexpectedly ({type(error).__name__}: {_first_line(error)}); "
        "try again, and report the log if it happens twice.",
        detail,
        retryable=True,
    )


def failure_of(job: str, error: BaseException) -> Failure:
    """The message that reports `error`, cut to fit a line; an empty `job` speaks of the whole backend."""
    typed = typed_error(error)
    text, detail = typed.user_text[:_MAX_TEXT], typed.detail[-_MAX_DETAIL:]
    return Failure(job, typed.code, text, detail, typed.retryable)


def log_traceback(error: BaseException) -> None:
    """Print how `error` came about to the log, which may be on a full disk itself."""
    with contextlib.suppress(OSError, ValueError):
        traceback.print_exception(error)


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200] or "no text"

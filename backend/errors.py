"""What goes wrong in the backend, as typed errors with one sentence for the user."""

from __future__ import annotations

import traceback

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
    return HeadsmithError(
        ErrorCode.INTERNAL,
        f"Headsmith failed unexpectedly ({type(error).__name__}: {_first_line(error)}); "
        "try again, and report the log if it happens twice.",
        detail,
        retryable=True,
    )


def failure_of(job: str, error: BaseException) -> Failure:
    """The message that reports `error`; an empty `job` speaks of the whole backend."""
    typed = typed_error(error)
    return Failure(job, typed.code, typed.user_text, typed.detail, typed.retryable)


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200] or "no text"

"""Every exception becomes one typed sentence."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from backend.errors import HeadsmithError, failure_of, typed_error
from backend.wire.requests import (
    ErrorCode,
    RequestError,
)


def exception_of_torch() -> Exception:
    try:
        torch.empty(1 << 60, dtype=torch.uint8)
    except RuntimeError as error:
        return error
    raise AssertionError("this computer has an exbibyte of memory")


def exception_of_numpy() -> Exception:
    try:
        np.empty(1 << 60, np.uint8)
    except MemoryError as error:
        return error
    raise AssertionError("this computer has an exbibyte of memory")


@pytest.mark.parametrize("make", [exception_of_torch, exception_of_numpy, MemoryError])
def test_real_exhaustion_of_memory_is_recognised(make: type[Exception]) -> None:
    error = typed_error(make())
    assert error.code is ErrorCode.OUT_OF_MEMORY
    assert error.retryable


def test_other_runtime_errors_are_internal_and_name_themselves() -> None:
    error = typed_error(RuntimeError("shapes [1,2] and [3]\nmore lines"))
    assert error.code is ErrorCode.INTERNAL
    assert "RuntimeError: shapes [1,2] and [3])" in error.user_text
    assert "\n" not in error.user_text
    assert "more lines" in error.detail


def test_a_typed_error_stays_as_it_is() -> None:
    error = HeadsmithError(ErrorCode.WEIGHTS, "Get it again.", "bytes", retryable=True)
    failure = failure_of("job-1", error)
    assert (failure.job, failure.code, failure.user_text, failure.detail, failure.retryable) == (
        "job-1",
        ErrorCode.WEIGHTS,
        "Get it again.",
        "bytes",
        True,
    )


def test_a_broken_rule_of_the_request_keeps_its_code() -> None:
    error = typed_error(RequestError("Write a prompt.", ErrorCode.NOTHING_TO_MAKE))
    assert (error.code, error.user_text) == (ErrorCode.NOTHING_TO_MAKE, "Write a prompt.")

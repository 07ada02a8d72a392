"""Driving a dispatcher without Blender's timer, for its tests."""

import os
import time
from collections.abc import Callable
from typing import Any

MakeEntry = Callable[..., Any]


def run(dispatcher: Any, until: Callable[[], bool] | None = None, limit: float = 20.0) -> None:
    """Steps until the dispatcher has nothing to do, or until something holds."""
    end = time.monotonic() + limit
    while dispatcher.is_busy if until is None else not until():
        dispatcher.step(time.monotonic())
        assert time.monotonic() < end, dispatcher.link.status
        time.sleep(0.005)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

"""Driving a session without Blender's timer, for its tests and those of the panels and buttons."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import bpy
import pytest


def pump(session: Any, until: Callable[[], bool] | None = None) -> None:
    """Steps until the session has nothing to do, or until something holds."""
    end = time.monotonic() + 20.0
    while session.is_busy if until is None else not until():
        session.step(time.monotonic())
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def running(session: Any) -> Iterator[Any]:
    """A job that is being made and has its preview; another one waits."""
    bpy.context.scene.headsmith.prompt = "slow"
    bpy.ops.headsmith.generate()
    bpy.ops.headsmith.generate()
    job = session.dispatcher.jobs[0]
    pump(session, lambda: job.preview is not None)
    yield job

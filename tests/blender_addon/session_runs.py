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


def generate(**settings: Any) -> None:
    """Presses Generate with these settings of the panel and waits for the head."""
    for name, value in {"prompt": "an old man", **settings}.items():
        setattr(bpy.context.scene.headsmith, name, value)
    bpy.ops.headsmith.generate(wait=True)


def head() -> Any:
    """The object that a new head made the active one."""
    return bpy.context.view_layer.objects.active


def queue(*prompts: str) -> None:
    """Presses Generate for each prompt and waits for none."""
    for prompt in prompts:
        bpy.context.scene.headsmith.prompt = prompt
        bpy.ops.headsmith.generate()


def states(session: Any) -> list[str]:
    """Of all jobs, oldest first."""
    return [job.state.value for job in session.dispatcher.jobs]

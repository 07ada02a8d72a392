"""What the tests of the add-on share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ..in_blender import MISBEHAVING, extension, part, session, toy_launch, wire
from .bent_head import bent
from .dispatcher_runs import MakeEntry
from .rigify_enabled import rigify
from .session_runs import running

__all__ = [
    "bent",
    "dispatcher",
    "extension",
    "faulty",
    "make_job",
    "patience",
    "rigify",
    "running",
    "session",
]


@pytest.fixture
def patience(extension: ModuleType) -> Any:
    return part("link").Patience(
        hello=20.0, ping_every=0.1, hang=2.0, cancel=10.0, stop=5.0, restart=0.0
    )


@pytest.fixture
def dispatcher(extension: ModuleType, patience: Any, tmp_path: Path) -> Iterator[Any]:
    dispatcher = part("dispatcher").Dispatcher(lambda: toy_launch(tmp_path), patience)
    yield dispatcher
    dispatcher.shutdown(0.5)


@pytest.fixture
def faulty(
    extension: ModuleType, patience: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Any]]:
    """A dispatcher whose backend commits one of the faults of misbehaving.py."""
    made = []

    def make(fault: str) -> Any:
        monkeypatch.setenv("HEADSMITH_FAULT", fault)
        launch = toy_launch(tmp_path, MISBEHAVING)
        made.append(part("dispatcher").Dispatcher(lambda: launch, patience))
        return made[-1]

    yield make
    for dispatcher in made:
        dispatcher.shutdown(0.5)


@pytest.fixture
def make_job(extension: ModuleType, tmp_path: Path) -> MakeEntry:
    jobs, request_type = part("job_entry"), wire().JobRequest

    def make(prompt: str = "a man") -> Any:
        request, job_id = request_type(prompt=prompt), jobs.new_job_id()
        folder = jobs.make_job_folder(tmp_path / "jobs", job_id, request)
        return jobs.JobEntry(request, folder, job_id, prompt)

    return make

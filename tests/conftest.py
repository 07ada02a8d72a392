"""What the whole test run shares: how random tests draw, and the end of a process that holds Blender."""

import os
import sys

import pytest
from hypothesis import settings

# The same examples in every run, and no limit of time for one: computers are busy with other things.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")

EXIT_STATUS = pytest.StashKey[int]()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keeps the exit status for the hard end below."""
    session.config.stash[EXIT_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends the process at once if it holds Blender, after the summary was printed.

    Some releases of Blender's wheel hang or crash while the interpreter shuts down.
    """
    if "bpy" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash.get(EXIT_STATUS, 1))

"""Models for the tests of the whole backend."""

from __future__ import annotations

from pathlib import Path

import pytest

from .tiny_models import write_models


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder whose heads are boxes; made once."""
    return write_models(tmp_path_factory.mktemp("models"))

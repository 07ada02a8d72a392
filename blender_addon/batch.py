"""Batches: a file of prompts becomes one job a line."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..backend.wire import batches as api_batch
from ..backend.wire import messages as api
from .backend_process import session


def read_requests(chosen: str, defaults: api.JobRequest) -> tuple[Path, tuple[api.JobRequest, ...]]:
    """The jobs of the prompts file `chosen`; lines that are of no use go to the panel's messages.

    Raises RequestError with one sentence if nothing can be made of the file.
    """
    if not chosen.strip():
        raise api.RequestError("No batch: choose a text or CSV file with prompts first.")
    path = Path(bpy.path.abspath(chosen.strip()))
    batch = api_batch.read_batch(path, defaults)
    for row in batch.bad_rows:
        session.note("WARNING", row.user_text)
    if not batch.requests:
        raise api.RequestError(f"No line of {path.name} can be used: {batch.bad_rows[0].user_text}")
    return path, batch.requests

"""Batches: a file of prompts becomes one job a line."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..backend import wire
from .session import session


def read_requests(
    chosen: str, defaults: wire.JobRequest
) -> tuple[Path, tuple[wire.JobRequest, ...]]:
    """The jobs of the prompts file `chosen`; lines that are of no use go to the panel's messages.

    Raises RequestError with one sentence if nothing can be made of the file.
    """
    if not chosen.strip():
        raise wire.RequestError("No batch: choose a text or CSV file with prompts first.")
    path = Path(bpy.path.abspath(chosen.strip()))
    batch = wire.read_batch(path, defaults)
    for row in batch.bad_rows:
        session.note("WARNING", row.user_text)
    if not batch.requests:
        raise wire.RequestError(
            f"No line of {path.name} can be used: {batch.bad_rows[0].user_text}"
        )
    return path, batch.requests

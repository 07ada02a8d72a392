"""Batches: a file of prompts becomes one job a line."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..backend import wire
from .panel_parts import duration
from .session import session

ASK_ABOVE = 20  # heads; fewer are soon cancelled


def read_prompts(chosen: str, defaults: wire.JobRequest) -> tuple[Path, wire.PromptBatch]:
    """The prompts file `chosen`. Raises RequestError with one sentence if nothing can be made of it."""
    if not chosen.strip():
        raise wire.RequestError("No batch: choose a text or CSV file with prompts first.")
    path = Path(bpy.path.abspath(chosen.strip()))
    batch = wire.read_batch(path, defaults)
    if not batch.requests:
        raise wire.RequestError(
            f"No line of {path.name} can be used: {batch.bad_rows[0].user_text}"
        )
    return path, batch


def question(batch: wire.PromptBatch) -> str:
    """What the user is asked before so many heads are begun; empty for a few."""
    count = sum(request.count for request in batch.requests)
    if count <= ASK_ABOVE:
        return ""
    left_out = f" {len(batch.bad_rows)} lines cannot be used." if batch.bad_rows else ""
    seconds = session.seconds_per_head(batch.requests[0])
    if seconds <= 0:
        return f"{count} heads.{left_out} Make one first to see how long one takes."
    return f"{count} heads, about {duration(count * seconds)}.{left_out}"

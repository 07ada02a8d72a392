"""How far a whole is, told by its steps."""

from __future__ import annotations

from collections.abc import Sequence

from .grid import OnProgress


def spans(on_progress: OnProgress | None, seconds: Sequence[float]) -> tuple[OnProgress, ...]:
    """What each step of a whole reports to, from 0 to 1 of itself; nothing comes of it if nobody listens.

    Args:
        seconds: that the steps take, about; only their proportions count.
    """
    if on_progress is None:
        return (_ignore,) * len(seconds)
    total, done, steps = sum(seconds), 0.0, []
    for each in seconds:
        steps.append(_span(on_progress, done / total, each / total))
        done += each
    return tuple(steps)


def _span(on_progress: OnProgress, start: float, size: float) -> OnProgress:
    return lambda share: on_progress(start + size * share)


def _ignore(_share: float) -> None:
    """For steps that nobody follows."""

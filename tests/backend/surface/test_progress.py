"""The progress of a whole from that of its steps."""

import pytest

from backend.surface.progress import spans


def test_steps_follow_each_other_in_proportion_to_their_time() -> None:
    heard: list[float] = []
    first, second = spans(heard.append, (1.0, 3.0))
    for step in (first, second):
        for share in (0.0, 0.5, 1.0):
            step(share)
    assert heard == pytest.approx([0.0, 0.125, 0.25, 0.25, 0.625, 1.0])


def test_steps_have_steps_and_some_take_no_time() -> None:
    heard: list[float] = []
    skipped, whole = spans(heard.append, (0.0, 2.0))
    skipped(1.0)
    _, last = spans(whole, (1.0, 1.0))
    last(0.5)
    assert heard == pytest.approx([0.0, 0.75])


def test_steps_that_nobody_follows_say_nothing() -> None:
    for step in spans(None, (1.0, 2.0)):
        step(0.5)

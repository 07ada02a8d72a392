"""Seconds add up, peaks belong to their stage."""

from __future__ import annotations

import time

import pytest

from backend.process.stage_meter import StageMeter, reset_peak_memory


def test_a_stage_adds_its_seconds_and_the_total_adds_the_stages() -> None:
    meter = StageMeter()
    for stage in ("guide", "bake", "guide"):
        with meter.measure(stage):
            time.sleep(0.05)
    seconds = {figure.stage: figure.seconds for figure in meter.figures()}
    assert list(seconds) == ["guide", "bake", "total"]
    assert seconds["guide"] >= 0.1
    assert seconds["total"] == pytest.approx(seconds["guide"] + seconds["bake"])


def test_a_stage_that_fails_is_counted_too() -> None:
    meter = StageMeter()
    with pytest.raises(ZeroDivisionError), meter.measure("guide"):
        raise ZeroDivisionError
    assert [figure.stage for figure in meter.figures()] == ["guide", "total"]


@pytest.mark.skipif(not reset_peak_memory(), reason="this system cannot reset the peak")
def test_the_peak_of_a_stage_is_not_the_peak_of_the_one_before() -> None:
    meter = StageMeter()
    with meter.measure("large"):
        block = bytearray(300 << 20)
        block[:: 1 << 12] = b"x" * len(block[:: 1 << 12])
        del block
    with meter.measure("small"):
        pass
    peaks = {figure.stage: figure.peak_mib for figure in meter.figures()}
    assert peaks["large"] > peaks["small"] + 250
    assert peaks["total"] == peaks["large"]

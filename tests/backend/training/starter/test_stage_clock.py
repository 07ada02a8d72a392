"""A stage's seconds add up over interrupted runs, and its command names no place of one machine."""

import os
import time
from pathlib import Path

import pytest

from backend.training.starter.stage_clock import Amount, StageClock, command_line

AMOUNT = Amount(steps=40, examples_per_step=8, examples="latents")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that a clock reads."""
    reading = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: reading[0])
    return reading


def interrupted(work: Path, seconds: float) -> None:
    """A run that wrote its last checkpoint after so many seconds."""
    StageClock(work, "mapping", AMOUNT)
    started = (work / "mapping.seconds").stat().st_mtime
    (work / "mapping.pt").touch()
    os.utime(work / "mapping.pt", (started + seconds, started + seconds))


def test_a_stage_is_recorded_with_its_speed(tmp_path: Path, now: list[float]) -> None:
    clock = StageClock(tmp_path, "mapping", AMOUNT)
    now[0] += 20
    stage = clock.finish("train it")
    assert (stage.name, stage.command, stage.steps, stage.seconds) == (
        "mapping",
        "train it",
        40,
        20,
    )
    assert (stage.examples, stage.examples_per_second) == ("latents", 16)
    assert not list(tmp_path.iterdir())


def test_interrupted_runs_count_up_to_their_last_checkpoints(
    tmp_path: Path, now: list[float]
) -> None:
    interrupted(tmp_path, 50)
    interrupted(tmp_path, 30)
    clock = StageClock(tmp_path, "mapping", AMOUNT)
    now[0] += 20
    assert clock.finish("").seconds == pytest.approx(100, abs=0.1)


def test_a_run_that_left_no_checkpoint_does_not_count(tmp_path: Path, now: list[float]) -> None:
    interrupted(tmp_path, 50)
    (tmp_path / "mapping.pt").unlink()
    clock = StageClock(tmp_path, "mapping", AMOUNT)
    now[0] += 20
    assert clock.finish("").seconds == 20


@pytest.mark.parametrize("places", [["--work", "there/w x"], ["--out=there/o", "--kit", "k"]])
def test_a_command_keeps_its_options_and_hides_places(places: list[str]) -> None:
    arguments = [*places, "--stage", "all", "--mapping-steps", "500"]
    expected = "python build.py train starter --kit KIT --stage=mapping --mapping-steps 500"
    assert command_line("starter", arguments, "mapping") == expected

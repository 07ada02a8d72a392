"""How long a stage of a training takes over all its runs, for the weights file to tell.

A run that was interrupted counts up to its last checkpoint, since the next one repeats what came after.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ...generator.checkpoints import TrainingStage

PLACES = ("--kit", "--work", "--out")  # options that name folders and files of one machine


@dataclass(frozen=True)
class Amount:
    """What a stage goes through."""

    steps: int
    examples_per_step: int
    examples: str  # "heads", "latents", "images"


class StageClock:
    """Runs from its making to `finish`; a file in the work folder tells the next run how long this one was."""

    def __init__(self, work: Path, stage: str, amount: Amount) -> None:
        """The stage keeps its checkpoints, if any, as work/STAGE.pt."""
        self._stage, self._amount = stage, amount
        self._file = work / f"{stage}.seconds"
        self._earlier = _seconds_before(work / f"{stage}.pt", self._file)
        self._file.write_text(str(self._earlier))
        self._started = time.perf_counter()

    def finish(self, command: str) -> TrainingStage:
        """The record of the whole stage."""
        amount = self._amount
        seconds = self._earlier + time.perf_counter() - self._started
        self._file.unlink()
        return TrainingStage(
            name=self._stage,
            command=command,
            steps=amount.steps,
            seconds=round(seconds, 1),
            examples=amount.examples,
            examples_per_second=round(amount.steps * amount.examples_per_step / seconds, 2),
            finished=today(),
        )


def today() -> str:
    """ISO date."""
    return datetime.now(UTC).date().isoformat()


def command_line(training: str, arguments: Sequence[str], stage: str) -> str:
    """The command that runs one stage of a training again, whatever this machine calls its folders."""
    kept = [f"--stage={stage}"]
    words = iter(arguments)
    for word in words:
        option, _, value = word.partition("=")
        if option in (*PLACES, "--stage"):
            if not value:
                next(words, None)
        else:
            kept.append(word)
    return f"python build.py train {training} --kit KIT {shlex.join(kept)}"


def _seconds_before(checkpoint: Path, clock: Path) -> float:
    """What earlier runs spent on the steps that the checkpoint holds."""
    if not checkpoint.exists() or not clock.exists():
        return 0.0
    since_started = checkpoint.stat().st_mtime - clock.stat().st_mtime
    return float(clock.read_text()) + max(0.0, since_started)

"""Checkpoints of a training, so that an interrupted one repeats exactly what it would have done."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn


@dataclass(frozen=True)
class Checkpoint:
    """One file with a module's weights, its optimiser and the number of steps done.

    Networks that are trained in turns are one module together, and have an optimiser each.
    """

    path: Path
    module: nn.Module
    optimizer: torch.optim.Optimizer
    others: tuple[torch.optim.Optimizer, ...] = ()

    def load(self) -> int:
        """Take over what is there; the number of steps done, 0 if nothing is."""
        if not self.path.exists():
            return 0
        state = torch.load(self.path, weights_only=True)
        self.module.load_state_dict(state["module"])
        self.optimizer.load_state_dict(state["optimizer"])
        for optimizer, stored in zip(self.others, state.get("others", []), strict=True):
            optimizer.load_state_dict(stored)
        return int(state["step"])

    def save(self, step: int) -> None:
        """Write under a temporary name and rename, so that a kill leaves the last one whole."""
        partial = self.path.with_suffix(".partial")
        state = {
            "module": self.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "others": [optimizer.state_dict() for optimizer in self.others],
            "step": step,
        }
        torch.save(state, partial)
        partial.replace(self.path)

    def remove(self) -> None:
        """The training is done: the next one begins anew from the weights."""
        self.path.unlink(missing_ok=True)


class ProgressLine:
    """Prints how far a training is, how fast, and how long it will take."""

    def __init__(self, name: str, first: int, steps: int, per_step: int, unit: str) -> None:
        self._name, self._first, self._steps = name, first, steps
        self._per_step, self._unit = per_step, unit
        self._started = time.perf_counter()

    def report(self, step: int, figures: str) -> None:
        """`step` steps are done."""
        rate = (step - self._first) / (time.perf_counter() - self._started)
        left = (self._steps - step) / rate / 60
        print(
            f"{self._name} {step}/{self._steps}  {figures}  "
            f"{rate * self._per_step:.1f} {self._unit}/s  {left:.1f} min left",
            flush=True,
        )

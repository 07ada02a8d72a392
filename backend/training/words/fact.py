"""The form of a fact that words can state about a head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..kit.latent import HeadParameters

Degree = Callable[[HeadParameters], float]


@dataclass(frozen=True)
class Fact:
    """One thing a caption may say.

    `degree` is 0 (false) .. 1 (true). Two facts of one group are never said of the same head at once.
    """

    name: str
    group: str
    degree: Degree
    nouns: tuple[str, ...] = ()  # in the place of "person"
    adjectives: tuple[str, ...] = ()  # before the noun
    features: tuple[str, ...] = ()  # after "with"
    seen_from_behind: bool = False
    weight: float = 1.0  # how often it is said, against the others of its group


def ramp(value: float, zero: float, one: float) -> float:
    """0 at `zero`, 1 at `one`, linear between, clamped outside; `zero` may be the larger."""
    return min(1.0, max(0.0, (value - zero) / (one - zero)))


def between(value: float, low: float, high: float, margin: float) -> float:
    return min(ramp(value, low - margin, low), ramp(value, high + margin, high))

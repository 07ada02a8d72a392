"""What a benchmark returns, and how it is shown and kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..delivery.files import write_json


@dataclass(frozen=True)
class Figure:
    """One measured number."""

    name: str
    value: float
    meaning: str  # a few words with the unit, and the bound if there is one


def table(figures: tuple[Figure, ...]) -> str:
    """The figures as aligned lines of text."""
    width = max(len(figure.name) for figure in figures)
    return "\n".join(
        f"{figure.name:<{width}}  {figure.value:>12.5g}  {figure.meaning}" for figure in figures
    )


def write_figures(path: Path, figures: tuple[Figure, ...]) -> None:
    """Write `{"figures": {name: number}}`; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"figures": {figure.name: figure.value for figure in figures}})

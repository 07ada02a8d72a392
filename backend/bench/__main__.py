"""`python -m backend.bench [NAME]`: one benchmark, or all; figures go to out/bench/NAME.json.

A benchmark is a module of this package with `measure() -> tuple[Figure, ...]`.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from .figures import table, write_figures

BENCHMARKS = ("parity", "extraction", "surface", "texture", "guidance", "starter", "rig")
OUT = Path(__file__).resolve().parent.parent.parent / "out" / "bench"


def main() -> int:
    """Measure, show and keep."""
    parser = argparse.ArgumentParser(
        prog="build.py bench", description="Measures one thing, or all."
    )
    parser.add_argument("name", nargs="?", choices=BENCHMARKS, help="all of them if left out")
    name = parser.parse_args().name
    for benchmark in (name,) if name else BENCHMARKS:
        print(f"== {benchmark} ==", flush=True)
        figures = import_module(f".{benchmark}", __package__).measure()
        print(table(figures), flush=True)
        write_figures(OUT / f"{benchmark}.json", figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

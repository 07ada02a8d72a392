"""`python -m backend.training COMMAND ...`: the trainings and the dataset.

`starter` and `clip` take `--kit FOLDER` (or the variable HEADSMITH_KIT), and `clip` makes the dataset first where
it is missing; datasets and checkpoints lie in a cache folder unless `--data` and `--work` say otherwise.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

COMMANDS = {
    "dataset": "kit.dataset",
    "frozen": "truth.frozen",
    "template": "rig.head_topology",
    "rigs": "truth.frozen_rigs",
    "landmarks": "rig.landmark_fit",
    "starter": "starter.stages",
    "clip": "words.portrait_clip",
}
CACHE = Path.home() / ".cache" / "headsmith" / "training"


def main() -> int:
    """Run the command; the exit code."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        print(f"Which training? One of: {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    command, rest = sys.argv[1], sys.argv[2:]
    if command == "clip":
        rest = _with_dataset(command, rest)
    elif command == "starter" and "--work" not in rest:
        rest = ["--work", str(CACHE / command), *rest]
    return _run(command, rest)


def _with_dataset(command: str, arguments: list[str]) -> list[str]:
    """The arguments with `--data` and `--work` filled in, after the kit's missing shards were made."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--kit", default=os.environ.get("HEADSMITH_KIT", ""))
    parser.add_argument("--data", default="")
    parser.add_argument("--work", default=str(CACHE / command))
    known, rest = parser.parse_known_args(arguments)
    if known.kit and not known.data:
        _run("dataset", ["--kit", known.kit, "--out", str(CACHE / "dataset")])
    return ["--data", known.data or str(CACHE / "dataset"), "--work", known.work, *rest]


def _run(command: str, arguments: list[str]) -> int:
    return int(import_module(f".{COMMANDS[command]}", __package__).main(arguments))


if __name__ == "__main__":
    sys.exit(main())

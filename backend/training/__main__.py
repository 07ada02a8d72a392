"""`python -m backend.training COMMAND ...`: the trainings and the dataset."""

from __future__ import annotations

import sys
from importlib import import_module

COMMANDS = {"dataset": "dataset", "starter": "starter", "clip": "portrait_clip"}


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        print(f"Which training? One of: {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    return int(import_module(f".{COMMANDS[sys.argv[1]]}", __package__).main(sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())

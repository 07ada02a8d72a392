"""Runs every check, the quick ones first: format, lint, types, tests."""

import subprocess
import sys

from .environment import ROOT


def check_commands(pytest_arguments: list[str]) -> list[tuple[str, list[str]]]:
    """Lists each check's heading and command."""
    python = [sys.executable, "-m"]
    return [
        ("Format", [*python, "ruff", "format", "--check", "."]),
        ("Lint", [*python, "ruff", "check", "."]),
        ("Types", [*python, "mypy"]),
        ("Tests", [*python, "pytest", *pytest_arguments]),
    ]


def main(arguments: list[str]) -> int:
    """Runs all checks, whatever fails, and returns 1 if any failed."""
    failed = []
    for heading, command in check_commands(arguments):
        print(f"\n== {heading} ==", flush=True)
        if subprocess.run(command, cwd=ROOT).returncode != 0:
            failed.append(heading.lower())
    # Above the closing line of the tests nothing is lost: name what else went wrong.
    if failed:
        print(f"\nFailed: {', '.join(failed)}.", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

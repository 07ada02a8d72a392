"""Headsmith's one command: makes the environment if needed, then runs what was asked for.

    python build.py demo ["prompt"] [--seed N] [--style P] [--photo P] [--out DIR]
    python build.py generate "prompt" [--seed N] [--out DIR]
    python build.py test [PYTEST ARGUMENTS]
    python build.py bench [NAME]
    python build.py sheet random|styles|prompts [--out FILE]
    python build.py rig-sheet wireframe|levels|shapes|expressions|light [--out FILE]
    python build.py method [--out FILE]
    python build.py package
    python build.py screenshot --blender PATH
    python build.py train starter|clip --kit FOLDER

Any Python 3.9 or newer runs this file; the environment itself is made with Python 3.11.
`python build.py COMMAND --help` tells what a command takes.
"""

import os
import subprocess
import sys

if sys.version_info < (3, 9):
    sys.exit(
        "build.py runs on Python 3.9 or newer; this is Python %d.%d. Headsmith needs a Python 3.11 "
        "anyway: install it and run `python3.11 build.py ...`." % sys.version_info[:2]
    )

from build_tools.environment import ROOT, ensure_environment
from build_tools.system import SetupError, ensure_blender_libraries

MODULES = {
    "demo": "build_tools.demo",
    "generate": "backend.generate",
    "test": "build_tools.checks",
    "bench": "backend.bench",
    "sheet": "backend.bench.sheet",
    "rig-sheet": "build_tools.rig_sheet",
    "method": "backend.bench.method",
    "package": "build_tools.package",
    "screenshot": "build_tools.screenshot",
    "train": "backend.training",
}
NEEDS_BLENDER_LIBRARIES = ("demo", "rig-sheet", "test")


def main() -> int:
    """Runs one command inside the environment and returns its exit code."""
    command, *arguments = sys.argv[1:] or ["--help"]
    if command in ("-h", "--help", "help"):
        print(__doc__.strip())
        return 0
    if command not in MODULES:
        print(
            f"Unknown command {command!r}: expected one of {', '.join(MODULES)}.", file=sys.stderr
        )
        return 2
    try:
        python = ensure_environment()
        if command in NEEDS_BLENDER_LIBRARIES:
            ensure_blender_libraries(python)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    # The environment's Python must see the repository as its top, wherever the command was typed.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONNOUSERSITE": "1"}
    process = subprocess.run([str(python), "-m", MODULES[command], *arguments], env=environment)
    return process.returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

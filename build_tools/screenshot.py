"""Takes pictures of a real Blender window with the panel open: a generated head, every state; tries undo.

PATH is a Blender of 4.2 or newer, or a script that starts one with the arguments it is given. The packaged
extension is installed into a user folder of its own below out/screenshot, so nobody's settings change.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .environment import ROOT
from .package import make_package

WORKPLACE = ROOT / "out" / "screenshot"
WINDOW = ("1600", "900")


def parse_options() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="build.py screenshot", description=__doc__)
    parser.add_argument("--blender", required=True, help="a Blender, or a script that starts one")
    parser.add_argument("--prompt", default="an old man with grey hair")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", choices=("sculpt", "rig", "both"), default="rig")
    parser.add_argument("--quality", choices=("draft", "standard", "high"), default="standard")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder of the pictures")
    parser.add_argument(
        "--states", type=Path, help="also a picture of every state of the panel, in this folder"
    )
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds (default: 900)")
    return parser.parse_args()


def write_script(options: argparse.Namespace, package: Path) -> Path:
    """Writes the script that Blender runs; a file with plain values survives being copied."""
    values = {
        "package": str(package),
        "backend_python": sys.executable,
        "prompt": options.prompt,
        "seed": options.seed,
        "output": options.output,
        "quality": options.quality,
        "pictures": str(options.out.resolve()),
        "states": str(options.states.resolve()) if options.states else "",
        "report": str(WORKPLACE / "report.json"),
        "timeout": options.timeout,
    }
    script = WORKPLACE / "script.py"
    lines = (
        "import sys",
        f"sys.path.append({str(ROOT)!r})",
        "from build_tools.screenshot_inside import Order, start",
        f"start(Order(**{values!r}))",
    )
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return script


def run_blender(options: argparse.Namespace, script: Path) -> None:
    """Starts Blender and waits until it has ended."""
    command = [options.blender, "--factory-startup", "--window-geometry", "0", "0", *WINDOW]
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(WORKPLACE / "user")}
    try:
        subprocess.run(
            [*command, "--python", str(script)], env=environment, timeout=options.timeout + 60
        )
    except OSError as error:
        raise SystemExit(
            f"Cannot start {options.blender} ({error.strerror}); give the path of a Blender."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise SystemExit(f"Blender was still busy after {options.timeout:.0f} seconds.") from error


def main() -> int:
    """Takes the pictures; 0 if the head came and undo and redo did what they should."""
    options = parse_options()
    shutil.rmtree(WORKPLACE, ignore_errors=True)
    (WORKPLACE / "user").mkdir(parents=True)
    for folder in (options.out, options.states):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    run_blender(options, write_script(options, make_package(WORKPLACE)))
    report = WORKPLACE / "report.json"
    if not report.is_file():
        raise SystemExit("Blender ended without a report; what it printed is above.")
    outcome = json.loads(report.read_text(encoding="utf-8"))
    print(json.dumps(outcome, indent=2))
    return int(bool(outcome["problems"]))


if __name__ == "__main__":
    raise SystemExit(main())

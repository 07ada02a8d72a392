"""Tells what keeps this Python from running the backend.

Any Python from 3.7 on reads this file and imports it, so that it can say itself which one is needed.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

# SciPy and Pillow offer no files for older ones, NumPy 1.26 and PyMCubes none for newer ones.
OLDEST, NEWEST = (3, 11), (3, 12)
PYTHONS = "Python 3.11 or 3.12"
REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"
MODULES = {  # by the package that brings them
    "torch": "torch",
    "torchvision": "torchvision",
    "open_clip_torch": "open_clip",
    "numpy": "numpy",
    "scipy": "scipy",
    "pillow": "PIL",
    "safetensors": "safetensors",
    "trimesh": "trimesh",
    "PyMCubes": "mcubes",
    "xatlas": "xatlas",
}


def why_unfit(version: tuple[int, int] = sys.version_info[:2]) -> str | None:
    """One sentence with the cure, or None. Nothing is imported: that would take seconds."""
    if not OLDEST <= version <= NEWEST:
        return (
            f"The backend needs {PYTHONS}, but {sys.executable} is Python"
            f" {version[0]}.{version[1]}; make an environment with one of those, run"
            f' `python -m pip install -r "{REQUIREMENTS}"` in it, and choose its Python in the'
            " preferences of Headsmith."
        )
    missing = [name for name, module in MODULES.items() if importlib.util.find_spec(module) is None]
    if missing:
        return (
            f"The backend's Python lacks {', '.join(missing)}; run"
            f' `"{sys.executable}" -m pip install -r "{REQUIREMENTS}"` or choose another Python in'
            " the preferences of Headsmith."
        )
    return None


def refusal(sentence: str) -> bytes:
    """The failure message of the wire, whose own modules an old Python cannot import."""
    failure = {"type": "failure", "job": "", "code": "backend_start", "user_text": sentence}
    return json.dumps(failure).encode() + b"\n"

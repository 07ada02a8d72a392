"""What the user's models folder holds that is not read; told before torch is loaded, and with every job."""

from __future__ import annotations

from pathlib import Path

# Pickles run code when they are opened, so they never are.
UNREAD_SUFFIXES = (".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".bin")
_NAMED = 3


def unread_weights(models_folder: str) -> str:
    """A sentence on weights of other formats in the folder (may be empty); empty if there are none."""
    if not models_folder:
        return ""
    try:
        found = sorted(
            path.name
            for path in Path(models_folder).iterdir()
            if path.suffix.lower() in UNREAD_SUFFIXES
        )
    except (OSError, ValueError):  # loading the models says more
        return ""
    if not found:
        return ""
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return (
        f"Not read from the models folder: {', '.join(found[:_NAMED])}{more}. Headsmith reads only "
        "safetensors files in its own format; put such a generator there, or leave the folder empty."
    )

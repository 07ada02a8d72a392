"""`python build.py sheet random|styles|prompts`: pictures of the generator's heads on one labelled sheet.

The same heads every time, so that sheets of two versions can be compared: `--before FOLDER` takes a checkout of an
older version, lets it draw its own sheet with its own code and weights, and puts that to the left.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from PIL import Image

from ..errors import HeadsmithError
from ..generator.checkpoints import CheckpointError, load_generator
from ..generator.model import Generator
from ..guidance.encoder import load_portrait_clip
from ..guidance.guide import Guide
from ..guidance.prior import load_prior
from ..models import ASSETS, CLIP_CONFIG_FILE, CLIP_FILE, GENERATOR_FILE, PRIOR_FILE
from ..views.cameras import look_at_camera
from ..views.unlit import UnlitRenderer
from .lit_views import Picture, draw_lit
from .sheet_layout import PAPER, SheetError, Strip, beside, file_kind, lay_out, save_sheet
from .sheet_subjects import Aim, Latent, Sheet, Subject, prompt_sheet, random_sheet, style_sheet
from .side_by_side import WORKERS, head_of, one_thread_each

OUT = Path(__file__).resolve().parents[2] / "out" / "sheets"
NAMES = ("random", "styles", "prompts")
PIXELS = 256  # of a view's height
_VIEWED_HEIGHT = 1.04  # field units at the box's centre that fill a view
_RADIUS = 2.7  # field units
_CUT = PIXELS // 16  # columns beside the head, left and right
_AMBIENT = 0.55


def main() -> int:
    """Draw one sheet."""
    options = _parser().parse_args()
    out = options.out or OUT / f"{options.name}.webp"
    try:
        file_kind(out)
        generator = load_generator(options.weights)
        older = None if options.before is None else draw_older(options.name, options.before)
        picture = lay_out(*draw_sheet(make_sheet(options.name, generator), generator))
        if older is not None:
            picture = beside(older, picture)
        size = save_sheet(picture, out)
    except (CheckpointError, HeadsmithError, SheetError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{out}  {picture.width} x {picture.height}, {size // 1000} kB")
    return 0


def draw_older(name: str, checkout: Path) -> Image.Image:
    """The sheet that an older version draws of itself. Raises SheetError."""
    if not (checkout / "build.py").is_file():
        raise SheetError(f"{checkout} is no checkout of an older version: it has no build.py.")
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "older.png"
        command = [sys.executable, "build.py", "sheet", name, "--out", str(picture)]
        ended = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
        if ended.returncode != 0 or not picture.is_file():
            last = (ended.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise SheetError(f"The older version did not draw its sheet: {last}")
        with Image.open(picture, formats=("PNG",)) as opened:
            return opened.convert("RGB")


def make_sheet(name: str, generator: Generator) -> Sheet:
    """The sheet of that name; prompts are read by the models that ship."""
    if name == "random":
        return random_sheet()
    if name == "styles":
        return style_sheet()
    clip = load_portrait_clip(ASSETS / CLIP_CONFIG_FILE, ASSETS / CLIP_FILE)
    return prompt_sheet(Guide(generator, clip, load_prior(ASSETS / PRIOR_FILE)))


def draw_sheet(sheet: Sheet, generator: Generator) -> tuple[str, tuple[Strip, ...], int]:
    """Title, strips and columns."""

    def draw(subject: Subject) -> Strip:
        heads = [draw_head(generator, z, sheet.truncation, subject.aims) for z in subject.heads]
        return Strip(subject.label, tuple(chain.from_iterable(heads)))

    with one_thread_each(), ThreadPoolExecutor(WORKERS) as pool:
        return sheet.title, tuple(pool.map(draw, sheet.subjects)), sheet.columns


def draw_head(
    generator: Generator, z: Latent, truncation: float, aims: Sequence[Aim]
) -> list[Picture]:
    """Lit views of a head; generators may know only the first blocks of its latent."""
    renderer = UnlitRenderer(head_of(generator, z[: generator.config.z_dim], truncation))
    fov = math.degrees(2 * math.atan(_VIEWED_HEIGHT / 2 / _RADIUS))
    cameras = [look_at_camera(aim.yaw, aim.pitch, _RADIUS, fov) for aim in aims]
    views = [draw_lit(renderer, camera, PIXELS, _AMBIENT, PAPER) for camera in cameras]
    return [view[:, _CUT:-_CUT] for view in views]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="build.py sheet", description=__doc__)
    parser.add_argument("name", choices=NAMES, help="what it shows")
    parser.add_argument("--out", type=Path, help="the picture, .webp, .jpg or .png")
    parser.add_argument(
        "--weights", type=Path, default=ASSETS / GENERATOR_FILE, help="the generator"
    )
    parser.add_argument("--before", type=Path, help="checkout of an older version")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())

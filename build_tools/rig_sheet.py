"""Pictures of rig-ready heads for the docs, each sheet made by one command.

wireframe: one head's quads from the front and the side; levels: its levels of detail, at rest and moved; shapes: all 52 of them; expressions: rest, smile, blink and
an open jaw on six heads; light: one head without light and lit from three sides, which shows that its colour is unlit.
"""

import argparse
import math
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from PIL import Image, ImageDraw

from .blender_session import add_on_module, end_process, start_blender, stop_extension
from .demo import POSES, DemoError, make_head, parse_options, set_shapes
from .environment import ROOT
from .package import install_package, make_package
from .sheet import INK, PAPER, font, on_backdrop

if TYPE_CHECKING:
    import bpy

Tile = tuple[str, Image.Image]


@dataclass(frozen=True)
class Prompt:
    """A head of the sheets."""

    words: str
    seed: int


HEADS = (
    Prompt("a young woman with short black hair", 3),
    Prompt("an old bald man", 2),
    Prompt("a man with a beard and glasses", 4),
    Prompt("an african woman with an afro", 1),
    Prompt("a goblin", 2),
    Prompt("an asian boy", 5),
)
# What these do shows only then: the one closes the lips of an open jaw, the other needs room.
WITH_OPEN_JAW = {"mouthClose": ("jawOpen",), "tongueOut": ("jawOpen",)}
EXPRESSIONS = {
    "rest": (),
    "smile": POSES["Smile"],
    "blink": POSES["Blink"],
    "open jaw": POSES["Open jaw"],
}


def main() -> NoReturn:
    """Draws one sheet and ends the process, since Blender's wheel may not end by itself."""
    options = _parser().parse_args()
    out: Path = options.out or ROOT / "out" / "sheets" / f"rig-{options.name}.webp"
    out.parent.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix="headsmith-"))
    install_package(make_package(workplace), workplace / "user")
    start_blender(workplace / "user")
    exit_code = 0
    try:
        SHEETS[options.name](out, workplace)
        print(out)
    except DemoError as error:
        print(error, file=sys.stderr)
        exit_code = 1
    finally:
        stop_extension()
        shutil.rmtree(workplace, ignore_errors=True)
    end_process(exit_code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="build.py rig-sheet", description=__doc__)
    parser.add_argument("name", choices=tuple(SHEETS))
    parser.add_argument("--out", type=Path, help="a .webp or .png file")
    return parser


def make_rig(prompt: Prompt) -> list["bpy.types.Object"]:
    """Makes a rig-ready head as a user does; its meshes, the head first."""
    arguments = [prompt.words, "--seed", str(prompt.seed), "--output", "rig", "--texture", "2048"]
    made = make_head(parse_options(arguments))
    rig: Any = add_on_module("blender_addon.rig_objects").find_rig(made.item)
    return [rig.head, *rig.parts]


def wireframe(out: Path, folder: Path) -> None:
    from .studio import Studio

    items, tiles = make_rig(HEADS[1]), []
    with Studio(items, 640) as studio:
        for label, yaw in (("front", 0.0), ("side", 90.0)):
            for kind, is_wire in (("", False), (" wireframe", True)):
                path = studio.render(folder / "view.png", yaw, is_wire)
                tiles.append((label + kind, _read(path)))
    lay_out(tiles, 4, 520, out)


def levels(out: Path, folder: Path) -> None:
    import bpy

    from .studio import Studio

    head = make_rig(HEADS[1])[0]
    bpy.ops.headsmith.level_add()
    rig: Any = add_on_module("blender_addon.rig_objects").find_rig(head)
    tiles: list[Tile] = []
    for item in (head, *rig.levels):
        item.hide_render = False
        count = len(item.data.loops) - 2 * len(item.data.polygons)
        name = "full" if item == head else item.name.rpartition("_")[2]
        with Studio([item], 420, samples=10) as studio:
            face = studio.face(head)
            set_shapes(head, ())
            path = studio.render(folder / "view.png", 30.0, True)
            tiles.append((f"{name}: {count:,} triangles", _read(path)))
            for label, names, yaw, subject in (
                ("rest", (), 90.0, None),
                ("blink", POSES["Blink"], 0.0, face),
                ("open jaw", POSES["Open jaw"], 25.0, face),
            ):
                set_shapes(head, names)
                path = studio.render(folder / "view.png", yaw, subject=subject)
                tiles.append((f"{name}, {label}", _read(path)))
    lay_out([tiles[4 * row + k] for k in range(4) for row in range(len(tiles) // 4)], 4, 440, out)


def shapes(out: Path, folder: Path) -> None:
    from .studio import Studio

    items, tiles = make_rig(HEADS[1]), []
    names = [key.name for key in items[0].data.shape_keys.key_blocks[1:]]
    with Studio(items, 200, samples=10) as studio:
        face = studio.face(items[0])
        for name in names:
            set_shapes(items[0], (name, *WITH_OPEN_JAW.get(name, ())))
            label = f"{name}, jaw open" if name in WITH_OPEN_JAW else name
            tiles.append((label, _read(studio.render(folder / "view.png", 0.0, subject=face))))
    lay_out(tiles, 9, 190, out)


def expressions(out: Path, folder: Path) -> None:
    from .studio import Studio

    tiles = []
    for prompt in HEADS:
        items = make_rig(prompt)
        with Studio(items, 360, samples=16) as studio:
            for label, names in EXPRESSIONS.items():
                set_shapes(items[0], names)
                path = studio.render(folder / "view.png", 12.0)
                tiles.append((f"{prompt.words}: {label}", _read(path)))
    lay_out(tiles, len(EXPRESSIONS), 340, out)


def light(out: Path, folder: Path) -> None:
    from .studio import Studio, StudioLight

    items, tiles = make_rig(HEADS[0]), []
    with Studio(items, 520, ambient=0.06) as studio:
        for label, yaw in (
            ("lit from its right", -62.0),
            ("from the front", 0.0),
            ("from its left", 62.0),
        ):
            lamps = (StudioLight(yaw, 15.0, 14.0, 0.5),)
            path = studio.render(folder / "view.png", 0.0, lights=lamps)
            tiles.append((label, _read(path)))
    with Studio(items, 520) as studio, studio.unlit(items):
        tiles.insert(
            0, ("its colour alone", _read(studio.render(folder / "view.png", 0.0, lights=())))
        )
    lay_out(tiles, 4, 480, out)


SHEETS: dict[str, Callable[[Path, Path], None]] = {
    "wireframe": wireframe,
    "levels": levels,
    "shapes": shapes,
    "expressions": expressions,
    "light": light,
}


def _read(path: Path) -> Image.Image:
    with Image.open(path, formats=("PNG",)) as image:
        return image.copy()


def lay_out(tiles: Sequence[Tile], columns: int, pixels: int, out: Path) -> None:
    """Writes square tiles in rows, each above its label."""
    gap, label_height = max(4, pixels // 60), max(16, pixels // 14)
    rows = math.ceil(len(tiles) / columns)
    size = (columns * (pixels + gap) + gap, rows * (pixels + label_height + gap) + gap)
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (label, picture) in enumerate(tiles):
        row, column = divmod(index, columns)
        x, y = gap + column * (pixels + gap), gap + row * (pixels + label_height + gap)
        sheet.paste(on_backdrop(picture, pixels), (x, y))
        middle = y + pixels + label_height // 2
        draw.text((x + 2, middle), label, fill=INK, font=font(label_height * 2 // 3), anchor="lm")
    sheet.save(out, quality=88)


if __name__ == "__main__":
    main()

"""Makes one head the way a user does: package, install, enable, press Generate, wait, save, look.

Leaves head.blend, head.glb, preview.png and report.json in the output folder.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from PIL import Image

from backend.delivery.report import write_report
from backend.process.stage_meter import peak_memory_mib, reset_peak_memory
from backend.wire.results import (
    HeadResult,
    StageFigure,
)

from .blender_session import add_on_module, end_process, start_blender, stop_extension
from .environment import ROOT
from .glb_figures import measure_glb
from .package import install_package, make_package
from .sheet import write_sheet

if TYPE_CHECKING:
    import bpy

DEFAULT_PROMPT = "an old man with grey hair"
TILE_PX = 560
STEP_S = 0.02


@dataclass(frozen=True)
class MadeHead:
    """A head in the scene, and what was measured on the way."""

    item: "bpy.types.Object"
    result: HeadResult
    import_seconds: float
    import_peak_mib: float


def main() -> NoReturn:
    """Runs the demo and ends the process, since Blender's wheel may not end by itself."""
    options = parse_options()
    options.out.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix="headsmith-"))
    install_package(make_package(workplace), workplace / "user")
    start_blender(workplace / "user")
    exit_code = 0
    try:
        save_head(make_head(options), options.out, options.pixels)
        print(options.out / "preview.png")
    except DemoError as error:
        print(error, file=sys.stderr)
        exit_code = 1
    finally:
        stop_extension()
        shutil.rmtree(workplace, ignore_errors=True)
    end_process(exit_code)


class DemoError(Exception):
    """The head was not made; the text says why."""


def parse_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Reads the command line, or other arguments."""
    parser = argparse.ArgumentParser(prog="build.py demo", description=__doc__)
    parser.add_argument("prompt", nargs="?", help=f"the head in words (default: {DEFAULT_PROMPT})")
    parser.add_argument("--seed", type=int, default=1, help="0 to 2147483647 (default: 1)")
    parser.add_argument("--style", type=Path, help="a picture whose look the head takes on")
    parser.add_argument("--photo", type=Path, help="a photo, for now another style picture")
    parser.add_argument("--quality", choices=("draft", "standard", "high"), default="standard")
    parser.add_argument(
        "--output",
        choices=("sculpt", "rig", "both"),
        default="sculpt",
        help="the surface as it was found, a head of quads with bones and shapes, or both",
    )
    parser.add_argument("--texture", type=int, default=0, help="pixels of the textures' sides")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "demo", help="folder to fill")
    parser.add_argument(
        "--pixels", type=int, default=TILE_PX, help=f"of each picture on the sheet ({TILE_PX})"
    )
    options = parser.parse_args(arguments)
    if options.prompt is None:
        options.prompt = "" if options.style or options.photo else DEFAULT_PROMPT
    return options


def make_head(options: argparse.Namespace) -> MadeHead:
    """Sets the panel's properties, presses Generate and waits until the head is in the scene."""
    import bpy

    settings = bpy.context.scene.headsmith
    settings.prompt = options.prompt
    settings.seed = options.seed
    settings.quality = options.quality
    settings.output = options.output
    if options.texture:
        settings.texture_px = options.texture
    settings.style_image = str(options.style.resolve()) if options.style else ""
    settings.photo = str(options.photo.resolve()) if options.photo else ""
    session = add_on_module("blender_addon.session").session
    with as_demo_error():
        bpy.ops.headsmith.generate()
    job = session.dispatcher.jobs[-1]
    said = ""
    # What Blender's timer does where there is a window; here there is no event loop.
    while session.is_busy:
        session.step(time.monotonic())
        if job.text and job.text != said:
            said = job.text
            print(f"  {said}", flush=True)
        time.sleep(STEP_S)
    if job.result is None or not job.result.heads:
        raise DemoError(job.error or session.dispatcher.link.status)
    reset_peak_memory()
    if not job.is_imported:
        with as_demo_error():
            bpy.ops.headsmith.import_result(job=job.id)
    for notice in job.notices:
        print(f"  {notice}")
    head = bpy.context.view_layer.objects.active
    assert head is not None  # the import makes it active
    return MadeHead(
        item=head,
        result=job.result.heads[0],
        import_seconds=job.import_seconds,
        import_peak_mib=peak_memory_mib(),
    )


@contextmanager
def as_demo_error() -> Iterator[None]:
    """Turns the error that an operator reports into a DemoError."""
    try:
        yield
    except RuntimeError as error:
        raise DemoError(str(error).strip()) from error


def save_head(head: MadeHead, folder: Path, pixels: int) -> None:
    """Writes head.blend, head.glb, report.json and preview.png."""
    import bpy

    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "head.blend"), compress=True)
    bpy.ops.export_scene.gltf(
        filepath=str(folder / "head.glb"), use_selection=True, export_extras=True
    )
    imported = StageFigure("import", round(head.import_seconds, 3), round(head.import_peak_mib, 1))
    # The mesh as another program reads it, not as the backend believes it to be.
    result = head.result
    if result.sculpt is not None:
        figures = measure_glb(folder / "head.glb")
        result = replace(result, sculpt=replace(result.sculpt, figures=figures))
    write_report(folder / "report.json", result, (imported,))
    write_preview(head, folder, pixels)


# Shapes of the further pictures of a rig-ready head.
POSES = {
    "Blink": ("eyeBlinkLeft", "eyeBlinkRight"),
    "Open jaw": ("jawOpen",),
    "Smile": ("mouthSmileLeft", "mouthSmileRight", "cheekSquintLeft", "cheekSquintRight"),
}


def write_preview(head: MadeHead, folder: Path, pixels: int) -> None:
    """Renders the head from all sides onto one sheet, with its texture, and a rig-ready one in some poses."""
    from .studio import Studio, render_views

    rig = add_on_module("blender_addon.rig_objects").find_rig(head.item)
    items = [head.item] if rig is None else [rig.head, *rig.parts]
    with tempfile.TemporaryDirectory() as temporary:
        pictures = render_views(items, Path(temporary), pixels)
        tiles: dict[str, Image.Image] = {
            label: Image.open(picture, formats=("PNG",)) for label, picture in pictures.items()
        }
        tiles["Texture"] = texture_of(items[0], Path(temporary))
        if rig is not None:
            with Studio(items, pixels) as studio:
                for label, names in POSES.items():
                    set_shapes(items[0], names)
                    tiles[label] = Image.open(
                        studio.render(Path(temporary) / f"{label}.png", 15.0), formats=("PNG",)
                    )
        title = f"“{head.result.provenance.prompt}”, seed {head.result.seed}"
        write_sheet(tiles, folder / "preview.png", pixels, title)


def set_shapes(item: "bpy.types.Object", names: tuple[str, ...], value: float = 1.0) -> None:
    """Sets some shapes of a rig-ready head, and all others to 0."""
    for key in item.data.shape_keys.key_blocks[1:]:
        key.value = value if key.name in names else 0.0
    item.data.update_tag()


def texture_of(item: "bpy.types.Object", folder: Path) -> Image.Image:
    """Returns the picture that colours the head's material, out of the .blend."""
    nodes = item.active_material.node_tree.nodes
    principled = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    node = principled.inputs["Base Color"].links[0].from_node
    path = folder / "texture.png"
    path.write_bytes(node.image.packed_file.data)
    return Image.open(path, formats=("PNG",))


if __name__ == "__main__":
    main()

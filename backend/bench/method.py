"""`python build.py method`: the drawing of the method, how words become a head, from the data of a real one."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ..errors import HeadsmithError
from ..generator.checkpoints import load_generator
from ..generator.fast_field import FastField
from ..models import ASSETS, GENERATOR_FILE
from ..process.client import BackendClient
from ..views.cameras import Camera, look_at_camera
from ..wire import HeadResult, JobRequest
from .method_tiles import (
    INK,
    SIDE,
    Picture,
    draw_charts,
    draw_edges,
    draw_latent,
    draw_planes,
    draw_slabs,
    draw_vector,
)
from .sheet_layout import file_kind, save_sheet

OUT = Path(__file__).resolve().parents[2] / "out" / "method.webp"
PROMPT, SEED = "a young woman with long red hair", 1
_GAP, _CAPTION = 74, 74  # pixels between tiles, and below each
_PAPER = (226, 226, 228)
_COLUMNS = 3


@dataclass(frozen=True)
class Step:
    """One tile of the drawing, and what the arrow to the next one does."""

    picture: Picture
    title: str
    data: str  # shapes and units
    file: str


def main() -> int:
    """Make the head and draw."""
    parser = argparse.ArgumentParser(prog="build.py method", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="the picture, .webp, .jpg or .png")
    options = parser.parse_args()
    try:
        file_kind(options.out)
        with tempfile.TemporaryDirectory() as folder:
            sheet = lay_out(make_steps(Path(folder)))
        size = save_sheet(sheet, options.out)
    except (HeadsmithError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}  {sheet.width} x {sheet.height}, {size // 1000} kB")
    return 0


def make_steps(folder: Path) -> list[Step]:
    """A head through the real backend, and what its generator makes of its latent on the way."""
    backend = BackendClient()
    try:
        head = backend.make(JobRequest(prompt=PROMPT, seed=SEED, output="both"), folder).heads[0]
    finally:
        backend.close()
    return [*_steps_of_latent(head), *_steps_of_files(head, folder)]


def _steps_of_latent(head: HeadResult) -> list[Step]:
    generator = load_generator(ASSETS / GENERATOR_FILE)
    config, z = generator.config, torch.tensor(head.z)
    with torch.inference_mode():
        ws = generator.map(z[None])
        planes = generator.synthesize_planes(ws)
        assert generator.template is not None
        vertices = generator.template.vertices(ws[0, 0]).numpy()
        skin = generator.template.drawn_surfaces(ws[0, 0])[0]
        points = skin.place(torch.from_numpy(vertices), ws[0, 0]).numpy()
    field = FastField(generator, planes)
    count, channels, rows, columns = planes.shape[1:]
    template = draw_edges(points, skin.triangles.numpy(), _camera(points, 0.45))
    slabs = draw_slabs(field, planes[0], config.planes.axes)
    words = f"“{PROMPT}” and seed {SEED}"
    return [
        Step(
            draw_latent(z, config.mapping.latent_blocks),
            f"{words}: latent z, in named blocks",
            f"z [{len(z)}], standard normal; blue amounts, orange choices",
            "guidance/guide.py, prior.py, refine.py",
        ),
        Step(
            draw_vector(ws[0, 0]),
            "Mapping: z to w, a small network for each group of blocks",
            f"ws [1,{ws.shape[1]},{ws.shape[2]}]",
            "generator/mapping.py",
        ),
        Step(
            template,
            "Template: w shapes and paints meshes (here its skin)",
            f"vertices [{len(vertices)},3] in field units, a texture for each surface",
            "generator/template.py, template_surface.py",
        ),
        Step(
            draw_planes(planes[0]),
            "Planes: the meshes drawn from six sides, the face once more",
            f"planes [1,{count},{channels},{rows},{columns}]: near and far depth, near and far rgb, ...",
            "generator/plane_drawing.py, slab.py",
        ),
        Step(
            slabs,
            "Field: where all slabs are (cut: the front plane's blue, the top one's orange)",
            "sigma [N], rgb [N,3], labels [N,L] at points [N,3] in field units",
            "generator/side_decoder.py, fast_field.py",
        ),
    ]


def _steps_of_files(head: HeadResult, folder: Path) -> list[Step]:
    assert head.rig is not None and head.sculpt is not None
    with np.load(folder / head.sculpt.mesh) as mesh:
        vertices, faces, uvs = mesh["vertices"], mesh["faces"], mesh["corner_uvs"]
    with np.load(folder / head.rig.mesh) as rig:
        rig_vertices, quads = rig["vertices"], rig["quads"]
    albedo = np.asarray(_open_png(folder / head.sculpt.albedo))
    preview = _open_png(folder / head.preview).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return [
        Step(
            draw_edges(vertices, faces, _camera(vertices, 0.45)),
            "Surface: sparse marching cubes, then fewer faces",
            f"vertices [{len(vertices)},3] metres, faces [{len(faces)},3]",
            "surface/sparse.py, extract.py, decimate.py",
        ),
        Step(
            draw_charts(uvs, albedo),
            "UVs and maps: charts, then the field's colours baked",
            f"corner_uvs [{len(faces)},3,2], albedo [{len(albedo)},{len(albedo)},3] sRGB, unlit",
            "process/unwrapping.py, surface/bake.py",
        ),
        Step(
            preview,
            "Sculpt: a closed mesh with textures, as glTF and in Blender",
            "mesh.npz, albedo.png, normal.png, roughness.png, head.glb",
            "delivery/head_files.py, gltf.py",
        ),
        Step(
            draw_edges(rig_vertices, quads, _camera(rig_vertices, 0.45)),
            "Rig-ready: quads of one topology, 52 shapes, bones",
            f"vertices [{len(rig_vertices)},3] metres, quads [{len(quads)},4], shapes [52,V,3]",
            "rig/, delivery/rig_files.py",
        ),
    ]


def _open_png(path: Path) -> Picture:
    with Image.open(path, formats=("PNG",)) as opened:
        return opened.convert("RGB")


def _camera(vertices: NDArray[np.floating[Any]], yaw: float) -> Camera:
    """A camera that frames the vertices [V,3]."""
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    reach = float(np.linalg.norm(high - low)) / 2
    x, y, z = ((low + high) / 2).tolist()
    return look_at_camera(yaw, 0.08, 8 * reach, 14.0, (x, y, z))


def lay_out(steps: list[Step]) -> Picture:
    """The tiles in reading order with arrows between them and three lines under each."""
    rows = -(-len(steps) // _COLUMNS)
    width = _COLUMNS * SIDE + (_COLUMNS + 1) * _GAP
    height = rows * (SIDE + _CAPTION) + (rows + 1) * (_GAP // 2)
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, step in enumerate(steps):
        row, column = divmod(index, _COLUMNS)
        x, y = _GAP + column * (SIDE + _GAP), _GAP // 2 + row * (SIDE + _CAPTION + _GAP // 2)
        sheet.paste(step.picture, (x, y))
        for line, (text, size) in enumerate(((step.title, 15), (step.data, 13), (step.file, 13))):
            draw.text((x, y + SIDE + 8 + 21 * line), text, fill=INK, font_size=size)
        if index + 1 < len(steps):
            _draw_arrow(draw, x, y, is_last=column == _COLUMNS - 1)
    return sheet


def _draw_arrow(draw: ImageDraw.ImageDraw, x: int, y: int, *, is_last: bool) -> None:
    """To the tile on the right, or from the end of a row towards the next one."""
    middle, start = y + SIDE // 2, x + SIDE + 12
    end = start + _GAP - 24
    draw.line([(start, middle), (end - 8, middle)], fill=INK, width=4)
    if is_last:
        draw.line([(end - 8, middle), (end - 8, middle + 26)], fill=INK, width=4)
        head = [(end - 18, middle + 26), (end + 2, middle + 26), (end - 8, middle + 44)]
    else:
        head = [(end - 12, middle - 11), (end - 12, middle + 11), (end + 4, middle)]
    draw.polygon(head, fill=INK)


if __name__ == "__main__":
    raise SystemExit(main())

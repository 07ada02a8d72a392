"""The sheet shows every picture under its label, undistorted, and the studio looks where it says."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from build_tools.sheet import GAP, LABEL_HEIGHT, on_backdrop, write_sheet
from tests.source_tree import ROOT

PIXELS = 64

# A block with a red front (-y), a green left side (+x) and a blue back (+y), seen with four samples.
RENDER_A_BLOCK = f"""
import os, sys
from pathlib import Path
import bpy
bpy.ops.wm.read_factory_settings(use_empty=True)
from build_tools.studio import render_views
bpy.ops.mesh.primitive_cube_add(size=0.2, location=(1.0, 2.0, 3.0))
block = bpy.context.object
for color in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0.2, 0.2, 0.2)):
    material = bpy.data.materials.new("paint")
    material.use_nodes = True
    surface = material.node_tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (*color, 1)
    block.data.materials.append(material)
for polygon in block.data.polygons:
    n = polygon.normal
    polygon.material_index = 0 if n.y < -0.5 else 1 if n.x > 0.5 else 2 if n.y > 0.5 else 3
before = [polygon.material_index for polygon in block.data.polygons]
render_views([block], Path(sys.argv[1]), {PIXELS}, samples=4)
assert [polygon.material_index for polygon in block.data.polygons] == before
assert len(bpy.data.scenes) == 1
sys.stdout.flush()
os._exit(0)
"""


def test_the_sheet_has_a_tile_for_every_picture(tmp_path: Path) -> None:
    colors = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (90, 90, 0), (0, 90, 90)]
    pictures = {
        f"Side {index}": Image.new("RGB", (10, 10), color) for index, color in enumerate(colors)
    }
    write_sheet(pictures, tmp_path / "sheet.png", PIXELS, "a title")
    sheet = Image.open(tmp_path / "sheet.png")
    for index, color in enumerate(colors):
        row, column = divmod(index, 3)
        x = GAP + column * (PIXELS + GAP) + PIXELS // 2
        y = LABEL_HEIGHT + GAP + row * (PIXELS + LABEL_HEIGHT + GAP) + PIXELS // 2
        assert sheet.getpixel((x, y)) == color


def test_a_picture_that_is_not_square_keeps_its_shape() -> None:
    tile = np.asarray(on_backdrop(Image.new("RGB", (20, 10), (255, 0, 0)), PIXELS)).astype(int)
    red = (tile[..., 0] > 250) & (tile[..., 1] < 5)
    rows, columns = np.where(red.any(axis=1))[0], np.where(red.any(axis=0))[0]
    assert (len(rows), len(columns)) == (PIXELS // 2, PIXELS)
    assert rows[0] == PIXELS // 4


def test_the_studio_sees_each_side_of_the_head(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RENDER_A_BLOCK, str(tmp_path)]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    middles = {
        path.stem.removeprefix("view_"): np.asarray(Image.open(path))[PIXELS // 2, PIXELS // 2]
        for path in tmp_path.glob("view_*.png")
    }
    assert set(middles) == {"front", "three-quarter", "side", "back", "wireframe"}
    assert np.argmax(middles["front"][:3]) == 0
    assert np.argmax(middles["side"][:3]) == 1
    assert np.argmax(middles["back"][:3]) == 2
    assert np.ptp(middles["wireframe"][:3].astype(int)) < 20, "the wireframe is neutral clay"
    assert all(middle[3] == 255 for middle in middles.values())
    corner = np.asarray(Image.open(tmp_path / "view_front.png"))[0, 0]
    assert corner[3] == 0

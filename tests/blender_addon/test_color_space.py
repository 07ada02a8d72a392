"""Colour spaces under Blender's own colour management and under others, which name them as they like."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import bpy
import pytest

from ..in_blender import part
from ..source_tree import ROOT

CONFIG = """ocio_profile_version: 1
roles:
  scene_linear: linear
  default_byte: {byte}
  default_float: linear
  default_sequencer: {byte}
  data: {data}
  color_picking: {byte}
  texture_paint: linear
  matte_paint: linear
  color_timing: linear
displays:
  screen:
    - !<View> {{name: Standard, colorspace: {byte}}}
active_displays: [screen]
active_views: [Standard]
colorspaces:
  - !<ColorSpace>
    name: linear
    family: linear
    bitdepth: 32f
    isdata: false
  - !<ColorSpace>
    name: {byte}
    family: texture
    bitdepth: 8ui
    isdata: false
    to_reference: !<ExponentTransform> {{value: [2.2, 2.2, 2.2, 1]}}
  - !<ColorSpace>
    name: {data}
    family: data
    bitdepth: 32f
    isdata: true
"""
SCRIPT = """
import sys, tempfile
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.in_blender import enable_extension, part
enable_extension(Path({folder!r}) / "user")
import bpy
names = []
for wanted in ("sRGB", "Non-Color"):
    image = bpy.data.images.load({picture!r}, check_existing=False)
    part("color_space").set_color_space(image, wanted)
    names.append(image.colorspace_settings.name)
sys.stdout.write("SPACES " + "|".join(names) + "\\n")
sys.stdout.flush()
import os
os._exit(0)
"""


def test_blenders_own_spaces_are_found_by_name(extension: ModuleType) -> None:
    image = bpy.data.images.new("any", 4, 4)
    for wanted in ("sRGB", "Non-Color"):
        part("color_space").set_color_space(image, wanted)
        assert image.colorspace_settings.name == wanted
    bpy.data.images.remove(image)


@pytest.mark.parametrize(
    ("byte", "data"), [("Utility - sRGB - Texture", "Utility - Raw"), ("display22", "numbers")]
)
def test_other_configurations_get_the_nearest_space(byte: str, data: str, tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "config.ocio").write_text(CONFIG.format(byte=byte, data=data))
    Image.new("RGB", (4, 4), (200, 100, 50)).save(tmp_path / "picture.png")
    script = SCRIPT.format(
        root=str(ROOT), folder=str(tmp_path), picture=str(tmp_path / "picture.png")
    )
    outcome = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "OCIO": str(tmp_path / "config.ocio")},
        capture_output=True,
        text=True,
    )
    assert f"SPACES {byte}|{data}\n" in outcome.stdout, outcome.stdout + outcome.stderr

"""The whole road once: package, install, press the button, real backend, import, export, pictures."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from build_tools.sheet import COLUMNS, GAP
from tests.source_tree import ROOT

PIXELS = 48
PROMPT = "a bald man with dark skin"
STAGES = {"backend_start", "guide", "planes", "extract", "unwrap", "bake", "import", "total"}


@dataclass(frozen=True)
class Demo:
    """What the demo left behind."""

    folder: Path
    report: Any


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "build_tools.demo", PROMPT, "--seed", "3"]
    command += ["--quality", "draft", "--pixels", str(PIXELS), "--out", str(folder)]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return Demo(folder, json.loads((folder / "report.json").read_text(encoding="utf-8")))


@pytest.mark.slow
def test_the_report_has_its_names_and_sound_figures(demo: Demo) -> None:
    report = demo.report
    assert (report["prompt"], report["seed"]) == (PROMPT, 3)
    assert report["model"]
    for figures in (report["seconds"], report["peak_mib"]):
        assert set(figures) >= STAGES
        assert all(value >= 0.0 for value in figures.values())
    assert report["peak_mib"]["total"] > 100.0
    assert report["mesh"]["watertight"] is True
    assert report["mesh"]["components"] == 1
    assert 0.2 < report["mesh"]["height_m"] < 0.4
    assert 0.3 < report["uv"]["coverage"] <= 1.0
    assert -1.0 <= report["text_similarity"] <= 1.0


@pytest.mark.slow
def test_the_exported_head_is_upright_and_textured(demo: Demo) -> None:
    mesh = trimesh.load_scene(demo.folder / "head.glb").to_mesh()
    width, height, depth = mesh.extents
    assert height > max(width, depth)
    material = mesh.visual.material
    texture = material.baseColorTexture
    for picture in (texture, material.normalTexture, material.metallicRoughnessTexture):
        assert picture.size == (demo.report["uv"]["texture_px"],) * 2
    low, high = np.asarray(material.normalTexture.convert("RGB"))[..., 2].min(), 255
    assert high / 2 < low  # blue: no normal points inwards
    green = material.metallicRoughnessTexture.convert("RGB").getextrema()[1]
    assert green[1] - green[0] > 60  # eyes shine, hair does not
    assert max(high - low for low, high in texture.convert("RGB").getextrema()) > 60


@pytest.mark.slow
def test_the_blend_file_holds_the_head_with_its_provenance(demo: Demo) -> None:
    script = f"""
import os, sys, bpy
bpy.ops.wm.open_mainfile(filepath={str(demo.folder / "head.blend")!r})
(head,) = [item for item in bpy.data.objects if "headsmith_latent" in item]
assert head["headsmith_prompt"] == {PROMPT!r} and head["headsmith_seed"] == 3
assert head["headsmith_model_sha256"] and head["headsmith_licence"]
assert head.dimensions.z > max(head.dimensions.x, head.dimensions.y)
nodes = head.active_material.node_tree.nodes
images = [node.image for node in nodes if node.type == "TEX_IMAGE"]
assert len(images) == 3 and all(image.packed_file is not None for image in images)
sys.stdout.flush()
os._exit(0)
"""
    outcome = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.slow
def test_the_preview_is_one_sheet(demo: Demo) -> None:
    sheet = Image.open(demo.folder / "preview.png")
    assert sheet.width == COLUMNS * PIXELS + (COLUMNS + 1) * GAP

"""A sculpt in the scene: its mesh and its maps are those of the files."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from ..in_blender import part, wire
from .session_runs import generate, head
from .toy_backend import egg


def test_every_corner_has_the_uv_that_the_backend_wrote(session: Any) -> None:
    generate()
    mesh = head().data
    _, faces, uvs = egg(1.0)
    assert [layer.name for layer in mesh.uv_layers] == ["UVMap"]
    found = np.empty(2 * len(mesh.loops), np.float32)
    mesh.uv_layers["UVMap"].uv.foreach_get("vector", found)
    assert found.reshape(-1, 3, 2) == pytest.approx(uvs, abs=1e-6)
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    assert (corners.reshape(-1, 3) == faces).all()


def test_the_material_shows_the_packed_unlit_colour(session: Any) -> None:
    generate()
    (material,) = head().data.materials
    principled = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    texture = principled.inputs["Base Color"].links[0].from_node
    assert principled.inputs["Roughness"].default_value == pytest.approx(0.6)
    assert principled.inputs["Emission Strength"].default_value == 0.0
    assert principled.outputs["BSDF"].links[0].to_node.type == "OUTPUT_MATERIAL"
    image = texture.image
    assert image.colorspace_settings.name == "sRGB"
    assert tuple(image.size) == (8, 8)
    assert image.packed_file is not None
    assert image.filepath.startswith("//")
    assert tuple(image.pixels[:3]) == pytest.approx([200 / 255, 30 / 255, 30 / 255], abs=0.01)


def test_maps_and_masks_of_the_files_are_in_the_material(session: Any) -> None:
    generate(prompt="with maps")
    (material,) = head().data.materials
    found = {
        node.image.name: node.image.colorspace_settings.name
        for node in material.node_tree.nodes
        if node.type == "TEX_IMAGE"
    }
    assert found == {
        "With maps albedo": "sRGB",
        "With maps normal": "Non-Color",
        "With maps roughness": "Non-Color",
        "With maps skin mask": "Non-Color",
        "With maps hair mask": "Non-Color",
    }


def test_a_result_is_read_before_anything_is_made(session: Any) -> None:
    generate(prompt="with maps")
    (job,) = session.dispatcher.jobs
    result = job.result.heads[0].sculpt
    source = part("import_sculpt").read_sculpt(job, result)
    assert [name for name, _ in source.masks] == ["skin", "hair"]
    assert source.mesh.vertices.shape == (24 * 32, 3)
    for field in ("albedo", "normal", "roughness"):
        assert getattr(source, field).is_file()
        wrong = dataclasses.replace(result, **{field: "no.png"})
        with pytest.raises(wire().RequestError, match=r"texture no\.png cannot be read"):
            part("import_sculpt").read_sculpt(job, wrong)

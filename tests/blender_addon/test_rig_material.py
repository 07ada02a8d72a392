"""The materials of a rig-ready head: one set of textures, and what differs."""

from typing import Any

import bpy
import pytest

from backend.wire.rig_names import (
    MATERIALS,
)

from .rig_scene import generate


def principled(material: Any) -> Any:
    return next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")


def images(material: Any) -> set[str]:
    return {node.image.name for node in material.node_tree.nodes if node.type == "TEX_IMAGE"}


def test_all_materials_share_one_set_of_textures(session: Any) -> None:
    materials = generate().head.data.materials
    names = {f"An old man {kind}" for kind in ("albedo", "normal", "roughness")}
    assert all(images(material) == names for material in materials)
    spaces = {name: bpy.data.images[name].colorspace_settings.name for name in names}
    assert spaces == {
        "An old man albedo": "sRGB",
        "An old man normal": "Non-Color",
        "An old man roughness": "Non-Color",
    }
    assert all(bpy.data.images[name].packed_file for name in names)


def test_materials_differ_where_flesh_differs(session: Any) -> None:
    nodes = dict(zip(MATERIALS, map(principled, generate().head.data.materials), strict=True))
    assert {n for n, node in nodes.items() if node.inputs["Alpha"].is_linked} == {"lashes"}
    scattering = {
        n for n, node in nodes.items() if node.inputs["Subsurface Weight"].default_value > 0
    }
    assert scattering == {"skin"}
    wet = {n: node.inputs["Coat Weight"].default_value for n, node in nodes.items()}
    assert wet["eyes"] > wet["teeth"] > wet["tongue"] > wet["skin"] == 0.0


@pytest.mark.parametrize("scale_length", [1.0, 0.01])
def test_light_goes_as_deep_into_skin_in_every_unit(session: Any, scale_length: float) -> None:
    bpy.context.scene.unit_settings.scale_length = scale_length
    skin = principled(generate().head.data.materials[0])
    depth = skin.inputs["Subsurface Scale"].default_value * scale_length
    assert depth == pytest.approx(0.004)
    red, green, blue = skin.inputs["Subsurface Radius"].default_value
    assert red > green > blue


def test_only_lashes_are_seen_through_and_from_both_sides(session: Any) -> None:
    for name, material in zip(MATERIALS, generate().head.data.materials, strict=True):
        is_lashes = name == "lashes"
        assert principled(material).inputs["Alpha"].is_linked is is_lashes
        if is_lashes:
            assert not material.use_backface_culling


def test_the_colour_is_what_solid_shading_shows(session: Any) -> None:
    rig = generate("a man with hair")
    for item in (rig.head, *rig.parts):
        for material in item.data.materials:
            assert material.node_tree.nodes.active.image.name.endswith("albedo")

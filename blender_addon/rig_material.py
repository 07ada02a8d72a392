"""The materials of a rig-ready head: five that share one set of textures, and those of its hair.

Whatever reads them from glTF, FBX or USD finds plain Principled nodes with textures linked straight to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import bpy

from ..backend import wire
from .meshes import UV_MAP

SKIN_DEPTH_M = 0.004  # that red light goes into skin; green and blue less
SKIN_RADIUS = (1.0, 0.35, 0.2)
HAIR_ROUGHNESS, HAIR_SPECULAR = 0.6, 0.35


@dataclass(frozen=True)
class RigMaps:
    """The one set of textures of a rig-ready head."""

    albedo: bpy.types.Image  # with alpha, of the lashes
    normal: bpy.types.Image  # tangent space, +Y
    roughness: bpy.types.Image

    @property
    def images(self) -> tuple[bpy.types.Image, ...]:
        return (self.albedo, self.normal, self.roughness)


@dataclass(frozen=True)
class Look:
    """What makes the materials differ, beside their texture."""

    values: Mapping[str, float]  # of the Principled node's inputs
    has_alpha: bool = False


def _look(has_alpha: bool = False, **values: float) -> Look:
    return Look(
        MappingProxyType({name.replace("_", " "): value for name, value in values.items()}),
        has_alpha,
    )


LOOKS = MappingProxyType(
    {
        "skin": _look(Subsurface_Weight=0.12),
        "eyes": _look(Coat_Weight=1.0, Coat_Roughness=0.03),  # the film of tears
        "lashes": _look(has_alpha=True),
        "teeth": _look(Coat_Weight=0.5, Coat_Roughness=0.12),
        "tongue": _look(Coat_Weight=0.3, Coat_Roughness=0.2),
    }
)


def make_rig_materials(name: str, maps: RigMaps, units: float) -> list[bpy.types.Material]:
    """One material for each of MATERIALS, in their order; `units` are scene units in a metre."""
    made = []
    for part in wire.MATERIALS:
        material, principled = _principled(f"{name} {part}")
        look = LOOKS[part]
        for input_name, value in look.values.items():
            principled.inputs[input_name].default_value = value
        principled.inputs["Subsurface Radius"].default_value = SKIN_RADIUS
        principled.inputs["Subsurface Scale"].default_value = SKIN_DEPTH_M * units
        albedo = _texture(material, maps.albedo, 300)
        links = material.node_tree.links
        links.new(albedo.outputs["Color"], principled.inputs["Base Color"])
        if look.has_alpha:
            links.new(albedo.outputs["Alpha"], principled.inputs["Alpha"])
            material.surface_render_method = "DITHERED"
            material.use_backface_culling = False
        roughness = _texture(material, maps.roughness, 0)
        links.new(roughness.outputs["Color"], principled.inputs["Roughness"])
        _link_normal(material, principled, maps.normal)
        material.node_tree.nodes.active = albedo  # what Solid shading shows, and baking writes to
        made.append(material)
    return made


def make_part_material(
    name: str, albedo: bpy.types.Image, normal: bpy.types.Image
) -> bpy.types.Material:
    """The material of hair, a beard, glasses."""
    material, principled = _principled(name)
    principled.inputs["Roughness"].default_value = HAIR_ROUGHNESS
    principled.inputs["Specular IOR Level"].default_value = HAIR_SPECULAR
    texture = _texture(material, albedo, 300)
    links = material.node_tree.links
    links.new(texture.outputs["Color"], principled.inputs["Base Color"])
    _link_normal(material, principled, normal)
    material.node_tree.nodes.active = texture
    return material


def _principled(name: str) -> tuple[bpy.types.Material, bpy.types.ShaderNode]:
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # since Blender 5.0 there always is one
        material.use_nodes = True
    nodes = material.node_tree.nodes
    nodes.clear()
    output = nodes.new("ShaderNodeOutputMaterial")
    principled = nodes.new("ShaderNodeBsdfPrincipled")
    output.location, principled.location = (320, 200), (0, 200)
    material.node_tree.links.new(principled.outputs["BSDF"], output.inputs["Surface"])
    return material, principled


def _texture(
    material: bpy.types.Material, image: bpy.types.Image, height: float
) -> bpy.types.ShaderNode:
    texture = material.node_tree.nodes.new("ShaderNodeTexImage")
    texture.location = (-560, height)
    texture.image = image
    texture.extension = "EXTEND"
    return texture


def _link_normal(
    material: bpy.types.Material, principled: bpy.types.ShaderNode, image: bpy.types.Image
) -> None:
    texture = _texture(material, image, -300)
    normal = material.node_tree.nodes.new("ShaderNodeNormalMap")
    normal.location = (-240, -300)
    normal.uv_map = UV_MAP
    links = material.node_tree.links
    links.new(texture.outputs["Color"], normal.inputs["Color"])
    links.new(normal.outputs["Normal"], principled.inputs["Normal"])

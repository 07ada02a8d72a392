"""The materials of a rig-ready head: five that share one set of textures, and those of its hair.

Whatever reads them from glTF, FBX or USD finds plain Principled nodes with textures linked straight to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import bpy

from ..backend import wire
from .blender_data import input_of, new_node, output_of, set_input, tree_of
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
            set_input(principled, input_name, value)
        set_input(principled, "Subsurface Radius", SKIN_RADIUS)
        set_input(principled, "Subsurface Scale", SKIN_DEPTH_M * units)
        albedo = _texture(material, maps.albedo, 300)
        links = tree_of(material).links
        links.new(output_of(albedo, "Color"), input_of(principled, "Base Color"))
        if look.has_alpha:
            links.new(output_of(albedo, "Alpha"), input_of(principled, "Alpha"))
            material.surface_render_method = "DITHERED"
            material.use_backface_culling = False
        roughness = _texture(material, maps.roughness, 0)
        links.new(output_of(roughness, "Color"), input_of(principled, "Roughness"))
        _link_normal(material, principled, maps.normal)
        tree_of(material).nodes.active = albedo  # what Solid shading shows, and baking writes to
        made.append(material)
    return made


def make_part_material(
    name: str, albedo: bpy.types.Image, normal: bpy.types.Image
) -> bpy.types.Material:
    """The material of hair, a beard, glasses."""
    material, principled = _principled(name)
    set_input(principled, "Roughness", HAIR_ROUGHNESS)
    set_input(principled, "Specular IOR Level", HAIR_SPECULAR)
    texture = _texture(material, albedo, 300)
    links = tree_of(material).links
    links.new(output_of(texture, "Color"), input_of(principled, "Base Color"))
    _link_normal(material, principled, normal)
    tree_of(material).nodes.active = texture
    return material


def _principled(name: str) -> tuple[bpy.types.Material, bpy.types.ShaderNode]:
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # since Blender 5.0 there always is one
        material.use_nodes = True
    tree = tree_of(material)
    tree.nodes.clear()
    output = new_node(tree, bpy.types.ShaderNodeOutputMaterial)
    principled = new_node(tree, bpy.types.ShaderNodeBsdfPrincipled)
    output.location, principled.location = (320, 200), (0, 200)
    tree.links.new(output_of(principled, "BSDF"), input_of(output, "Surface"))
    return material, principled


def _texture(
    material: bpy.types.Material, image: bpy.types.Image, height: float
) -> bpy.types.ShaderNodeTexImage:
    texture = new_node(tree_of(material), bpy.types.ShaderNodeTexImage)
    texture.location = (-560, height)
    texture.image = image
    texture.extension = "EXTEND"
    return texture


def _link_normal(
    material: bpy.types.Material, principled: bpy.types.ShaderNode, image: bpy.types.Image
) -> None:
    texture = _texture(material, image, -300)
    normal = new_node(tree_of(material), bpy.types.ShaderNodeNormalMap)
    normal.location = (-240, -300)
    normal.uv_map = UV_MAP
    links = tree_of(material).links
    links.new(output_of(texture, "Color"), input_of(normal, "Color"))
    links.new(output_of(normal, "Normal"), input_of(principled, "Normal"))

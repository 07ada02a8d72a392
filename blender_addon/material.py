"""The material of a head: one Principled BSDF with the packed unlit colour."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..backend import api

ROUGHNESS = 0.6  # dry skin; hair and lips are shinier, but one texture of colour cannot say where
SPECULAR = 0.35


def load_albedo(path: Path, name: str) -> bpy.types.Image:
    """The sRGB picture at `path`, packed into the file. Raises RequestError with one sentence."""
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise _unreadable(path) from error
    if not image.size[0]:
        bpy.data.images.remove(image)
        raise _unreadable(path)
    image.name = name
    image.colorspace_settings.name = "sRGB"
    image.alpha_mode = "NONE"
    image.pack()
    # The job's folder may be emptied one day: unpacking shall not write there.
    image.filepath_raw = f"//textures/{bpy.path.clean_name(name)}.png"
    return image


def _unreadable(path: Path) -> api.RequestError:
    return api.RequestError(
        f"The texture {path.name} cannot be read; generate the head again.", api.ErrorCode.PROTOCOL
    )


def make_material(name: str, albedo: bpy.types.Image) -> bpy.types.Material:
    """A material that shows `albedo` through the mesh's UV map."""
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # since Blender 5.0 there always is one
        material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    output = nodes.new("ShaderNodeOutputMaterial")
    principled = nodes.new("ShaderNodeBsdfPrincipled")
    texture = nodes.new("ShaderNodeTexImage")
    output.location, principled.location, texture.location = (300, 0), (0, 0), (-320, 0)
    texture.image = albedo
    texture.extension = "EXTEND"
    principled.inputs["Roughness"].default_value = ROUGHNESS
    principled.inputs["Specular IOR Level"].default_value = SPECULAR
    links.new(texture.outputs["Color"], principled.inputs["Base Color"])
    links.new(principled.outputs["BSDF"], output.inputs["Surface"])
    nodes.active = texture  # what Solid shading shows, and what baking writes to
    return material

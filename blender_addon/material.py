"""The material of a head: one Principled BSDF with its unlit colour, normals, roughness and skin."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import bpy

from ..backend import wire
from .blender_data import input_of, new_node, output_of, set_input, tree_of
from .color_space import ColorSpace, set_color_space
from .meshes import UV_MAP

ROUGHNESS = 0.6  # where no map says it: dry skin
SPECULAR = 0.35
# How deep light goes into skin (m), after Jensen et al., "A Practical Model for Subsurface Light Transport"
# (2001). The colours were painted with skin's own glow in them, so a little of it is enough.
SKIN_RADIUS_M = (0.0037, 0.0014, 0.0007)
SUBSURFACE = 0.15
FLESH = (
    "skin",
    "lips",
    "mouth",
    "ear",
    "neck",
)  # parts that light goes into; hair, eyes and glasses are none
TEXTURES_FOLDER = "textures"
COLUMN, ROW = 320, 300  # of the node editor

Place = Literal["PACKED", "BESIDE"]


@dataclass(frozen=True)
class MaterialMaps:
    """The pictures of a material and how they lie on the mesh. Only masks of flesh are used, others kept at hand."""

    albedo: bpy.types.Image
    normal: bpy.types.Image | None = None  # tangent space, +Y
    roughness: bpy.types.Image | None = None
    masks: tuple[tuple[str, bpy.types.Image], ...] = ()  # part and where it is
    uv_map: str = UV_MAP
    units_per_metre: float = 1.0  # of the scene

    def images(self) -> tuple[bpy.types.Image, ...]:
        """All of them."""
        further = (self.normal, self.roughness, *(image for _, image in self.masks))
        return (self.albedo, *(image for image in further if image is not None))


def load_map(
    path: Path,
    name: str,
    color_space: ColorSpace,
    place: Place = "PACKED",
    has_alpha: bool = False,
) -> bpy.types.Image:
    """The checked picture at `path`, kept in the file or beside it. Raises RequestError with one sentence.

    Args:
        place: BESIDE copies it to the folder `textures` beside the saved file.
    """
    if place == "BESIDE":
        path = _copy_beside(path, name)
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise _unreadable(path) from error
    if not image.size[0]:
        bpy.data.images.remove(image)
        raise _unreadable(path)
    image.name = name
    set_color_space(image, color_space)
    # The colour below lashes is as true as the rest.
    image.alpha_mode = "CHANNEL_PACKED" if has_alpha else "NONE"
    if place == "BESIDE":
        image.filepath = f"//{TEXTURES_FOLDER}/{path.name}"
    else:
        image.pack()
        # The job's folder may be emptied one day: unpacking shall not write there.
        image.filepath_raw = f"//{TEXTURES_FOLDER}/{bpy.path.clean_name(name)}.png"
        for packed in image.packed_files:
            packed.filepath = image.filepath_raw  # by which USD names it
    return image


def folder_beside() -> Path:
    """Where pictures lie that are not packed."""
    return Path(bpy.path.abspath(f"//{TEXTURES_FOLDER}"))


def _copy_beside(path: Path, name: str) -> Path:
    """A copy of the picture beside the saved file, under a name that is free."""
    folder = folder_beside()
    stem = bpy.path.clean_name(name)
    try:
        folder.mkdir(exist_ok=True)
        target = next(free for free in _names(folder, stem) if not free.exists())
        shutil.copyfile(path, target)
    except OSError as error:
        raise wire.RequestError(
            f"The textures cannot be written to {folder} ({error.strerror}); free or unlock it, or choose "
            "packed textures in the preferences.",
            wire.ErrorCode.JOB_FOLDER,
        ) from error
    return target


def _names(folder: Path, stem: str) -> Iterator[Path]:
    yield folder / f"{stem}.png"
    number = 1
    while True:
        yield folder / f"{stem}_{number:03d}.png"
        number += 1


def _unreadable(path: Path) -> wire.RequestError:
    return wire.RequestError(
        f"The texture {path.name} cannot be read; generate the head again.", wire.ErrorCode.PROTOCOL
    )


def make_material(name: str, maps: MaterialMaps) -> bpy.types.Material:
    """A material that looks like skin and hair under any lamps."""
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # since Blender 5.0 there always is one
        material.use_nodes = True
    tree = tree_of(material)
    nodes, links = tree.nodes, tree.links
    nodes.clear()
    output = new_node(tree, bpy.types.ShaderNodeOutputMaterial)
    principled = new_node(tree, bpy.types.ShaderNodeBsdfPrincipled)
    output.location, principled.location = (COLUMN, 0), (0, 0)
    links.new(output_of(principled, "BSDF"), input_of(output, "Surface"))
    set_input(principled, "Roughness", ROUGHNESS)
    set_input(principled, "Specular IOR Level", SPECULAR)
    set_input(principled, "Subsurface Weight", SUBSURFACE)
    radii = [radius * maps.units_per_metre for radius in SKIN_RADIUS_M]
    set_input(principled, "Subsurface Radius", radii)
    set_input(principled, "Subsurface Scale", 1.0)
    albedo = _add_texture(tree, maps.albedo, 2, 0)
    links.new(output_of(albedo, "Color"), input_of(principled, "Base Color"))
    if maps.roughness is not None:
        roughness = _add_texture(tree, maps.roughness, 2, 1)
        links.new(output_of(roughness, "Color"), input_of(principled, "Roughness"))
    if maps.normal is not None:
        bumps = new_node(tree, bpy.types.ShaderNodeNormalMap)
        bumps.location, bumps.uv_map = (-COLUMN, -2 * ROW), maps.uv_map
        normal = _add_texture(tree, maps.normal, 2, 2)
        links.new(output_of(normal, "Color"), input_of(bumps, "Color"))
        links.new(output_of(bumps, "Normal"), input_of(principled, "Normal"))
    flesh = _add_masks(tree, maps.masks)
    if flesh is not None:
        weight = _add_math(tree, "MULTIPLY", 1, 1)
        weight.label = "Light under the skin"
        set_input(weight, 1, SUBSURFACE)
        links.new(flesh, input_of(weight, 0))
        links.new(output_of(weight, "Value"), input_of(principled, "Subsurface Weight"))
    for node in nodes:
        node.select = False
    nodes.active = albedo  # what Solid shading shows, and what baking writes to
    return material


def _add_masks(
    tree: bpy.types.NodeTree, masks: tuple[tuple[str, bpy.types.Image], ...]
) -> bpy.types.NodeSocket | None:
    """Small nodes in a frame, for whoever wants to change one part only; returns where flesh is, if masks tell it."""
    flesh = None
    if not masks:
        return None
    frame = new_node(tree, bpy.types.NodeFrame)
    frame.label = frame.name = "Part masks"
    for row, (part, mask) in enumerate(masks):
        node = _add_texture(tree, mask, 5, 0)
        node.parent, node.label, node.hide = frame, mask.name, True
        node.location = (-5 * COLUMN, -50 * row)
        if part not in FLESH:
            continue
        here = output_of(node, "Color")
        if flesh is not None:  # masks of one place sum to 1
            both = _add_math(tree, "ADD", 4, 0)
            both.parent, both.hide, both.location.y = frame, True, -50 * row
            tree.links.new(flesh, input_of(both, 0))
            tree.links.new(here, input_of(both, 1))
            here = output_of(both, "Value")
        flesh = here
    return flesh


def _add_math(
    tree: bpy.types.NodeTree, operation: Literal["ADD", "MULTIPLY"], column: int, row: int
) -> bpy.types.ShaderNodeMath:
    node = new_node(tree, bpy.types.ShaderNodeMath)
    node.operation, node.location = operation, (-column * COLUMN, -row * ROW)
    return node


def _add_texture(
    tree: bpy.types.NodeTree, image: bpy.types.Image, column: int, row: int
) -> bpy.types.ShaderNodeTexImage:
    node = new_node(tree, bpy.types.ShaderNodeTexImage)
    node.location = (-column * COLUMN, -row * ROW)
    node.image, node.extension = image, "EXTEND"
    return node

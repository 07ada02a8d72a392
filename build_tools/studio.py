"""Renders a head from several sides in a studio of its own, with Cycles on the CPU.

Runs inside Blender. Convention: Blender's frame, z up, the face looks along -y; yaw 0 sees the face, yaw 90
has the camera on +x.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

FOCAL_LENGTH_MM = 85.0
SENSOR_MM = 36.0
MARGIN = 1.06
FACE_SHARE = 0.62  # of half the head's height: what holds a face
SHAPE_MOVES = 0.004  # of half the head's height: less does not show
WIRE, WIRE_SHARE = "Wire", 0.0028  # thickness of lines, of half the head's height


@dataclass(frozen=True)
class View:
    """One picture of the sheet."""

    label: str
    yaw_degrees: float
    is_wireframe: bool = False


VIEWS = (
    View("Front", 0.0),
    View("Three-quarter", 40.0),
    View("Side", 90.0),
    View("Back", 180.0),
    View("Wireframe", 30.0, is_wireframe=True),
)


@dataclass(frozen=True)
class StudioLight:
    """An area light, placed relative to the camera."""

    yaw_degrees: float
    pitch_degrees: float
    watts: float  # at one metre from the subject
    size: float  # of the distance


LIGHTS = (
    StudioLight(-38.0, 28.0, 7.5, 0.9),
    StudioLight(48.0, 8.0, 3.2, 1.2),
    StudioLight(150.0, 35.0, 5.0, 0.6),
    StudioLight(-150.0, 35.0, 5.0, 0.6),
)
AMBIENT = 0.4


def render_views(
    items: Sequence[bpy.types.Object], folder: Path, pixels: int, samples: int = 24
) -> dict[str, Path]:
    """Renders every view of a head, the first of the items, and what it wears; returns the pictures by label."""
    with Studio(items, pixels, samples) as studio:
        return {
            view.label: studio.render(
                folder / f"view_{view.label.lower()}.png", view.yaw_degrees, view.is_wireframe
            )
            for view in VIEWS
        }


class Studio:
    """A scene with some objects in it, for as many pictures as wanted; taken away at the end."""

    def __init__(
        self,
        items: Sequence[bpy.types.Object],
        pixels: int,
        samples: int = 24,
        ambient: float = AMBIENT,
    ) -> None:
        self.items = list(items)
        self._pixels, self._samples, self._ambient = pixels, samples, ambient

    def __enter__(self) -> "Studio":
        self.scene = make_scene(self._pixels, self._samples, self._ambient)
        for item in self.items:
            self.scene.collection.objects.link(item)
        self.subject = subject_of(self.items)
        return self

    def __exit__(self, *_: object) -> None:
        bpy.data.scenes.remove(self.scene)

    def render(
        self,
        path: Path,
        yaw_degrees: float,
        is_wireframe: bool = False,
        lights: tuple["StudioLight", ...] | None = None,
        subject: "Subject | None" = None,
    ) -> Path:
        """One picture with a transparent background; its path."""
        rig = place_rig(
            self.scene, subject or self.subject, yaw_degrees, LIGHTS if lights is None else lights
        )
        layer = self.scene.view_layers[0]
        made = [wire_of(item, self.subject) for item in self.items] if is_wireframe else []
        for wire in made:
            self.scene.collection.objects.link(wire)
        if is_wireframe:
            # One material for all: lines are told from clay by a mark of their object.
            layer.material_override = clay()
            rig.append(layer.material_override)
        self.scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True, scene=self.scene.name)
        layer.material_override = None
        bpy.data.batch_remove([*rig, *made, *(wire.data for wire in made)])
        return path

    def face(self, head: bpy.types.Object) -> "Subject":
        """The part of a rig-ready head that its shapes move."""
        rest = np.array([point.co for point in head.data.shape_keys.key_blocks[0].data])
        moved = np.zeros(len(rest), np.bool_)
        for key in head.data.shape_keys.key_blocks[1:]:
            offsets = np.array([point.co for point in key.data]) - rest
            moved |= np.linalg.norm(offsets, axis=1) > SHAPE_MOVES * self.subject.half_height
        points = [head.matrix_world @ Vector(point) for point in rest[moved]]
        middle = sum(points, Vector()) / len(points)
        half = FACE_SHARE * self.subject.half_height
        return Subject(middle, half, half)

    @contextmanager
    def unlit(self, items: Sequence[bpy.types.Object]) -> Iterator[None]:
        """Within, the materials shine with their colour and nothing else."""
        slots = [
            (item.data.materials, i) for item in items for i in range(len(item.data.materials))
        ]
        before = [materials[index] for materials, index in slots]
        shining = [_shining(material) for material in before if material is not None]
        for (materials, index), material in zip(slots, shining, strict=True):
            materials[index] = material
        try:
            yield
        finally:
            for (materials, index), own in zip(slots, before, strict=True):
                materials[index] = own
            bpy.data.batch_remove(shining)


def _shining(material: bpy.types.Material) -> bpy.types.Material:
    shining = material.copy()
    tree = shining.node_tree
    principled = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    color, glow = principled.inputs["Base Color"], tree.nodes.new("ShaderNodeEmission")
    if color.links:
        tree.links.new(color.links[0].from_socket, glow.inputs["Color"])
    else:
        glow.inputs["Color"].default_value = color.default_value
    surface = glow.outputs["Emission"]
    if principled.inputs["Alpha"].links:
        clear, mix = (
            tree.nodes.new("ShaderNodeBsdfTransparent"),
            tree.nodes.new("ShaderNodeMixShader"),
        )
        tree.links.new(principled.inputs["Alpha"].links[0].from_socket, mix.inputs["Fac"])
        tree.links.new(clear.outputs["BSDF"], mix.inputs[1])
        tree.links.new(surface, mix.inputs[2])
        surface = mix.outputs["Shader"]
    output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
    tree.links.new(surface, output.inputs["Surface"])
    return shining


def make_scene(pixels: int, samples: int, ambient: float = AMBIENT) -> bpy.types.Scene:
    """Makes a scene that renders square pictures with even, neutral light."""
    scene = bpy.data.scenes.new("Studio")
    render = scene.render
    render.engine = "CYCLES"  # type: ignore[assignment]  # an add-on of Blender's own
    render.resolution_x = render.resolution_y = pixels
    render.film_transparent = True
    render.image_settings.file_format = "PNG"
    render.image_settings.color_mode = "RGBA"
    scene.view_settings.view_transform = "Standard"
    scene.cycles.device = "CPU"
    scene.cycles.samples = samples
    scene.cycles.use_denoising = True
    scene.cycles.max_bounces = 3
    scene.world = bpy.data.worlds.new("Studio")
    scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"]
    background.inputs["Strength"].default_value = ambient
    background.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    return scene


@dataclass(frozen=True)
class Subject:
    """The upright cylinder that holds a head, in scene units."""

    centre: Vector
    radius: float  # around the vertical axis through the centre
    half_height: float


def subject_of(items: Sequence[bpy.types.Object]) -> Subject:
    """Measures objects where they stand."""
    points = [item.matrix_world @ vertex.co for item in items for vertex in item.data.vertices]
    low = Vector([min(point[axis] for point in points) for axis in range(3)])
    high = Vector([max(point[axis] for point in points) for axis in range(3)])
    centre = (low + high) / 2
    radius = max((point - centre).to_2d().length for point in points)
    return Subject(centre, radius, (high.z - low.z) / 2)


def place_rig(
    scene: bpy.types.Scene,
    subject: Subject,
    yaw_degrees: float,
    lights: tuple[StudioLight, ...] = LIGHTS,
) -> list[bpy.types.ID]:
    """Puts a camera that just holds the subject, and the lights around it; returns what it made."""
    half_size = MARGIN * max(subject.radius, subject.half_height)
    # Whatever is nearest to the camera still fits.
    distance = half_size * 2 * FOCAL_LENGTH_MM / SENSOR_MM + subject.radius
    camera = bpy.data.cameras.new("Studio")
    camera.lens, camera.sensor_width = FOCAL_LENGTH_MM, SENSOR_MM
    camera.clip_start, camera.clip_end = distance / 100, distance * 10
    made: list[bpy.types.ID] = [camera]
    scene.camera = add_object(scene, camera, subject.centre, distance, yaw_degrees, 0.0)
    made.append(scene.camera)
    away = 4.0 * half_size
    for light in lights:
        data = bpy.data.lights.new("Studio", "AREA")
        # The light's power grows with the square of its distance: any head is lit the same.
        data.energy = light.watts * away**2
        data.size = light.size * away
        yaw = yaw_degrees + light.yaw_degrees
        made += [data, add_object(scene, data, subject.centre, away, yaw, light.pitch_degrees)]
    return made


def add_object(
    scene: bpy.types.Scene,
    data: bpy.types.ID,
    centre: Vector,
    distance: float,
    yaw_degrees: float,
    pitch_degrees: float,
) -> bpy.types.Object:
    """Adds an object that looks at `centre` from a distance; its own forward axis is -z."""
    item = bpy.data.objects.new(data.name, data)
    scene.collection.objects.link(item)
    turn = Matrix.Rotation(math.radians(yaw_degrees), 4, "Z")
    tilt = Matrix.Rotation(math.radians(90.0 - pitch_degrees), 4, "X")
    away = Matrix.Translation((0.0, 0.0, distance))
    item.matrix_world = Matrix.Translation(centre) @ turn @ tilt @ away
    return item


def wire_of(item: bpy.types.Object, subject: Subject) -> bpy.types.Object:
    """The edges of an object's faces, quads as quads, as thin bars in its place and pose."""
    evaluated = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = bpy.data.meshes.new_from_object(evaluated)
    wire = bpy.data.objects.new(WIRE, mesh)
    wire.matrix_world = item.matrix_world
    bars = wire.modifiers.new("Wire", "WIREFRAME")
    bars.thickness = WIRE_SHARE * subject.half_height
    bars.use_even_offset = False
    wire.pass_index = 1
    return wire


def clay() -> bpy.types.Material:
    """Makes matt clay, dark for objects that are marked as wires."""
    material = bpy.data.materials.new("Clay")
    material.use_nodes = True
    tree = material.node_tree
    surface = tree.nodes["Principled BSDF"]
    surface.inputs["Roughness"].default_value = 0.9
    mark = tree.nodes.new("ShaderNodeObjectInfo")
    mix = tree.nodes.new("ShaderNodeMixRGB")
    mix.inputs["Color1"].default_value = (0.62, 0.62, 0.62, 1.0)
    mix.inputs["Color2"].default_value = (0.02, 0.03, 0.05, 1.0)
    tree.links.new(mark.outputs["Object Index"], mix.inputs["Fac"])
    tree.links.new(mix.outputs["Color"], surface.inputs["Base Color"])
    return material

"""Measures a finished head.glb as another program sees it, through trimesh."""

from dataclasses import dataclass
from pathlib import Path

import trimesh


@dataclass(frozen=True)
class GlbFigures:
    """What report.json says about the mesh; vertices are counted once merged by position."""

    vertices: int
    faces: int
    watertight: bool
    components: int
    genus: int  # of all components together; -1 where the surface is open
    height_m: float
    has_texture: bool


def measure_glb(path: Path) -> GlbFigures:
    """Loads a glTF file (y up, metres), merges its vertices by position and measures the surface."""
    scene = trimesh.load_scene(path)
    mesh = scene.to_mesh()
    material = getattr(mesh.visual, "material", None)
    has_texture = getattr(material, "baseColorTexture", None) is not None
    mesh.merge_vertices(merge_tex=True, merge_norm=True)
    components = len(
        trimesh.graph.connected_components(mesh.face_adjacency, nodes=range(len(mesh.faces)))
    )
    is_watertight = bool(mesh.is_watertight)
    return GlbFigures(
        vertices=len(mesh.vertices),
        faces=len(mesh.faces),
        watertight=is_watertight,
        components=components,
        # Euler: V - E + F = 2 (components - genus) on closed surfaces.
        genus=components - mesh.euler_number // 2 if is_watertight else -1,
        height_m=round(float(mesh.extents[1]), 4),
        has_texture=has_texture,
    )

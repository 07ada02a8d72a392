"""Measures a finished head.glb as another program sees it, through trimesh."""

from pathlib import Path

import numpy as np
import trimesh

from backend.wire.results import (
    MeshFigures,
)


def measure_glb(path: Path) -> MeshFigures:
    """Loads a glTF file (y up, metres), merges its vertices by position and measures the surface.

    The genus is that of all components together, and -1 where the surface is open.
    """
    scene = trimesh.load_scene(path)
    mesh = scene.to_mesh()
    mesh.merge_vertices(merge_tex=True, merge_norm=True)
    components = len(
        trimesh.graph.connected_components(mesh.face_adjacency, nodes=np.arange(len(mesh.faces)))
    )
    is_watertight = bool(mesh.is_watertight)
    return MeshFigures(
        vertices=len(mesh.vertices),
        faces=len(mesh.faces),
        watertight=is_watertight,
        components=components,
        # Euler: V - E + F = 2 (components - genus) on closed surfaces.
        genus=components - mesh.euler_number // 2 if is_watertight else -1,
        height_m=round(float(mesh.extents[1]), 4),
    )

"""Files that Blender's exporters wrote, and what stands in them."""

import json
import struct
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

FORMATS = {"GLB": "glb", "FBX": "fbx", "USD": "usdc"}


def export(kind: str, folder: Path) -> Path:
    path = folder / f"head.{FORMATS[kind]}"
    assert bpy.ops.headsmith.export_head(filepath=str(path), format=kind) == {"FINISHED"}
    return path


def read_again(path: Path, scale_length: float = 1.0) -> None:
    """Imports a file into an empty scene."""
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.context.scene.unit_settings.scale_length = scale_length
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path))
    elif path.suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path))
    else:
        bpy.ops.wm.usd_import(filepath=str(path))


def skinned() -> list[Any]:
    """The head and its hair, the larger first."""
    meshes = [
        item
        for item in bpy.data.objects
        if item.type == "MESH" and any(m.type == "ARMATURE" for m in item.modifiers)
    ]
    return sorted(meshes, key=lambda item: -len(item.data.vertices))


def distinct(points: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Positions without the copies that a file makes at seams, in micrometres and sorted."""
    return np.unique(np.round(points * 1e5).astype(np.int64), axis=0)


def glb_json(path: Path) -> Any:
    data = path.read_bytes()
    (length,) = struct.unpack("<I", data[12:16])
    return json.loads(data[20 : 20 + length])

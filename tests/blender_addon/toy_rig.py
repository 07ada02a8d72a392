"""Rig-ready results of the toy backend: the topology itself, with plain textures and an egg for hair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TEXTURE_PX = 16


def make_rig(folder: Path, request: Any) -> Any:
    """The topology at rest, or in the middle of the mesh that is to be wrapped; returns its RigResult."""
    from backend import wire
    from backend.rig.head_topology import load_topology
    from backend.rig.rig_head import RigHead

    topology = load_topology()
    vertices = topology.vertices + middle_of(request.mesh)
    eyes = np.stack([vertices[part].mean(0) for part in topology.eyes])
    head = RigHead(topology, vertices, topology.shape_offsets, eyes, np.full(2, 0.015, np.float32))
    head.save(folder / "rig.npz")
    write_plain(folder / "rig_albedo.png", (200, 150, 120, 128))
    write_plain(folder / "rig_normal.png", (128, 128, 255))
    write_plain(folder / "rig_roughness.png", (140, 140, 140))
    if "no rig texture" in request.prompt:
        (folder / "rig_normal.png").write_bytes(b"no picture")
    parts: tuple[Any, ...] = ()
    if "hair" in request.prompt:
        write_hair(folder, vertices)
        parts = (wire.RigPart("hair", "hair.npz", "hair_albedo.png", "rig_normal.png"),)
    return wire.RigResult(
        mesh="rig.npz",
        albedo="rig_albedo.png",
        normal="rig_normal.png",
        roughness="rig_roughness.png",
        parts=parts,
        figures=wire.MeshFigures(len(vertices), len(topology.quads), True, 1, 0, 0.3),
        uv=wire.UvFigures(0.7, 8),
        fit=wire.FitFigures(0.5, 0),
    )


def middle_of(mesh: str) -> NDArray[np.floating[Any]]:
    """The middle [3] of the request's mesh, 0 without one."""
    if not mesh:
        return np.zeros(3, np.float32)
    with np.load(mesh) as arrays:
        vertices = arrays["vertices"]
    return 0.5 * (vertices.min(0) + vertices.max(0))


def write_hair(folder: Path, vertices: NDArray[np.floating[Any]]) -> None:
    """An egg around the top of the head."""
    from tests.blender_addon.toy_backend import egg

    points, faces, uvs = egg(0.9)
    points += vertices.max(0) * [0, 1, 0] - [0, 0.08, 0.08]
    np.savez(folder / "hair.npz", vertices=points.astype(np.float32), faces=faces, corner_uvs=uvs)
    write_plain(folder / "hair_albedo.png", (60, 40, 20))


def write_plain(path: Path, colour: tuple[int, ...]) -> None:
    from PIL import Image

    Image.new("RGBA" if len(colour) == 4 else "RGB", (TEXTURE_PX, TEXTURE_PX), colour).save(path)

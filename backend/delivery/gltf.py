"""A head as a binary glTF file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image

from ..head_mesh import HeadMesh
from ..surface.texture_maps import TextureMaps
from ..wire.results import (
    Provenance,
)


def write_glb(
    path: Path, mesh: HeadMesh, maps: TextureMaps, name: str, provenance: Provenance
) -> None:
    """Write the mesh with its material as node `name`; the provenance goes into the extras.

    Convention: glTF's axes (y up, the front looks along +z) are those of the mesh; so are its metres.
    """
    scene = trimesh.Scene()
    scene.add_geometry(textured_mesh(mesh, maps), node_name=name, geom_name=name)
    scene.metadata["headsmith"] = dataclasses.asdict(provenance)
    path.write_bytes(scene.export(file_type="glb", include_normals=True))


def textured_mesh(mesh: HeadMesh, maps: TextureMaps) -> trimesh.Trimesh:
    """The mesh with its material as a trimesh; vertices on seams of the texture are doubled."""
    if mesh.corner_uvs is None:
        raise ValueError("A mesh without UVs cannot have a texture; unwrap it first.")
    corners = np.concatenate(
        [mesh.faces.reshape(-1, 1), mesh.corner_uvs.reshape(-1, 2).view(np.int32)], axis=1
    )
    _, first, faces = np.unique(corners, axis=0, return_index=True, return_inverse=True)
    source = mesh.faces.reshape(-1)[first]
    material = trimesh.visual.material.PBRMaterial(
        name="head",
        baseColorTexture=Image.fromarray(maps.albedo),
        normalTexture=Image.fromarray(maps.normal),
        metallicRoughnessTexture=Image.fromarray(metallic_roughness(maps.roughness)),
        metallicFactor=0.0,
        roughnessFactor=1.0,
        doubleSided=False,
    )
    return trimesh.Trimesh(
        vertices=mesh.vertices[source],
        faces=faces.reshape(-1, 3),
        vertex_normals=mesh.normals[source],
        visual=trimesh.visual.TextureVisuals(
            mesh.corner_uvs.reshape(-1, 2)[first], material=material
        ),
        process=False,
    )


def metallic_roughness(roughness: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Roughness [H,W] as glTF keeps it [H,W,3]: in green, with metal in blue, of which there is none."""
    packed = np.zeros((*roughness.shape, 3), np.uint8)
    packed[..., 1] = roughness
    return packed

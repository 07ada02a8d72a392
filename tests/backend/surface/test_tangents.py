"""Tangents are those that Blender computes, which is what the normal map is shaded with."""

import numpy as np
import pytest
import trimesh

from backend.head_mesh import vertex_normals
from backend.surface.tangents import corner_tangents
from backend.surface.texels import UvMesh
from backend.surface.unwrap import unwrap_uvs


@pytest.fixture(scope="module")
def mesh() -> UvMesh:
    """A bumpy ball, unwrapped, one of its charts mirrored."""
    ball = trimesh.creation.icosphere(3, 0.3)
    vertices, faces = np.asarray(ball.vertices), np.asarray(ball.faces)
    vertices = vertices * (1 + 0.2 * np.sin(9 * vertices[:, :1] + 5 * vertices[:, 1:2]))
    uvs = unwrap_uvs(vertices, faces, 256)
    is_left = (uvs[:, :, 0] < 0.5).all(axis=1)
    uvs[is_left, :, 0] = 0.5 - uvs[is_left, :, 0]
    return UvMesh(vertices, faces, vertex_normals(vertices, faces), uvs)


def test_they_are_blenders(mesh: UvMesh) -> None:
    import bpy

    made = bpy.data.meshes.new("ball")
    made.from_pydata(mesh.vertices.tolist(), [], mesh.faces.tolist())
    made.shade_smooth()
    layer = made.uv_layers.new(name="UVMap")
    layer.uv.foreach_set("vector", mesh.corner_uvs.ravel())
    made.calc_tangents(uvmap="UVMap")
    tangents = np.array([loop.tangent for loop in made.loops]).reshape(-1, 3, 3)
    signs = np.array([loop.bitangent_sign for loop in made.loops]).reshape(-1, 3)
    normals = np.array([loop.normal for loop in made.loops]).reshape(-1, 3, 3)
    bpy.data.meshes.remove(made)
    np.testing.assert_allclose(normals, mesh.normals[mesh.faces], atol=2e-4)
    ours = corner_tangents(mesh)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    np.testing.assert_array_equal(ours[..., 3], signs)
    cosine = (ours[..., :3] * tangents).sum(axis=2)
    # Blender also separates corners that share all that but no edge.
    assert (cosine > 0.9999).mean() > 0.999
    assert cosine.min() > 0.99


def test_they_point_to_where_u_grows_and_bitangents_to_where_v_grows(mesh: UvMesh) -> None:
    tangents = corner_tangents(mesh).mean(axis=1)
    normals = mesh.normals[mesh.faces].mean(axis=1)
    corners = mesh.vertices[mesh.faces]
    bitangents = tangents[:, 3:] * np.cross(normals, tangents[:, :3])
    for along, axis in ((tangents[:, :3], 0), (bitangents, 1)):
        steps = ((corners - corners.mean(axis=1, keepdims=True)) * along[:, None]).sum(axis=2)
        rises = mesh.corner_uvs[..., axis] - mesh.corner_uvs[..., axis].mean(axis=1, keepdims=True)
        assert ((steps * rises).sum(axis=1) > 0).mean() > 0.99

"""The glTF file, read back by trimesh."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh

from backend.delivery.gltf import write_glb
from backend.head_mesh import HeadMesh
from backend.surface.build import SurfaceResult, SurfaceSettings
from backend.wire.results import (
    Provenance,
)
from tests.backend.surface.fields import KnownField, bust, textured_head

ORIGIN = Provenance("an old man", 7, "starter", "ab12", "CC0-1.0")


@pytest.fixture(scope="module")
def head() -> SurfaceResult:
    return textured_head(KnownField(bust), SurfaceSettings(64, 2000, 256), 2.5)


@pytest.fixture(scope="module")
def path(head: SurfaceResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gltf") / "head.glb"
    write_glb(path, head.mesh, head.maps, "Old man", ORIGIN)
    return path


def test_it_loads_with_its_texture_and_material(path: Path, head: SurfaceResult) -> None:
    mesh = trimesh.load_scene(path).geometry["Old man"]
    material = mesh.visual.material
    np.testing.assert_array_equal(np.asarray(material.baseColorTexture), head.maps.albedo)
    np.testing.assert_array_equal(np.asarray(material.normalTexture), head.maps.normal)
    metal = np.asarray(material.metallicRoughnessTexture)
    np.testing.assert_array_equal(metal[..., 1], head.maps.roughness)  # green
    assert not metal[..., 2].any()  # blue
    assert material.roughnessFactor == 1.0
    assert material.metallicFactor == 0.0


def test_merged_by_position_it_is_the_closed_mesh_in_metres(
    path: Path, head: SurfaceResult
) -> None:
    mesh = trimesh.load_scene(path).geometry["Old man"]
    mesh.merge_vertices(merge_tex=True, merge_norm=True)
    assert mesh.is_volume
    assert len(mesh.vertices) == len(head.mesh.vertices)
    assert np.ptp(mesh.vertices[:, 1]) == pytest.approx(head.figures.height_m, abs=1e-5)


def test_each_corner_has_its_uv_and_normal(path: Path, head: SurfaceResult) -> None:
    mesh = trimesh.load_scene(path, process=False).geometry["Old man"]
    assert head.mesh.corner_uvs is not None
    np.testing.assert_allclose(mesh.visual.uv[mesh.faces], head.mesh.corner_uvs, atol=1e-6)
    np.testing.assert_allclose(
        mesh.vertex_normals[mesh.faces], head.mesh.normals[head.mesh.faces], atol=1e-5
    )


def test_the_file_names_the_node_and_where_the_head_comes_from(path: Path) -> None:
    content = path.read_bytes()
    length = struct.unpack("<I", content[12:16])[0]
    gltf = json.loads(content[20 : 20 + length])
    assert [node["name"] for node in gltf["nodes"]] == ["Old man"]
    assert gltf["scenes"][0]["extras"]["headsmith"]["prompt"] == "an old man"
    assert gltf["scenes"][0]["extras"]["headsmith"]["licence"] == "CC0-1.0"
    assert [image["mimeType"] for image in gltf["images"]] == ["image/png"] * 3


def test_the_same_head_gives_the_same_file(path: Path, head: SurfaceResult, tmp_path: Path) -> None:
    again = tmp_path / "again.glb"
    write_glb(again, head.mesh, head.maps, "Old man", ORIGIN)
    assert again.read_bytes() == path.read_bytes()


def test_a_mesh_without_uvs_is_refused(head: SurfaceResult, tmp_path: Path) -> None:
    bare = HeadMesh(head.mesh.vertices, head.mesh.faces, None, head.mesh.normals)
    with pytest.raises(ValueError, match="unwrap it first"):
        write_glb(tmp_path / "bare.glb", bare, head.maps, "x", ORIGIN)

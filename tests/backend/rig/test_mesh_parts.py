"""What stands off the skin of a user's mesh: hair of heads of the generator that ships, as if a user had made them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from backend.bench.sheet_subjects import plain_head, styled
from backend.head_mesh import is_manifold, signed_volumes
from backend.rig.head_topology import PART_LABELS
from backend.rig.mesh_colors import TexturedMesh
from backend.rig.mesh_math import vertex_normals
from backend.rig.mesh_parts import MeshParts, find_parts
from backend.rig.part_field import measure_skin
from backend.rig.pose import Similarity
from backend.surface.extract import extract_surface
from tests.backend.rig.balls import sphere_mesh
from tests.backend.rig.starter_heads import bald, topology, wrap

POSE = Similarity(100.0, np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]), np.array([5.0, -3, 7]))


def attached(z: NDArray[np.float32]) -> tuple[MeshParts, NDArray[np.float64]]:
    """What a turned head in centimetres wears, and its skin [V,3] in metres of the topology's frame."""
    head = wrap(z)
    points, faces = extract_surface(head.field, 128)
    mesh = TexturedMesh(POSE.apply(head.placement.to_metres(points)), faces, None, None)
    return find_parts(topology(), head.vertices, POSE, mesh), head.vertices.astype(np.float64)


@pytest.mark.parametrize("style", ["bob01", "short01"])
def test_hair_is_one_closed_part_over_the_skin(style: str) -> None:
    found, skin = attached(plain_head(gender=-1.2, age=0.2, hair_style=style, hair_color="brown"))
    assert [part.name for part in found.parts] == ["hair"]
    mesh = found.parts[0].mesh
    assert is_manifold(mesh.faces)
    assert signed_volumes(mesh.vertices, mesh.faces).sum() > 0
    points = POSE.inverse().apply(mesh.vertices.astype(np.float64))
    above = measure_skin(topology(), skin, 0.4)(points)
    assert above.max() > 0.006
    assert np.quantile(above, 0.01) > -0.003
    assert points[:, 1].max() > 0.08  # over the crown


def test_no_skin_keeps_the_colour_of_hair_however_thin_that_is() -> None:
    head = wrap(plain_head(gender=1.2, age=0.2, hair_style="short04", hair_color="black"))
    points, faces = extract_surface(head.field, 128)
    hair = head.generator.config.decoder.label_names.index("hair")
    with torch.inference_mode():
        labels = head.field.labels(torch.from_numpy(points.astype(np.float32))).argmax(dim=1)
    is_hair = (labels.numpy() == hair)[faces].sum(axis=1) > 1
    uvs = np.full((len(faces), 3, 2), 0.5, np.float32)
    uvs[..., 0] = np.where(is_hair, 0.75, 0.25)[:, None]
    picture = np.array([[[200, 150, 120], [20, 15, 10]]], np.uint8).repeat(2, axis=0)
    mesh = TexturedMesh(POSE.apply(head.placement.to_metres(points)), faces, uvs, picture)
    found = find_parts(topology(), head.vertices, POSE, mesh)
    assert "hair" in [part.name for part in found.parts]
    places = head.vertices[topology().is_outer_skin].astype(np.float64)
    normals = vertex_normals(head.vertices, topology().part_triangles("skin"))
    seen = mesh.placed_colors(POSE, places, normals[topology().is_outer_skin])
    known = found.skin_only(seen, places)
    is_dark = known.rgb.mean(axis=1) < 0.3
    assert is_dark.sum() > 300  # below the hair
    assert (known.trust[is_dark] > 0.0).mean() < 0.05
    assert (known.trust[~is_dark] > 0.0).mean() > 0.8


def test_pointed_ears_are_no_hair() -> None:
    goblin = styled(bald(), "creature", "goblin", 1.0)
    head = wrap(goblin)
    points, faces = extract_surface(head.field, 128)
    # As a fit that did not reach the tips of the ears.
    plain = wrap(bald())
    skin = head.vertices.copy()
    ears = topology().labels == PART_LABELS.index("ear")
    skin[ears] = 0.5 * skin[ears] + 0.5 * plain.vertices[ears]
    mesh = TexturedMesh(POSE.apply(head.placement.to_metres(points)), faces, None, None)
    assert "hair" not in [part.name for part in find_parts(topology(), skin, POSE, mesh).parts]


def test_a_bald_head_wears_nothing() -> None:
    found, _ = attached(bald())
    assert found.parts == ()
    assert found.region is None


def test_a_mesh_outside_of_all_reach_wears_nothing() -> None:
    ball, faces = sphere_mesh(0.1)
    mesh = TexturedMesh(POSE.apply(ball + 5.0), faces, None, None)
    assert find_parts(topology(), topology().vertices, POSE, mesh).parts == ()

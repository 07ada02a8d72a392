"""What stands off the skin of a user's mesh: hair of heads of the generator that ships, as if a user had made them."""

from __future__ import annotations

import numpy as np
import pytest

from backend.bench.sheet_subjects import plain_head
from backend.head_mesh import is_manifold, signed_volumes
from backend.rig.mesh_colors import TexturedMesh
from backend.rig.mesh_parts import MeshParts, find_parts
from backend.rig.mesh_solid import sheets_of
from backend.rig.part_field import measure_skin
from backend.rig.pose import Similarity
from backend.surface.extract import extract_surface
from tests.backend.rig.balls import sphere_mesh
from tests.backend.rig.starter_heads import bald, template, wrap

POSE = Similarity(100.0, np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]), np.array([5.0, -3, 7]))


def worn(z: np.ndarray) -> tuple[MeshParts, np.ndarray]:
    """What a turned head in centimetres wears, and its skin [V,3] in metres of the template's frame."""
    head = wrap(z)
    points, faces = extract_surface(head.field, 128)
    mesh = TexturedMesh(POSE.apply(head.placement.to_metres(points)), faces, None, None)
    return find_parts(template(), head.vertices, POSE, mesh), head.vertices.astype(np.float64)


@pytest.mark.parametrize("style", ["bob01", "short01"])
def test_hair_is_one_closed_part_over_the_skin(style: str) -> None:
    found, skin = worn(plain_head(gender=-1.2, age=0.2, hair_style=style, hair_color="brown"))
    assert [part.name for part in found.parts] == ["hair"]
    mesh = found.parts[0].mesh
    assert is_manifold(mesh.faces)
    assert signed_volumes(mesh.vertices, mesh.faces).sum() > 0
    points = POSE.inverse().apply(mesh.vertices.astype(np.float64))
    above = measure_skin(template(), skin, 0.4)(points)
    assert above.max() > 0.006
    assert np.quantile(above, 0.01) > -0.003
    assert points[:, 1].max() > 0.08  # over the crown


def test_a_bald_head_wears_nothing() -> None:
    found, _ = worn(bald())
    assert found.parts == ()
    assert found.region is None


def test_an_open_piece_beside_a_head_is_a_sheet() -> None:
    ball, faces = sphere_mesh(0.1)
    card = np.array([[0.2, 0, 0], [0.22, 0, 0], [0.2, 0.02, 0]])
    joined = np.concatenate([faces, [[len(ball), len(ball) + 1, len(ball) + 2]]])
    is_sheet = sheets_of(np.concatenate([ball, card]), joined)
    assert np.flatnonzero(is_sheet).tolist() == [len(faces)]

"""Collapsing edges: what it may do on a flat sheet with a seam, and what it must leave."""

import numpy as np
import pytest

from backend.training.rig.collapse import CollapsingMesh
from backend.training.rig.quadrics import Material

SIDE = 5  # vertices; vertex (row, column) is SIDE * row + column


def sheet() -> CollapsingMesh:
    """A sheet of quads in the plane z = 0, its texture cut along the middle column."""
    rows, columns = np.mgrid[:SIDE, :SIDE].reshape(2, -1)
    points = np.stack([columns, rows, np.zeros(SIDE**2)], axis=1) / SIDE
    first = np.array([SIDE * r + c for r in range(SIDE - 1) for c in range(SIDE - 1)])
    quads = first[:, None] + np.array([0, 1, SIDE + 1, SIDE])
    uvs = points[quads][..., :2].copy()
    uvs[first % SIDE >= SIDE // 2, :, 0] += 1.0
    corners = np.arange(quads.size).reshape(-1, 4)
    triangles = np.stack([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]], axis=1).reshape(-1, 3)
    return CollapsingMesh(
        Material(
            poses=points[None],
            pose_weights=np.ones(1),
            corners=triangles,
            corner_vertices=quads.ravel(),
            corner_uvs=uvs.reshape(-1, 2),
            face_weights=np.ones(len(triangles)),
            uv_weight=1.0,
            uv_stray=0.01,
        )
    )


def vertex(row: int, column: int) -> int:
    return SIDE * row + column


@pytest.mark.parametrize(
    ("gone", "onto"),
    [
        (vertex(1, 1), vertex(0, 1)),  # the inside goes onto an open edge
        (vertex(0, 1), vertex(0, 0)),  # an open edge along itself
        (vertex(2, 2), vertex(1, 2)),  # a seam along itself
    ],
)
def test_flat_collapses_cost_next_to_nothing_and_can_be_undone(gone: int, onto: int) -> None:
    mesh = sheet()
    before = dict(mesh.faces)
    assert mesh.error(gone, onto) < 1e-6
    step = mesh.collapse(gone, onto)
    assert step is not None
    assert gone not in mesh.around
    assert len(mesh.faces) < len(before)
    mesh.undo(step)
    assert mesh.faces == before
    assert mesh.collapse(gone, onto) is not None


@pytest.mark.parametrize(
    ("gone", "onto"),
    [
        (vertex(0, 1), vertex(1, 1)),  # an open edge is not pulled inwards
        (vertex(2, 2), vertex(2, 1)),  # nor a seam
        (vertex(0, 2), vertex(0, 1)),  # nor the end of one away from it
        (vertex(0, 0), vertex(0, 1)),  # a corner of the chart would be cut off
    ],
)
def test_edges_of_charts_stay_where_they_are(gone: int, onto: int) -> None:
    mesh = sheet()
    before = dict(mesh.faces)
    assert mesh.collapse(gone, onto) is None
    assert mesh.faces == before


def test_corners_are_those_of_the_full_mesh_on_their_side_of_the_seam() -> None:
    mesh = sheet()
    assert mesh.collapse(vertex(2, 1), vertex(2, 2)) is not None
    full = mesh.full
    for corners in mesh.faces.values():
        places = full.poses[0][full.corner_vertices[list(corners)]][:, :2]
        shift = full.corner_uvs[list(corners)] - places
        assert shift == pytest.approx(shift[[0, 0, 0]])  # all on one chart

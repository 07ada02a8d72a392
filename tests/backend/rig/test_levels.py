"""The topology's levels of detail: its own vertices and corners, the same on both sides, nothing folded."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.head_topology import HeadTopology, triangles_of
from backend.rig.mesh_math import face_vectors, vertex_normals
from backend.wire.rig_names import (
    ARKIT_SHAPES,
    MATERIALS,
)

from .uv_coverage import coverage

LEVELS = (0, 1, 2)
SHARES = (0.5, 0.25, 0.1)
POSES = {
    "rest": (),
    "blink": ("eyeBlinkLeft", "eyeBlinkRight"),
    "jaw": ("jawOpen",),
    "smile": ("mouthSmileLeft", "mouthSmileRight"),
    "pucker": ("mouthPucker",),
}


def posed(topology: HeadTopology, shapes: tuple[str, ...]) -> NDArray[np.floating[Any]]:
    moves = [topology.shape_offsets[ARKIT_SHAPES.index(name)] for name in shapes]
    return np.asarray(topology.vertices + sum(moves, np.zeros_like(topology.vertices)))


def material_triangles(
    topology: HeadTopology, level: int, material: str
) -> NDArray[np.integer[Any]]:
    corners = triangles_of(topology.levels[level])
    is_wanted = topology.face_materials[corners[:, 0] // 4] == MATERIALS.index(material)
    return topology.quads.ravel()[corners[is_wanted]]


def level_triangles(topology: HeadTopology, level: int) -> NDArray[np.integer[Any]]:
    return topology.quads.ravel()[triangles_of(topology.levels[level])]


def edges(
    triangles: NDArray[np.integer[Any]],
) -> tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]]]:
    """Edges [N,2], each once, and how many triangles have them."""
    ends = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2).reshape(-1, 2)
    found, counts = np.unique(np.sort(ends, axis=1), axis=0, return_counts=True)
    return found, counts


def uv_areas(uvs: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """[T] of triangles [T,3,2], with their sign."""
    one, other = (uvs[:, k].astype(np.float64) - uvs[:, 0] for k in (1, 2))
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])


def test_there_are_three_and_each_has_its_share(topology: HeadTopology) -> None:
    found = [len(triangles_of(level)) / len(topology.triangles) for level in topology.levels]
    assert found == pytest.approx(SHARES, abs=0.005)


def test_each_keeps_vertices_of_the_one_before(topology: HeadTopology) -> None:
    kept = [set(np.unique(level_triangles(topology, level)).tolist()) for level in LEVELS]
    assert kept[0] > kept[1] > kept[2]


@pytest.mark.parametrize("level", LEVELS)
def test_both_sides_have_the_same_faces(topology: HeadTopology, level: int) -> None:
    vertices = np.append(topology.quads.ravel(), -1)[topology.levels[level]]
    mirrored = np.append(topology.mirror, -1)[vertices]
    faces = {frozenset(face) for face in vertices.tolist()}
    assert {frozenset(face) for face in mirrored.tolist()} == faces
    assert len(faces) == len(vertices)


@pytest.mark.parametrize("level", LEVELS)
def test_skin_is_closed_but_for_the_neck(topology: HeadTopology, level: int) -> None:
    for material in MATERIALS:
        triangles = material_triangles(topology, level, material)
        found, counts = edges(triangles)
        assert counts.max() == 2
        ends = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2).reshape(-1, 2)
        assert len(np.unique(ends, axis=0)) == len(ends)  # neighbours agree on what is outside
        if material in ("eyes", "tongue"):
            assert counts.min() == 2
        if material == "skin":
            assert set(found[counts == 1].ravel().tolist()) == set(topology.neck_ring.tolist())
            assert (counts == 1).sum() == len(topology.neck_ring)


@pytest.mark.parametrize("level", LEVELS)
def test_lids_and_lips_keep_their_margins(topology: HeadTopology, level: int) -> None:
    kept = np.unique(level_triangles(topology, level))
    share = 1.0 if level < 2 else 0.5
    for loop in (topology.lid_left, topology.lid_right, topology.lip):
        assert np.isin(loop, kept).mean() >= share


@pytest.mark.parametrize("level", LEVELS)
def test_the_faces_of_a_chart_keep_their_side(topology: HeadTopology, level: int) -> None:
    corners = triangles_of(topology.levels[level])
    materials = topology.face_materials[corners // 4]
    assert (materials == materials[:, :1]).all()
    areas = uv_areas(topology.corner_uvs.reshape(-1, 2)[corners])
    for name in ("skin", "teeth", "tongue"):
        assert (areas[materials[:, 0] == MATERIALS.index(name)] > 0).all()
    # Cards lie on their chart with either side up, and so do the backs of eyeballs.
    assert np.abs(areas).min() > 0


@pytest.mark.parametrize("level", LEVELS)
def test_no_two_faces_share_a_place_in_the_texture(topology: HeadTopology, level: int) -> None:
    """Eyeballs aside, whose backs do on the topology."""
    corners = triangles_of(topology.levels[level])
    is_eye = topology.face_materials[corners[:, 0] // 4] == MATERIALS.index("eyes")
    covered = coverage(topology.corner_uvs.reshape(-1, 2)[corners[~is_eye]])
    assert covered.max() == 1


@pytest.mark.parametrize("level", LEVELS)
def test_neighbours_in_a_chart_share_their_uvs(topology: HeadTopology, level: int) -> None:
    """Each corner has the topology's UV, and no more seams run through a level than through the topology."""

    def seams(corners: NDArray[np.integer[Any]]) -> int:
        uvs, vertices = topology.corner_uvs.reshape(-1, 2), topology.quads.ravel()
        sides: dict[tuple[int, int], list[tuple[float, ...]]] = {}
        for triangle in corners:
            for a, b in zip(triangle, np.roll(triangle, -1), strict=True):
                low, high = (a, b) if vertices[a] < vertices[b] else (b, a)
                key = (int(vertices[low]), int(vertices[high]))
                sides.setdefault(key, []).append((*uvs[low].tolist(), *uvs[high].tolist()))
        return sum(len(both) == 2 and both[0] != both[1] for both in sides.values())

    full = np.arange(topology.quads.size).reshape(-1, 4)
    assert 0 < seams(triangles_of(topology.levels[level])) < seams(triangles_of(full))


@pytest.mark.parametrize("pose", POSES)
def test_no_skin_is_turned_over(topology: HeadTopology, pose: str) -> None:
    """Faces of the visible skin point as the topology's skin does at their corners, but where that itself folds."""
    vertices = posed(topology, POSES[pose])
    normals = vertex_normals(vertices, topology.part_triangles("skin"))

    def turned(triangles: NDArray[np.integer[Any]]) -> int:
        triangles = triangles[topology.is_outer_skin[triangles].all(axis=1)]
        assert len(triangles) > 500
        around = normals[triangles].sum(axis=1)
        return int(((face_vectors(vertices, triangles) * around).sum(axis=1) <= 0).sum())

    of_topology = turned(topology.part_triangles("skin"))
    for level in LEVELS:
        assert turned(material_triangles(topology, level, "skin")) <= of_topology


@pytest.mark.parametrize(("level", "limit"), [(0, 0.00025), (1, 0.0007), (2, 0.0017)])
@pytest.mark.parametrize("pose", POSES)
def test_the_surface_stays_near(
    topology: HeadTopology, level: int, limit: float, pose: str
) -> None:
    """Root of the mean squared distance [m] of visible vertices from the level's skin."""
    import trimesh
    from scipy.spatial import cKDTree

    vertices = posed(topology, POSES[pose]).astype(np.float64)
    triangles = vertices[material_triangles(topology, level, "skin")]
    points = vertices[topology.is_outer_skin]
    near = cKDTree(triangles.mean(axis=1)).query(points, 40)[1]
    asked = np.repeat(points, near.shape[1], axis=0)
    found = trimesh.triangles.closest_point(triangles[near.ravel()], asked)
    away = np.linalg.norm(found - asked, axis=1).reshape(near.shape).min(axis=1)
    assert np.sqrt((away**2).mean()) < limit

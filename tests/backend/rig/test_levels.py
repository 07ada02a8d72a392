"""The template's levels of detail: its own vertices and corners, the same on both sides, nothing folded."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.head_template import HeadTemplate, triangles_of
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


def posed(template: HeadTemplate, shapes: tuple[str, ...]) -> NDArray[np.floating[Any]]:
    moves = [template.shape_offsets[ARKIT_SHAPES.index(name)] for name in shapes]
    return np.asarray(template.vertices + sum(moves, np.zeros_like(template.vertices)))


def material_triangles(
    template: HeadTemplate, level: int, material: str
) -> NDArray[np.integer[Any]]:
    corners = triangles_of(template.levels[level])
    is_wanted = template.face_materials[corners[:, 0] // 4] == MATERIALS.index(material)
    return template.quads.ravel()[corners[is_wanted]]


def level_triangles(template: HeadTemplate, level: int) -> NDArray[np.integer[Any]]:
    return template.quads.ravel()[triangles_of(template.levels[level])]


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


def test_there_are_three_and_each_has_its_share(template: HeadTemplate) -> None:
    found = [len(triangles_of(level)) / len(template.triangles) for level in template.levels]
    assert found == pytest.approx(SHARES, abs=0.005)


def test_each_keeps_vertices_of_the_one_before(template: HeadTemplate) -> None:
    kept = [set(np.unique(level_triangles(template, level)).tolist()) for level in LEVELS]
    assert kept[0] > kept[1] > kept[2]


@pytest.mark.parametrize("level", LEVELS)
def test_both_sides_have_the_same_faces(template: HeadTemplate, level: int) -> None:
    vertices = np.append(template.quads.ravel(), -1)[template.levels[level]]
    mirrored = np.append(template.mirror, -1)[vertices]
    faces = {frozenset(face) for face in vertices.tolist()}
    assert {frozenset(face) for face in mirrored.tolist()} == faces
    assert len(faces) == len(vertices)


@pytest.mark.parametrize("level", LEVELS)
def test_skin_is_closed_but_for_the_neck(template: HeadTemplate, level: int) -> None:
    for material in MATERIALS:
        triangles = material_triangles(template, level, material)
        found, counts = edges(triangles)
        assert counts.max() == 2
        ends = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2).reshape(-1, 2)
        assert len(np.unique(ends, axis=0)) == len(ends)  # neighbours agree on what is outside
        if material in ("eyes", "tongue"):
            assert counts.min() == 2
        if material == "skin":
            assert set(found[counts == 1].ravel().tolist()) == set(template.neck_ring.tolist())
            assert (counts == 1).sum() == len(template.neck_ring)


@pytest.mark.parametrize("level", LEVELS)
def test_lids_and_lips_keep_their_margins(template: HeadTemplate, level: int) -> None:
    kept = np.unique(level_triangles(template, level))
    share = 1.0 if level < 2 else 0.5
    for loop in (template.lid_left, template.lid_right, template.lip):
        assert np.isin(loop, kept).mean() >= share


@pytest.mark.parametrize("level", LEVELS)
def test_the_faces_of_a_chart_keep_their_side(template: HeadTemplate, level: int) -> None:
    corners = triangles_of(template.levels[level])
    materials = template.face_materials[corners // 4]
    assert (materials == materials[:, :1]).all()
    areas = uv_areas(template.corner_uvs.reshape(-1, 2)[corners])
    for name in ("skin", "teeth", "tongue"):
        assert (areas[materials[:, 0] == MATERIALS.index(name)] > 0).all()
    # Cards lie on their chart with either side up, and so do the backs of eyeballs.
    assert np.abs(areas).min() > 0


@pytest.mark.parametrize("level", LEVELS)
def test_no_two_faces_share_a_place_in_the_texture(template: HeadTemplate, level: int) -> None:
    """Eyeballs aside, whose backs do on the template."""
    corners = triangles_of(template.levels[level])
    is_eye = template.face_materials[corners[:, 0] // 4] == MATERIALS.index("eyes")
    covered = coverage(template.corner_uvs.reshape(-1, 2)[corners[~is_eye]])
    assert covered.max() == 1


@pytest.mark.parametrize("level", LEVELS)
def test_neighbours_in_a_chart_share_their_uvs(template: HeadTemplate, level: int) -> None:
    """Each corner has the template's UV, and no more seams run through a level than through the template."""

    def seams(corners: NDArray[np.integer[Any]]) -> int:
        uvs, vertices = template.corner_uvs.reshape(-1, 2), template.quads.ravel()
        sides: dict[tuple[int, int], list[tuple[float, ...]]] = {}
        for triangle in corners:
            for a, b in zip(triangle, np.roll(triangle, -1), strict=True):
                low, high = (a, b) if vertices[a] < vertices[b] else (b, a)
                key = (int(vertices[low]), int(vertices[high]))
                sides.setdefault(key, []).append((*uvs[low].tolist(), *uvs[high].tolist()))
        return sum(len(both) == 2 and both[0] != both[1] for both in sides.values())

    full = np.arange(template.quads.size).reshape(-1, 4)
    assert 0 < seams(triangles_of(template.levels[level])) < seams(triangles_of(full))


@pytest.mark.parametrize("pose", POSES)
def test_no_skin_is_turned_over(template: HeadTemplate, pose: str) -> None:
    """Faces of the visible skin point as the template's skin does at their corners, but where that itself folds."""
    vertices = posed(template, POSES[pose])
    normals = vertex_normals(vertices, template.part_triangles("skin"))

    def turned(triangles: NDArray[np.integer[Any]]) -> int:
        triangles = triangles[template.is_outer_skin[triangles].all(axis=1)]
        assert len(triangles) > 500
        around = normals[triangles].sum(axis=1)
        return int(((face_vectors(vertices, triangles) * around).sum(axis=1) <= 0).sum())

    of_template = turned(template.part_triangles("skin"))
    for level in LEVELS:
        assert turned(material_triangles(template, level, "skin")) <= of_template


@pytest.mark.parametrize(("level", "limit"), [(0, 0.00025), (1, 0.0007), (2, 0.0017)])
@pytest.mark.parametrize("pose", POSES)
def test_the_surface_stays_near(
    template: HeadTemplate, level: int, limit: float, pose: str
) -> None:
    """Root of the mean squared distance [m] of visible vertices from the level's skin."""
    import trimesh
    from scipy.spatial import cKDTree

    vertices = posed(template, POSES[pose]).astype(np.float64)
    triangles = vertices[material_triangles(template, level, "skin")]
    points = vertices[template.is_outer_skin]
    near = cKDTree(triangles.mean(axis=1)).query(points, 40)[1]
    asked = np.repeat(points, near.shape[1], axis=0)
    found = trimesh.triangles.closest_point(triangles[near.ravel()], asked)
    away = np.linalg.norm(found - asked, axis=1).reshape(near.shape).min(axis=1)
    assert np.sqrt((away**2).mean()) < limit

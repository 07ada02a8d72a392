"""Colours of a head's own surface end up in the topology's texture, and what nobody sees is filled."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.atlas import atlas_texels
from backend.rig.head_topology import load_topology
from backend.rig.projected_look import fill_unseen, projected_look
from backend.rig.seen_colors import SeenColors

SIDE = 256


def by_height(points: NDArray[np.float64], _normals: NDArray[np.float64]) -> SeenColors:
    """Red grows upwards; nothing is known at the head's left."""
    rgb = np.full((len(points), 3), 0.25, np.float32)
    rgb[:, 0] = (points[:, 1] + 0.2) / 0.35
    return SeenColors(rgb, (points[:, 0] < 0.06).astype(np.float32))


def test_texels_of_the_skin_have_the_colour_at_their_place() -> None:
    topology = load_topology()
    look = projected_look(topology, topology.vertices, by_height, SIDE)
    texels = atlas_texels(topology, SIDE)
    outer = topology.is_outer_skin[topology.triangles].all(axis=1)
    points = texels.points
    seen = np.flatnonzero(outer[texels.face] & (points[:, 0] < 0.05))
    rows, columns = np.divmod(texels.flat[seen], SIDE)
    assert look.skin[rows, columns, 0] == pytest.approx((points[seen, 1] + 0.2) / 0.35, abs=0.02)


def test_unseen_skin_takes_the_colours_around_it() -> None:
    topology = load_topology()
    look = projected_look(topology, topology.vertices, by_height, SIDE)
    texels = atlas_texels(topology, SIDE)
    outer = topology.is_outer_skin[topology.triangles].all(axis=1)
    hidden = np.flatnonzero(outer[texels.face] & (texels.points[:, 0] > 0.065))
    rows, columns = np.divmod(texels.flat[hidden], SIDE)
    assert look.skin[rows, columns, 1] == pytest.approx(0.25, abs=0.01)
    assert look.skin[rows, columns, 0].min() > 0.0


def test_the_mouth_s_lining_is_red_whatever_the_skin_is() -> None:
    topology = load_topology()
    look = projected_look(topology, topology.vertices, by_height, SIDE)
    texels = atlas_texels(topology, SIDE)
    lining = (topology.labels[topology.triangles] == 4).all(axis=1)[texels.face]
    rows, columns = np.divmod(texels.flat[lining], SIDE)
    red, green, _ = look.skin[rows, columns].mean(axis=0)
    assert red > 2 * green


def test_filling_keeps_what_is_known_and_spreads_the_nearest() -> None:
    picture, trust = np.zeros((32, 64, 3), np.float32), np.zeros((32, 64), np.float32)
    picture[:, :8], trust[:, :8] = (1, 0, 0), 1
    picture[:, 56:], trust[:, 56:] = (0, 0, 1), 1
    filled = fill_unseen(picture, trust)
    assert filled[:, :8] == pytest.approx(picture[:, :8], abs=1e-6)
    assert (filled[:, 12, 0] > filled[:, 12, 2]).all()
    assert (filled[:, 52, 2] > filled[:, 52, 0]).all()
    assert filled.sum(axis=2) == pytest.approx(1.0, abs=1e-4)


def staring(points: NDArray[np.float64], _normals: NDArray[np.float64]) -> SeenColors:
    """Brown skin, blue eyes in white, and black lashes 2 mm up the skin and 1 mm over the eyes."""
    topology = load_topology()
    on_eye = np.zeros(len(points), np.bool_)
    rgb = np.tile(np.array([0.6, 0.4, 0.3], np.float32), (len(points), 1))
    for ball in topology.eyes:
        corners = topology.vertices[ball]
        middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
        offset = (points - middle) / np.linalg.norm(corners - middle, axis=1).mean()
        is_eye = np.linalg.norm(offset, axis=1) < 1.001
        on_eye |= is_eye
        is_iris = np.hypot(offset[:, 0], offset[:, 1]) < 0.46
        rgb[is_eye], rgb[is_eye & is_iris] = (0.9, 0.9, 0.9), (0.1, 0.2, 0.8)
    for loop in (topology.lid_left, topology.lid_right):
        away = np.linalg.norm(points[:, None] - topology.vertices[loop], axis=2).min(axis=1)
        rgb[away < np.where(on_eye, 0.001, 0.002)] = 0.0
    return SeenColors(rgb, np.ones(len(points), np.float32))


def test_lashes_beside_the_lids_are_no_colour_of_skin_or_eyes() -> None:
    topology = load_topology()
    look = projected_look(topology, topology.vertices, staring, SIDE)
    texels = atlas_texels(topology, SIDE)
    outer = topology.is_outer_skin[topology.triangles].all(axis=1)
    skin = np.flatnonzero(outer[texels.face])
    rows, columns = np.divmod(texels.flat[skin], SIDE)
    assert (look.skin[rows, columns, 0] < 0.5).mean() < 0.001  # some lie within the sockets
    for eye in (look.left_eye, look.right_eye):
        middle = len(eye) // 2
        red, _, blue = eye[middle, middle + round(0.32 * 0.78 * middle)]
        assert blue > 3 * red
        assert eye[middle, middle + round(0.55 * 0.78 * middle)].min() > 0.8


def test_the_white_of_an_eye_smears_over_no_lid() -> None:
    """A source whose skin near the lids is white as the eye."""
    topology = load_topology()

    def colors(points: NDArray[np.float64], _normals: NDArray[np.float64]) -> SeenColors:
        rgb = np.tile(np.array([0.6, 0.4, 0.3], np.float32), (len(points), 1))
        for loop in (topology.lid_left, topology.lid_right):
            away = np.linalg.norm(points[:, None] - topology.vertices[loop], axis=2).min(axis=1)
            rgb[away < 0.007] = 0.95
        return SeenColors(rgb, np.ones(len(points), np.float32))

    look = projected_look(topology, topology.vertices, colors, SIDE)
    texels = atlas_texels(topology, SIDE)
    outer = topology.is_outer_skin[topology.triangles].all(axis=1)
    rows, columns = np.divmod(texels.flat[outer[texels.face]], SIDE)
    assert (look.skin[rows, columns, 0] > 0.8).mean() < 0.0005


def test_both_eyes_are_alike() -> None:
    """Even where a source shows only one of them."""
    topology = load_topology()

    def colors(points: NDArray[np.float64], normals: NDArray[np.float64]) -> SeenColors:
        seen = staring(points, normals)
        return SeenColors(np.where(points[:, :1] > 0, seen.rgb, 0.5), seen.trust)

    look = projected_look(topology, topology.vertices, colors, SIDE)
    assert np.array_equal(look.left_eye, look.right_eye)

"""Beards and moustaches: shells over the jaw whose pictures end in strands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from .assets import Floats, HeadKit, Ints, Proxy, ShadedPicture
from .canvas import Canvas
from .formed import FormedProxy
from .neck import cut_neck
from .noise import smooth_step, value_noise
from .uv_space import vertex_normals

_STEPS = 4  # into which every edge of the base mesh is cut
_PIXELS = 512
_AXIS_Z = 0.5


@dataclass(frozen=True)
class _Skin:
    """The finer skin under a shell, at rest. Kit frame, decimetres."""

    anchors: Ints  # [P,3]
    weights: Floats  # [P,3]
    faces: Ints  # [F,3]
    points: Floats  # [P,3]
    normals: Floats  # [P,3]
    area: Floats  # [P] 1 inside, soft towards the edge
    unrolled: Floats  # [P,2]


def beard_proxy(kit: HeadKit, canvas: Canvas) -> FormedProxy:
    """The beard; its forms are fullness and length."""
    skin = _fine_skin(kit, canvas, canvas.beard_area)
    lumps = 0.75 + 0.5 * value_noise(skin.points, 9, 301)
    full = 0.085 * skin.normals * (skin.area * lumps)[:, None]
    chin = smooth_step(np.abs(skin.points[:, 0]), 0.62, 0.15) * smooth_step(
        skin.points[:, 1], 6.62, 6.30
    )
    locks = 0.6 + 0.8 * value_noise(skin.points * np.array([1, 0.3, 1], np.float32), 7, 302)
    hang = np.stack(
        [-0.35 * skin.points[:, 0], np.full(len(chin), -0.85), np.full(len(chin), 0.10)], axis=1
    )
    sides = 0.06 * skin.normals * (skin.area * lumps)[:, None]
    long = (chin * locks * skin.area**1.5)[:, None] * hang + sides
    return FormedProxy(_shell(skin, canvas, canvas.beard_area, slant=0.0), (full, _floats(long)))


def moustache_proxy(kit: HeadKit, canvas: Canvas) -> FormedProxy:
    """The moustache; its one form is fullness."""
    skin = _fine_skin(kit, canvas, canvas.moustache_area)
    lumps = 0.8 + 0.4 * value_noise(skin.points, 10, 303)
    droop = np.stack([0.04 * np.sign(skin.points[:, 0]), np.full(len(lumps), -0.03), 0 * lumps], 1)
    full = (skin.area * lumps)[:, None] * (0.085 * skin.normals + droop)
    return FormedProxy(_shell(skin, canvas, canvas.moustache_area, slant=0.8), (_floats(full),))


def _fine_skin(kit: HeadKit, canvas: Canvas, area: Floats) -> _Skin:
    faces = cut_neck(kit).faces
    # Thickness tapers over some millimetres, wider than the area's own edge.
    blurred = gaussian_filter(canvas.space.image(area), 5.0 * canvas.space.pixels / 1024)
    thick = np.zeros(len(kit.base.vertices), np.float32)
    weight = np.zeros(len(thick), np.float32)
    tree = cKDTree(canvas.space.points)
    used = np.unique(faces[:, :3])
    nearest = tree.query(kit.base.vertices[used])[1]
    thick[used], weight[used] = canvas.space.values(blurred)[nearest], area[nearest]
    covered = ((weight + thick)[faces[:, :3]] > 0.03).any(1)
    anchors, shares, fine = _cut_faces(faces[covered, :3])
    points = (kit.base.vertices[anchors] * shares[..., None]).sum(1)
    all_normals = vertex_normals(kit.base.vertices, faces[:, :3])
    normals = (all_normals[anchors] * shares[..., None]).sum(1)
    seen = canvas.space.outside > 0.5
    outer = cKDTree(canvas.space.points[seen])
    soft = canvas.space.values(blurred)[seen][outer.query(points)[1]]
    return _Skin(
        anchors, shares, fine, points, normals, smooth_step(soft, 0.25, 0.95), _unroll(points)
    )


def _cut_faces(faces: Ints) -> tuple[Ints, Floats, Ints]:
    """Each triangle of `faces` [F,3] cut into _STEPS squared ones: anchors, weights, faces; edges stay shared."""
    grid = [(i, j) for i in range(_STEPS + 1) for j in range(_STEPS + 1 - i)]
    place = {cell: index for index, cell in enumerate(grid)}
    shares = np.array([(_STEPS - i - j, i, j) for i, j in grid])
    inner = []
    for i, j in grid:
        if i + j < _STEPS:
            inner.append((place[i, j], place[i + 1, j], place[i, j + 1]))
        if i + j < _STEPS - 1:
            inner.append((place[i + 1, j], place[i + 1, j + 1], place[i, j + 1]))
    corners = np.repeat(faces[:, None], len(grid), axis=1).reshape(-1, 3)
    weights = np.tile(shares, (len(faces), 1))
    corners = np.where(weights > 0, corners, 0)  # corners without a share do not tell points apart
    order = np.argsort(np.where(weights > 0, corners, -1), axis=1)
    keys = np.concatenate(
        [np.take_along_axis(corners, order, 1), np.take_along_axis(weights, order, 1)], axis=1
    )
    unique, index = np.unique(keys, axis=0, return_inverse=True)
    cells = index.reshape(len(faces), len(grid))
    fine = cells[:, np.array(inner)].reshape(-1, 3)
    return unique[:, :3], (unique[:, 3:] / _STEPS).astype(np.float32), fine


def _unroll(points: Floats) -> Floats:
    """Points [N,3] on a sheet [N,2] around the jaw, in decimetres; what lies under the chin comes below."""
    x, y, z = points.T
    reach = np.hypot(x, z - _AXIS_Z)
    return _floats(np.stack([0.9 * np.arctan2(x, z - _AXIS_Z), y + 0.8 * (reach - 1.0)], axis=1))


def _shell(skin: _Skin, canvas: Canvas, area: Floats, slant: float) -> Proxy:
    low, high = skin.unrolled.min(0), skin.unrolled.max(0)
    uvs = (skin.unrolled - low) / (high - low)
    return Proxy(
        faces=np.concatenate([skin.faces, skin.faces], axis=1),
        uvs=uvs,
        anchors=skin.anchors,
        weights=skin.weights,
        offsets=0.006 * skin.normals,
        scales=((0, 0, 0.0),) * 3,
        picture=_strands(canvas, area, (low, high), slant),
    )


def _strands(
    canvas: Canvas, area: Floats, sheet: tuple[Floats, Floats], slant: float
) -> ShadedPicture:
    """Hair that runs down the sheet, at its edges single hairs; `slant` leads it aside."""
    low, high = sheet
    places = (np.arange(_PIXELS, dtype=np.float32) + 0.5) / _PIXELS
    u, v = np.meshgrid(low[0] + places * (high - low)[0], high[1] - places * (high - low)[1])
    sheet_points = np.stack([u.ravel(), v.ravel()], axis=1)
    near = (canvas.space.outside > 0.5) & (canvas.z > 0.3) & (canvas.y < 7.6)
    distance, index = cKDTree(_unroll(canvas.space.points[near])).query(sheet_points, k=4)
    weights = 1 / (distance + 1e-3)
    cover = (area[near][index] * weights).sum(1) / weights.sum(1)
    across = u.ravel() + slant * np.sign(u.ravel()) * v.ravel()
    bend = 0.05 * value_noise(np.stack([u.ravel(), v.ravel(), 0 * across], 1), 4, 311)
    fine = value_noise(np.stack([80 * (across + bend), 6 * v.ravel(), 0 * across], 1), 1, 312)
    coarse = value_noise(np.stack([26 * (across + bend), 3 * v.ravel(), 0 * across], 1), 1, 313)
    hairs = 0.6 * fine + 0.4 * coarse
    alpha = np.clip(1.5 * cover + 1.3 * (hairs - 0.75), 0, 1)
    shade = np.clip(0.62 + 0.76 * hairs, 0.5, 1.4)
    size = (_PIXELS, _PIXELS)
    return ShadedPicture(
        shade.reshape(*size, 1).astype(np.float32), (255 * alpha).astype(np.uint8).reshape(size)
    )


def _floats(values: Floats) -> Floats:
    return values.astype(np.float32)

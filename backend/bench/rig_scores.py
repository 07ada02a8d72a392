"""How near a wrapped head comes to the true one: vertices, surface, margins, and what folded over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..generator.fast_field import FastField
from ..generator.model import Generator
from ..rig.crossings import crossing_pairs
from ..rig.head_topology import PART_LABELS, Bools, HeadTopology
from ..rig.mesh_math import vertex_normals
from ..rig.untangle import turned_quads

Wide = NDArray[np.float64]
Anywhere = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]

REGIONS = ("face", "ears", "neck", "scalp", "lips", "lids")
_LID_M = 0.008  # from the margins
_FACE_Z_M, _BROW_Y_M = -0.03, 0.04  # before and below these skin is of the face
_SAMPLES = 300_000
_STEPS, _STEP_M = 30, 0.0015  # outwards, until the head ends
_SKIN_LABELS = ("skin", "lips", "ear", "neck")
_CANDIDATES = 6  # triangles that are looked at for each point


@dataclass(frozen=True)
class WrapScore:
    """One head wrapped in one way."""

    vertex_mm: float  # mean over the outer skin
    mean_head_mm: float  # the same of the mean head, placed rigidly
    region_mm: tuple[float, ...]  # of REGIONS
    surface_mm: float  # mean distance of the outer skin from the surface it was wrapped onto
    flipped_faces: int
    crossings: int  # of the skin's triangles
    true_crossings: int
    lid_mm: float
    lip_mm: float
    eye_mm: float


def score_wrap(
    topology: HeadTopology, wrapped: Anywhere, truth: Anywhere, surface_mm: float
) -> WrapScore:
    """Compare vertices [V,3] with the true ones, both in metres of the truth's frame."""
    away = 1000.0 * np.linalg.norm(wrapped - truth, axis=1)
    outer = topology.is_outer_skin
    mean_head = 1000.0 * np.linalg.norm(_placed_mean(topology, truth) - truth, axis=1)
    skin = topology.part_triangles("skin")
    return WrapScore(
        vertex_mm=float(away[outer].mean()),
        mean_head_mm=float(mean_head[outer].mean()),
        region_mm=tuple(float(away[region].mean()) for region in regions(topology)),
        surface_mm=surface_mm,
        flipped_faces=int((turned_quads(topology, wrapped) & ~turned_quads(topology, truth)).sum()),
        crossings=len(crossing_pairs(wrapped, skin)),
        true_crossings=len(crossing_pairs(truth, skin)),
        lid_mm=float(away[np.concatenate([topology.lid_left, topology.lid_right])].mean()),
        lip_mm=float(away[topology.lip].mean()),
        eye_mm=float(away[topology.part("eyes")].mean()),
    )


def regions(topology: HeadTopology) -> tuple[Bools, ...]:
    """[V] masks of REGIONS on the outer skin."""
    outer, place = topology.is_outer_skin, topology.vertices
    label = {name: outer & (topology.labels == PART_LABELS.index(name)) for name in PART_LABELS}
    margins = place[np.concatenate([topology.lid_left, topology.lid_right])]
    lids = label["skin"] & (cKDTree(margins).query(place)[0] < _LID_M)
    is_face = (place[:, 2] > _FACE_Z_M) & (place[:, 1] < _BROW_Y_M)
    face = label["skin"] & is_face & ~lids
    return face, label["ear"], label["neck"], label["skin"] & ~is_face, label["lips"], lids


def _placed_mean(topology: HeadTopology, truth: Anywhere) -> Wide:
    """The mean head [V,3] turned and shifted, not scaled, to lie best on the true one (Kabsch, 1976)."""
    outer = topology.is_outer_skin
    mean, aim = (v.astype(np.float64) for v in (topology.vertices, truth))
    middle, target = mean[outer].mean(axis=0), aim[outer].mean(axis=0)
    left, _, right = np.linalg.svd((aim[outer] - target).T @ (mean[outer] - middle))
    sign = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return np.asarray((mean - middle) @ (left @ sign @ right).T + target)


class Surface:
    """Triangles to which distances are asked."""

    def __init__(self, vertices: Anywhere, faces: Ints) -> None:
        self._corners = vertices.astype(np.float64)[faces]
        a, b, c = self._corners.transpose(1, 0, 2)
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        rng = np.random.default_rng(0)
        self._face = rng.choice(len(faces), _SAMPLES, p=area / area.sum())
        weights = rng.dirichlet(np.ones(3), _SAMPLES)
        self._tree = cKDTree((self._corners[self._face] * weights[..., None]).sum(axis=1))

    def distances(self, points: Wide) -> tuple[Wide, Wide]:
        """How far points [N,3] lie from the nearest triangles, and the places [N,3] there."""
        near = self._tree.query(points, _CANDIDATES)[1]
        repeated = np.repeat(points, _CANDIDATES, axis=0)
        places = nearest_on_triangles(repeated, self._corners[self._face[near.ravel()]])
        away = np.linalg.norm(places - repeated, axis=1).reshape(len(points), _CANDIDATES)
        best = away.argmin(axis=1)
        rows = np.arange(len(points))
        return away[rows, best], places.reshape(len(points), _CANDIDATES, 3)[rows, best]

    def skin_distance_mm(
        self, topology: HeadTopology, vertices: Wide, field: FastField, generator: Generator
    ) -> float:
        """Mean distance of the outer skin [V,3], in metres, from the triangles, where the field shows skin.

        Skin beneath hair, a beard or glasses is not seen and has no surface to lie on: going outwards from it, one
        leaves the head through something else.
        """
        outer = topology.is_outer_skin
        points = vertices[outer]
        normals = vertex_normals(vertices, topology.part_triangles("skin"))[outer]
        units = generator.config.field_units_per_metre
        names = generator.config.decoder.label_names
        places = points + _exits(field, points, normals, units)[:, None] * normals
        with torch.inference_mode():
            labels = field.labels(torch.from_numpy((places * units).astype(np.float32)))
        shown = np.isin(labels.argmax(dim=1).numpy(), [names.index(n) for n in _SKIN_LABELS])
        return float(1000 * self.distances(points)[0][shown].mean())


def _exits(field: FastField, points: Wide, normals: Wide, units: float) -> Wide:
    """How far along the normals [N,3], in metres, one leaves the solid from points [N,3]; 0 where one is outside."""
    steps = np.arange(_STEPS + 1) * _STEP_M
    along = points[:, None] + steps[:, None] * normals[:, None]
    with torch.inference_mode():
        sigma = field.sigma(torch.from_numpy((along.reshape(-1, 3) * units).astype(np.float32)))
    is_inside = (sigma.numpy() > 0).reshape(len(points), -1)
    # The skin itself may lie a little above the field's surface or below it: the first step does not count.
    is_inside[:, 0] = True
    return np.asarray(
        steps[np.argmin(is_inside, axis=1)] * ~is_inside.all(axis=1)
        + steps[-1] * is_inside.all(axis=1)
    )


def nearest_on_triangles(points: Wide, corners: Wide) -> Wide:
    """[N,3] the place on triangle [N,3,3] that is nearest to the point [N,3]."""
    a, first, second = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    offset = points - a
    aa, ab, bb = (first**2).sum(1), (first * second).sum(1), (second**2).sum(1)
    pa, pb = (offset * first).sum(1), (offset * second).sum(1)
    area = np.maximum(aa * bb - ab**2, 1e-30)
    u, v = (bb * pa - ab * pb) / area, (aa * pb - ab * pa) / area
    inside = (u >= 0) & (v >= 0) & (u + v <= 1)
    best = a + u[:, None] * first + v[:, None] * second
    away = np.where(inside, ((best - points) ** 2).sum(1), np.inf)
    for start, end in ((0, 1), (1, 2), (2, 0)):
        along = corners[:, end] - corners[:, start]
        length = np.maximum((along**2).sum(1), 1e-30)
        share = (((points - corners[:, start]) * along).sum(1) / length).clip(0, 1)
        place = corners[:, start] + share[:, None] * along
        nearer = ((place - points) ** 2).sum(1) < away
        best[nearer] = place[nearer]
        away = np.minimum(away, ((place - points) ** 2).sum(1))
    return best

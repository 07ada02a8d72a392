"""Accessories of a generated head as solids, from the generator's own surfaces: its field fills the gaps between glasses and the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..generator.model import Generator
from ..head_mesh import component_of_vertices
from ..surface.field import Field
from .mesh_math import face_vectors
from .part_field import Samples, SkinDistance

Wide = NDArray[np.float64]
Indices = NDArray[np.int64]

_SAMPLES = 40_000
_REACH = 0.04  # field units; more than any accessory's radius


class SolidUnion:
    """Solids that may stick into each other: frames of glasses, horns."""

    def __init__(self, vertices: Wide, faces: Indices) -> None:
        """vertices [V,3] and triangles [F,3]; each connected component is a solid."""
        component = component_of_vertices(faces, len(vertices))[faces[:, 0]]
        size = np.linalg.norm(face_vectors(vertices, faces), axis=1)
        shares = np.bincount(component, size) / size.sum()
        self._components = [
            Samples.of(vertices, faces[component == k], max(1, round(_SAMPLES * share)))
            for k, share in enumerate(shares)
            if share > 0
        ]

    def __call__(self, points: Wide) -> Wide:
        """Points [N,3] -> signed distance [N] to the union, negative inside, at most `_REACH`."""
        least = np.full(len(points), _REACH)
        for samples in self._components:
            _, nearest = samples.tree.query(points, distance_upper_bound=_REACH)
            near = np.flatnonzero(nearest < len(samples.cloud.points))
            least[near] = np.minimum(least[near], samples.height(points[near], nearest[near]))
        return least


def find_accessory(generator: Generator, w: Tensor, name: str) -> SolidUnion | None:
    """The generator's own surface with that first word, in field units.

    None if the head of w [w_dim] has none, or the generator is not made of surfaces.
    """
    inner = generator.template
    if inner is None:
        return None
    with torch.inference_mode():
        found = [s for s in inner.drawn_surfaces(w) if s.config.name.split()[0] == name]
        if not found:
            return None
        placed = inner.vertices(w)
        points = inner.config.soft_box.points(found[0].place(placed, w)).numpy().astype(np.float64)
    return SolidUnion(points, found[0].triangles.numpy().astype(np.int64))


@dataclass(frozen=True)
class AccessoryField:
    """An accessory's inside as a solid, down to `embed_depth` under the skin. Lengths are field units."""

    head: Field
    accessory: SolidUnion
    skin: SkinDistance
    embed_depth: float

    @property
    def box_half(self) -> float:
        return self.head.box_half

    def rgb(self, points: Tensor) -> Tensor:
        return self.head.rgb(points)

    def sigma(self, points: Tensor) -> Tensor:
        """[N,3] -> [N] distance to the surface, positive inside."""
        places = points.numpy().astype(np.float64)
        values = np.minimum(-self.accessory(places), self.skin(places) + self.embed_depth)
        return torch.from_numpy(values.astype(np.float32))

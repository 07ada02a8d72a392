"""The outer surface of a head, and which of it belongs to a part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ..head_mesh import component_of_vertices, neighbour_means
from ..surface.extract import march_cells
from ..surface.sparse import sample_sparse
from ..views.unlit import LabelledField

Wide = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.int64]

_SMOOTHING_STEPS = 3  # of the border between a part and what is beside it


@dataclass(frozen=True)
class HeadSurface:
    """All that is seen of a field, as a fine mesh. Field units."""

    vertices: Wide  # [V,3]
    faces: Indices  # [F,3]
    labels: Indices  # [V] the most probable label

    @cached_property
    def areas(self) -> Wide:
        """[V] of the surface around each vertex."""
        corners = self.vertices[self.faces]
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        third = np.linalg.norm(across, axis=1) / 6
        total = np.bincount(self.faces.ravel(), np.repeat(third, 3), len(self.vertices))
        return np.asarray(total, np.float64)

    def with_labels(self, labels: Indices) -> Bools:
        """[V] whether a vertex has one of these labels."""
        return np.isin(self.labels, labels)

    def components(self, is_member: Bools) -> Indices:
        """[V] the number of the component that each member belongs to; others are components as well."""
        same = is_member[self.faces]
        inside = self.faces[same.all(axis=1) | ~same.any(axis=1)]
        return component_of_vertices(inside, len(self.vertices)).astype(np.int64)

    def without_specks(self, is_member: Bools, smallest: float, smallest_share: float) -> Bools:
        """Members [V] less their components below an area or a share of the largest; holes below the area are filled."""
        component = self.components(is_member)
        area = np.bincount(component, self.areas)
        largest = float(area[component[is_member]].max(initial=0.0))
        is_large = area >= max(smallest, smallest_share * largest)
        kept = is_member & is_large[component]
        component = self.components(kept)
        is_hole = np.bincount(component, self.areas) < smallest
        return kept | is_hole[component] if kept.any() else kept

    def shares(self, is_member: Bools) -> Wide:
        """Members [V] -> 1 inside to -1 outside, with an even slope across the border."""
        share = np.where(is_member, 1.0, -1.0)
        for _ in range(_SMOOTHING_STEPS):
            share = 0.5 * (share + self._mean @ share)
        return share

    @cached_property
    def _mean(self) -> csr_matrix:
        return neighbour_means(self.faces, len(self.vertices))


def read_surface(field: LabelledField, resolution: int) -> HeadSurface:
    """Extract the whole surface with `resolution` cells along a side of the box, and ask what it is."""
    grid_vertices, faces = march_cells(sample_sparse(field, resolution))
    vertices = np.ascontiguousarray(
        grid_vertices * (2.0 * field.box_half / resolution) - field.box_half
    )
    with torch.inference_mode():
        logits = field.labels(torch.from_numpy(vertices.astype(np.float32)))
        labels = logits[:, 1:].argmax(dim=1).numpy() + 1  # the surface is no background
    return HeadSurface(vertices, np.ascontiguousarray(faces), labels)

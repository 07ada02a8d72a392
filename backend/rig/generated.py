"""A generated head onto the topology: its own generator knows where the vertices lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..generator.model import Generator
from ..generator.template_surface import TemplateSurface
from .head_topology import Bools, Floats, HeadTopology
from .morph_space import complete_head
from .registration import follow
from .untangle import untangle

_PARTS = {"skin": ("skin",), "eyes": ("eyes",), "teeth": ("teeth", "tongue")}  # of the generator


Wide = NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """Where the topology's frame lies in the field: its origin, halfway between the eyes."""

    origin: Wide  # [3] field units
    units_per_metre: float

    def to_metres(self, points: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        return (points - self.origin) / self.units_per_metre

    def to_field(self, points: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        return points * self.units_per_metre + self.origin


def template_vertices(
    generator: Generator, topology: HeadTopology, w: Tensor
) -> tuple[Floats, Bools] | None:
    """The vertices [V,3], in field units, that the generator itself gives w [w_dim], and which [V] they are.

    None for a generator that has no such template.
    """
    inner = generator.template
    if inner is None:
        return None
    surfaces = {s.config.name: s for s in inner.surfaces if isinstance(s, TemplateSurface)}
    vertices = np.zeros((len(topology.vertices), 3), np.float32)
    is_known = np.zeros(len(topology.vertices), np.bool_)
    with torch.inference_mode():
        placed = inner.vertices(w)
        for name, materials in _PARTS.items():
            surface = surfaces.get(name)
            ours = np.unique(np.concatenate([topology.part(material) for material in materials]))
            if surface is None or surface.config.points != len(ours):
                return None
            # Both orders are those of the base mesh.
            points = inner.config.soft_box.points(surface.place(placed, w))
            vertices[ours] = points.numpy()
            is_known[ours] = True
    return vertices, is_known


def wrap_generated(
    generator: Generator, topology: HeadTopology, w: Tensor
) -> tuple[Floats, Placement] | None:
    """The topology's vertices [V,3] in metres of its own frame, and where that lies in the field.

    The generator draws its field from these vertices, so they are nearer to the head that it means than any fit to
    the field, whose cells are a millimetre wide. Lashes, which it draws with other meshes, follow the skin.
    """
    found = template_vertices(generator, topology, w)
    if found is None:
        return None
    given, is_known = found
    eyes = np.concatenate(topology.eyes)
    origin = given[eyes].mean(axis=0).astype(np.float64)
    origin[0] = 0.0
    placement = Placement(origin, generator.config.field_units_per_metre)
    own = np.where(is_known[:, None], placement.to_metres(given), 0.0).astype(np.float32)
    near = complete_head(topology, own, is_known).vertices
    own = np.where(is_known[:, None], own, near)
    return untangle(topology, follow(near, own, is_known)), placement

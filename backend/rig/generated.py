"""A generated head onto the template: its own generator knows most vertices, the field corrects them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..generator.fast_field import FastField
from ..generator.model import Generator
from ..generator.template_surface import TemplateSurface
from ..surface.project import evaluate_sigma, project_to_surface
from .head_template import Bools, Floats, HeadTemplate
from .morph_space import complete_head
from .registration import Correspondence, Schedule, Target, Wide, follow, register

REACH_M = 0.006  # how far the field's surface may lie from a vertex that the generator placed
TRUST_M = (
    0.001  # nearer than that, the generator knows better than the field where its vertices are
)
_SKIN_LABELS = ("skin", "lips", "ear", "neck")
_PARTS = {"skin": ("skin",), "eyes": ("eyes",), "teeth": ("teeth", "tongue")}  # of the generator


@dataclass(frozen=True)
class Placement:
    """Where the template's frame lies in the field: its origin, halfway between the eyes."""

    origin: Wide  # [3] field units
    units_per_metre: float

    def to_metres(self, points: np.ndarray) -> np.ndarray:
        return (points - self.origin) / self.units_per_metre

    def to_field(self, points: np.ndarray) -> np.ndarray:
        return points * self.units_per_metre + self.origin


def template_vertices(
    generator: Generator, template: HeadTemplate, w: Tensor
) -> tuple[Floats, Bools] | None:
    """The vertices [V,3], in field units, that the generator itself gives w [w_dim], and which [V] they are.

    None for a generator that has no such template.
    """
    inner = generator.template
    if inner is None:
        return None
    surfaces = {s.config.name: s for s in inner.surfaces if isinstance(s, TemplateSurface)}
    vertices = np.zeros((len(template.vertices), 3), np.float32)
    is_known = np.zeros(len(template.vertices), np.bool_)
    with torch.inference_mode():
        placed = inner.vertices(w)
        for name, materials in _PARTS.items():
            surface = surfaces.get(name)
            ours = np.unique(np.concatenate([template.part(material) for material in materials]))
            if surface is None or surface.config.points != len(ours):
                return None
            # Both orders are those of the base mesh.
            points = inner.config.gather.points(surface.place(placed, w))
            vertices[ours] = points.numpy()
            is_known[ours] = True
    return vertices, is_known


def wrap_generated(
    generator: Generator, field: FastField, template: HeadTemplate, w: Tensor
) -> tuple[Floats, Placement] | None:
    """The template's vertices [V,3] in metres of its own frame, and where that lies in the field."""
    found = template_vertices(generator, template, w)
    if found is None:
        return None
    given, is_known = found
    eyes = np.concatenate(template.eyes)
    origin = given[eyes].mean(axis=0).astype(np.float64)
    origin[0] = 0.0
    placement = Placement(origin, generator.config.field_units_per_metre)
    start = np.where(is_known[:, None], placement.to_metres(given), 0.0).astype(np.float32)
    near = complete_head(template, start, is_known).vertices
    start = follow(template, near, np.where(is_known[:, None], start, near), is_known)
    target = field_target(field, placement, generator.config.decoder.label_names)
    bent = register(template, start, target, Schedule())
    is_settled = is_known | False
    return follow(template, start, bent, is_settled), placement


def field_target(field: FastField, placement: Placement, label_names: tuple[str, ...]) -> Target:
    """Towards the field's surface along the normals, where it shows skin."""
    is_skin = np.isin(label_names, _SKIN_LABELS)
    reach = REACH_M * placement.units_per_metre

    def correspond(points: Wide, normals: Wide) -> Correspondence:
        from_points = placement.to_field(points)
        found = project_to_surface(field, from_points, normals, reach)
        missed = np.abs(evaluate_sigma(field, found))
        weights = (missed < _SHARP * np.abs(evaluate_sigma(field, from_points)) + 1e-3).astype(
            float
        )
        with torch.inference_mode():
            labels = field.labels(torch.from_numpy(found.astype(np.float32))).argmax(dim=1).numpy()
        aims = placement.to_metres(found)
        is_near = np.linalg.norm(aims - points, axis=1) < TRUST_M
        aims[is_near] = points[is_near]
        return Correspondence(aims, np.where(is_near, 1.0, weights * is_skin[labels]))

    return correspond


_SHARP = 0.2  # share of sigma that may be left after the move

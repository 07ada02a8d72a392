"""Heads as the mean and the principal shapes of the kit: what a fit may look like before it may bend freely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .head_template import Bools, Floats, HeadTemplate

Wide = NDArray[np.float64]


@dataclass(frozen=True)
class MorphFit:
    """A head in morph space: vertices [V,3] in the template's frame and their coefficients [K]."""

    vertices: Floats
    coefficients: Wide


def complete_head(
    template: HeadTemplate, vertices: Floats, is_known: Bools, stiffness: float = 1e-6
) -> MorphFit:
    """The head of morph space nearest to the known ones of vertices [V,3], in the template's frame.

    stiffness: square of how far, in metres, a vertex may be off for one standard deviation of a coefficient.
    """
    basis = template.morphs[:, is_known].reshape(len(template.morphs), -1).astype(np.float64)
    offsets = (vertices - template.vertices)[is_known].ravel().astype(np.float64)
    matrix = basis @ basis.T + stiffness * is_known.sum() * np.eye(len(basis)) / len(basis)
    coefficients = np.linalg.solve(matrix, basis @ offsets)
    return MorphFit(shape_of(template, coefficients), coefficients)


def shape_of(template: HeadTemplate, coefficients: Wide) -> Floats:
    """Coefficients [K] -> vertices [V,3]."""
    moved = np.tensordot(coefficients.astype(np.float32), template.morphs, axes=1)
    return template.vertices + moved

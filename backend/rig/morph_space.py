"""Heads as the mean and the principal shapes of the kit: what a fit may look like before it may bend freely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .head_topology import Bools, Floats, HeadTopology

Wide = NDArray[np.float64]


@dataclass(frozen=True)
class MorphFit:
    """A head in morph space: vertices [V,3] in the topology's frame and their coefficients [K]."""

    vertices: Floats
    coefficients: Wide


def complete_head(
    topology: HeadTopology, vertices: Floats, is_known: Bools, stiffness: float = 1e-6
) -> MorphFit:
    """The head of morph space nearest to the known ones of vertices [V,3], in the topology's frame.

    stiffness: square of how far, in metres, a vertex may be off for one standard deviation of a coefficient.
    """
    basis = topology.morphs[:, is_known].reshape(len(topology.morphs), -1).astype(np.float64)
    offsets = (vertices - topology.vertices)[is_known].ravel().astype(np.float64)
    matrix = basis @ basis.T + stiffness * is_known.sum() * np.eye(len(basis)) / len(basis)
    coefficients = np.linalg.solve(matrix, basis @ offsets)
    return MorphFit(shape_of(topology, coefficients), coefficients)


def shape_of(topology: HeadTopology, coefficients: Wide) -> Floats:
    """Coefficients [K] -> vertices [V,3]."""
    moved = np.tensordot(coefficients.astype(np.float32), topology.morphs, axes=1)
    return topology.vertices + moved

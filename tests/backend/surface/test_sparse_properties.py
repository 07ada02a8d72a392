"""Sparse sampling of random solids: unions of balls, tori and slabs, anywhere and of any size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from hypothesis import assume, given, settings, strategies as st
from numpy.typing import NDArray
from torch import Tensor

from backend.head_mesh import component_of_vertices, is_manifold, signed_volumes
from backend.surface.extract import extract_surface, extract_surface_dense, march_cells
from backend.surface.sparse import COARSEST, sample_sparse
from tests.backend.surface.fields import KnownField

RESOLUTION = 64
# A ball of this radius holds a point of the coarsest grid wherever it lies: half a cell's diagonal.
SEEN = 0.5 * 3**0.5 / COARSEST + 1e-3
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Solid = Callable[[Tensor], Tensor]

places = st.tuples(*[st.floats(-0.35, 0.35, allow_subnormal=False)] * 3)
directions = st.tuples(*[st.floats(-1.0, 1.0, allow_subnormal=False)] * 3).filter(
    lambda axis: sum(number**2 for number in axis) > 0.1
)


@st.composite
def balls(draw: st.DrawFn) -> Solid:
    center, radius = torch.tensor(draw(places)), draw(st.floats(SEEN, 0.3))
    return lambda points: radius - (points - center).norm(dim=1)


@st.composite
def tori(draw: st.DrawFn) -> Solid:
    center, axis = torch.tensor(draw(places)), unit(draw(directions))
    ring = draw(st.floats(0.1, 0.3))
    tube = draw(st.floats(SEEN, 0.9 * ring))

    def solid(points: Tensor) -> Tensor:
        offset = points - center
        along = offset @ axis
        across = (offset - along[:, None] * axis).norm(dim=1)
        return tube - torch.hypot(across - ring, along)

    return solid


@st.composite
def slabs(draw: st.DrawFn) -> Solid:
    """Through the whole box, so that they are cut at its faces."""
    center, axis = torch.tensor(draw(places)), unit(draw(directions))
    half = draw(st.floats(SEEN, 0.15))
    return lambda points: half - ((points - center) @ axis).abs()


def unit(axis: tuple[float, ...]) -> Tensor:
    vector = torch.tensor(axis)
    return vector / vector.norm()


@st.composite
def fields(draw: st.DrawFn) -> KnownField:
    """A union, as steep as a field may be."""
    solids = draw(st.lists(st.one_of(balls(), tori(), slabs()), min_size=1, max_size=4))
    steepness = draw(st.sampled_from([0.01, 1.0, 400.0]))
    return KnownField(
        lambda points: torch.stack([solid(points) for solid in solids]).amax(dim=0) * steepness
    )


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(field=fields())
def test_the_sparse_surface_is_the_dense_one_and_closed_and_cheap(field: KnownField) -> None:
    cells = sample_sparse(field, RESOLUTION)
    assert cells.evaluations == field.evaluations
    assert cells.evaluations <= (COARSEST + 1) ** 3 + 3.0 * cells.count
    assume(has_one_largest_part(*march_cells(cells)))
    vertices, faces = extract_surface(field, RESOLUTION)
    expected, expected_faces = extract_surface_dense(field, RESOLUTION)
    assert is_manifold(faces)
    assert len(faces) == len(expected_faces)
    np.testing.assert_allclose(in_order(vertices), in_order(expected), rtol=0.0, atol=1e-7)
    volumes = [
        signed_volumes(*one).sum() for one in ((vertices, faces), (expected, expected_faces))
    ]
    np.testing.assert_allclose(volumes[0], volumes[1], rtol=1e-6)


def has_one_largest_part(vertices: Floats, faces: Indices) -> bool:
    """Of two that are equal either may be taken."""
    part = component_of_vertices(faces, len(vertices))[faces[:, 0]]
    volumes = np.sort(np.bincount(part, signed_volumes(vertices, faces)))
    return len(volumes) == 1 or bool(volumes[-1] > 1.001 * volumes[-2])


def in_order(vertices: Floats) -> Floats:
    """Vertices [V,3] sorted by the grid edge that they lie on, then by their place."""
    in_cells = (vertices + 0.5) * RESOLUTION
    keys = np.concatenate([np.floor(in_cells + 1e-4), in_cells.round(3)], axis=1)
    return np.asarray(vertices[np.lexsort(keys.T)])

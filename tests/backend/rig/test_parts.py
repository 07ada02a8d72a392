"""Hair, beard, glasses and horns of heads of the generator that ships."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from backend.errors import JobCancelledError
from backend.head_mesh import count_components, is_manifold, signed_volumes
from backend.rig.part_field import measure_skin
from backend.rig.part_surface import read_surface
from backend.rig.parts import (
    KINDS,
    RESOLUTION,
    GeneratedHead,
    HeadPart,
    extract_components,
    make_parts,
)
from backend.rig.target_mesh import sample_surface
from backend.surface.field import EmptySurfaceError
from backend.surface.uv_rasteriser import rasterise_uvs
from tests.backend.rig.starter_heads import bald, bearded_with_glasses, demon, wrap
from tests.backend.surface.fields import KnownField, ball, ellipsoid_with_blobs


@pytest.fixture(scope="module")
def head() -> GeneratedHead:
    return wrap(bearded_with_glasses())


@pytest.fixture(scope="module")
def shares() -> list[float]:
    """What the making of `parts` told of its progress."""
    return []


@pytest.fixture(scope="module")
def parts(head: GeneratedHead, shares: list[float]) -> dict[str, HeadPart]:
    return {part.name: part for part in make_parts(head, shares.append)}


def surface_points(part: HeadPart) -> NDArray[np.floating[Any]]:
    """Points [N,3] spread evenly over a part, metres."""
    mesh = part.mesh
    return sample_surface(mesh.vertices, mesh.faces, 200_000, np.random.default_rng(0)).points


def test_a_head_has_the_parts_that_it_shows(parts: dict[str, HeadPart]) -> None:
    assert list(parts) == ["hair", "beard", "glasses"]


def test_making_them_tells_its_progress_in_small_steps(
    parts: dict[str, HeadPart], shares: list[float]
) -> None:
    steps = np.diff([0.0, *shares, 1.0])
    assert steps.min() > -1e-9
    assert steps.max() < 0.15


def test_making_them_is_cancelled_by_an_exception(head: GeneratedHead) -> None:
    heard = []

    def cancel(share: float) -> None:
        heard.append(share)
        if share > 0.2:
            raise JobCancelledError

    with pytest.raises(JobCancelledError):
        make_parts(head, cancel)
    assert heard[-1] < 0.3


def test_a_bald_head_has_none() -> None:
    assert make_parts(wrap(bald())) == ()


def test_every_part_is_closed_manifold_and_within_its_budget(parts: dict[str, HeadPart]) -> None:
    budgets = {kind.name: kind.faces for kind in KINDS}
    for name, part in parts.items():
        faces = part.mesh.faces
        assert is_manifold(faces)
        assert len(faces) <= budgets[name]
        assert signed_volumes(part.mesh.vertices, faces).sum() > 0


def test_parts_cover_all_that_has_their_label(
    head: GeneratedHead, parts: dict[str, HeadPart]
) -> None:
    units = head.placement.units_per_metre
    surface = read_surface(head.field, RESOLUTION)
    names = head.generator.config.decoder.label_names
    for name in ("hair", "beard"):
        is_member = surface.labels == names.index(name)
        is_member = surface.without_specks(is_member, 1e-4 * units**2, 0.005)
        away = cKDTree(surface_points(parts[name])).query(surface.vertices[is_member] / units)[0]
        assert (away > 0.003).mean() < 0.01


def test_hair_and_beard_reach_under_the_skin_and_no_part_far(
    head: GeneratedHead, parts: dict[str, HeadPart]
) -> None:
    units = head.placement.units_per_metre
    vertices = head.placement.to_field(head.vertices.astype(np.float64))
    skin = measure_skin(head.topology, vertices, head.field.box_half)
    for name, part in parts.items():
        above = skin(surface_points(part) * units) / units
        assert np.quantile(above, 0.01) > -0.003
        # Most of the long beard hangs before the neck.
        assert (above < -0.001).mean() > {"hair": 0.3, "beard": 0.05, "glasses": -1.0}[name]


def test_what_shows_of_the_hair_has_the_hairs_colour(
    head: GeneratedHead, parts: dict[str, HeadPart]
) -> None:
    # Brown hair: the skin is redder and much lighter.
    for name in ("hair", "beard"):
        mesh, albedo = parts[name].mesh, parts[name].albedo
        assert mesh.corner_uvs is not None
        texels = rasterise_uvs(mesh.corner_uvs, albedo.shape[0])
        colors = albedo.reshape(-1, 3)[texels.flat]
        assert np.quantile(colors.max(axis=1), 0.98) < 160


def test_horns_are_two_and_stand_above_the_eyes() -> None:
    wrapped = wrap(demon())
    (horns,) = make_parts(wrapped)
    assert horns.name == "horns"
    assert count_components(horns.mesh.faces) == 2
    eyes = wrapped.placement.origin[1] / wrapped.placement.units_per_metre
    assert horns.mesh.vertices[:, 1].min() > eyes


def test_all_pieces_are_extracted_but_specks_and_voids() -> None:
    _, faces = extract_components(KnownField(ellipsoid_with_blobs), 96)
    assert count_components(faces) == 3
    assert is_manifold(faces)


def test_a_solid_of_nothing_is_refused() -> None:
    with pytest.raises(EmptySurfaceError):
        extract_components(KnownField(lambda points: ball(points, (0.0, 0.0, 0.0), -1.0)), 64)

"""Skin below hair: how far hair may be told from skin, and heads whose hair is put on by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.errors import JobCancelledError
from backend.rig.face_fit import FaceTarget
from backend.rig.head_topology import PART_LABELS, Floats, HeadTopology
from backend.rig.mesh_math import Ints, vertex_normals
from backend.rig.pose import Similarity, fit_similarity
from backend.rig.shape_fit import seen_triangles
from backend.rig.target_mesh import PointCloud, sample_surface
from backend.rig.under_hair import fit_under_hair, has_hair, shows_skin, skin_trust

Wide = NDArray[np.float64]

HERE = Similarity(1.0, np.eye(3), np.zeros(3))
UP = np.array([[0.0, 1.0, 0.0]])


@pytest.fixture(scope="module")
def triangles(topology: HeadTopology) -> Ints:
    return topology.triangles[seen_triangles(topology)]


def scalp_of(topology: HeadTopology) -> Wide:
    """[V] 0 on the face .. 1 where hair grows."""
    above = (topology.vertices[:, 1] - 0.055) / 0.02
    behind = (-0.06 - topology.vertices[:, 2]) / 0.02
    share = np.clip(np.maximum(above, behind), 0.0, 1.0) * (topology.vertices[:, 1] > -0.06)
    grows = topology.is_outer_skin & (topology.labels != PART_LABELS.index("ear"))
    return np.asarray(share * grows, np.float64)


def with_hair(topology: HeadTopology, head: Floats, thickness: float) -> Wide:
    """A head [V,3] whose scalp stands out by metres, as hair does that is one surface with the face."""
    normals = vertex_normals(head, topology.part_triangles("skin"))
    return np.asarray(head + thickness * scalp_of(topology)[:, None] * normals, np.float64)


def cloud_of(vertices: Wide, triangles: Ints) -> PointCloud:
    return sample_surface(vertices, triangles, 40_000, np.random.default_rng(0))


def test_skin_is_trusted_wholly_and_half_at_the_limits() -> None:
    heights = np.array([0.0, 0.002, -0.02, 0.02, -0.002])
    found = skin_trust(heights[:, None] * UP, np.repeat(UP, 5, axis=0), 0.002)
    assert found == pytest.approx([1.0, 0.5, 0.5, 1e-4, 1.0], abs=2e-4)


def test_what_lies_aside_is_not_the_same_place() -> None:
    aside = np.array([[0.0079, 0, 0], [0.0081, 0, 0], [0, 0, -0.1]])
    assert skin_trust(aside, np.repeat(UP, 3, axis=0), 0.002).tolist() == [1.0, 0.0, 0.0]


def test_trust_depends_on_no_direction_and_falls_outwards() -> None:
    random = np.random.default_rng(1)
    offsets, turn = random.normal(0, 0.004, (500, 3)), Rotation.random(random_state=2)
    normals = Rotation.random(500, random_state=3).apply(UP[0])
    plain = skin_trust(offsets, normals, 0.002)
    assert skin_trust(turn.apply(offsets), turn.apply(normals), 0.002) == pytest.approx(plain)
    heights = np.linspace(0.0, 0.03, 50)
    outwards = skin_trust(heights[:, None] * UP, np.repeat(UP, 50, axis=0), 0.002)
    assert (np.diff(outwards) < 0).all()
    inwards = skin_trust(-heights[:, None] * UP, np.repeat(UP, 50, axis=0), 0.002)
    assert (inwards >= outwards).all()


@pytest.mark.parametrize(("thickness", "is_hair"), [(0.0, False), (0.003, True), (0.015, True)])
def test_hair_is_seen_by_how_far_the_scalp_misses_the_mesh(
    topology: HeadTopology, triangles: Ints, thickness: float, is_hair: bool
) -> None:
    mesh = cloud_of(with_hair(topology, topology.vertices, thickness), triangles)
    assert has_hair(topology, triangles, mesh, topology.vertices.astype(np.float64)) is is_hair


def test_skin_shows_but_where_hair_lies_over_it(topology: HeadTopology, triangles: Ints) -> None:
    head = topology.vertices
    bald = shows_skin(topology, cloud_of(head.astype(np.float64), triangles), head)
    haired = shows_skin(topology, cloud_of(with_hair(topology, head, 0.012), triangles), head)
    skin = topology.part("skin")
    outer, scalp = topology.is_outer_skin[skin], scalp_of(topology)[skin]
    assert bald.shape == haired.shape == skin.shape
    assert bald[outer].mean() > 0.98
    assert haired[outer & (scalp == 0.0)].mean() > 0.9
    assert haired[scalp == 1.0].mean() < 0.02


def test_skin_that_stands_out_of_the_mesh_shows(topology: HeadTopology, triangles: Ints) -> None:
    """As where hair was cut away: the mesh lies 5 mm below."""
    sunken = cloud_of(with_hair(topology, topology.vertices, -0.005), triangles)
    shown = shows_skin(topology, sunken, topology.vertices)
    assert shown[scalp_of(topology)[topology.part("skin")] == 1.0].mean() > 0.98


@pytest.fixture(scope="module")
def truth(topology: HeadTopology, true_heads: Floats) -> Floats:
    """A head [V,3] in the topology's frame."""
    head, mean = true_heads[4].astype(np.float64), topology.vertices.astype(np.float64)
    place = fit_similarity(mean, head, topology.is_outer_skin.astype(np.float64))
    return place.inverse().apply(head).astype(np.float32)


@pytest.fixture(scope="module")
def fitted(topology: HeadTopology, triangles: Ints, truth: Floats) -> tuple[Wide, list[float]]:
    """The skin found below 12 mm of hair on a true head, and what was told of the progress."""
    haired = with_hair(topology, truth, 0.012)
    shares: list[float] = []
    found = fit_under_hair(
        topology, triangles, cloud_of(haired, triangles), FaceTarget(haired, triangles, HERE),
        haired, shares.append,
    )  # fmt: skip
    return found, shares


def test_the_skull_is_found_below_hair(
    topology: HeadTopology, truth: Floats, fitted: tuple[Wide, list[float]]
) -> None:
    """Nearer to the truth than a third of the hair's thickness, though no point of the scalp is shown."""
    scalp = scalp_of(topology) == 1.0
    normals = vertex_normals(truth, topology.part_triangles("skin"))
    above = ((fitted[0] - truth) * normals).sum(axis=1)
    assert np.abs(above[scalp]).mean() < 0.012 / 3
    face = topology.is_outer_skin & (topology.vertices[:, 2] > 0.0) & (scalp_of(topology) == 0.0)
    assert np.abs(above[face]).mean() < 0.001


def test_finding_it_tells_its_progress_and_can_be_cancelled(
    topology: HeadTopology, triangles: Ints, fitted: tuple[Wide, list[float]]
) -> None:
    shares = fitted[1]
    assert shares[0] == 0.0
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] < 1.0
    vertices = topology.vertices.astype(np.float64)

    def cancel(share: float) -> None:
        raise JobCancelledError

    with pytest.raises(JobCancelledError):
        fit_under_hair(
            topology, triangles, cloud_of(vertices, triangles),
            FaceTarget(vertices, triangles, HERE), vertices, cancel,
        )  # fmt: skip

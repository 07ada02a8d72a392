"""The whole road from a field to a textured mesh in metres."""

from collections.abc import Callable

import numpy as np
import pytest

from backend.head_mesh import genus
from backend.surface.bake import SurfaceColors
from backend.surface.build import (
    SurfaceResult,
    SurfaceSettings,
    bake_head,
    extract_shape,
    settle_vertices,
)
from backend.surface.decimate import decimate
from backend.surface.extract import extract_surface
from backend.surface.grid import OnProgress
from backend.surface.unwrap import unwrap_uvs
from tests.backend.surface.fields import (
    RADIUS,
    SPHERE_VOLUME,
    KnownField,
    Solid,
    bust,
    ellipsoid_with_blobs,
    gradient,
    ignore,
    sphere,
    textured_head,
    torus,
)

SETTINGS = SurfaceSettings(resolution=64, faces=2000, texture_px=256)
UNITS_PER_METRE = 2.5


def build(solid: Solid) -> SurfaceResult:
    return textured_head(KnownField(solid, gradient), SETTINGS, UNITS_PER_METRE)


@pytest.fixture(scope="module")
def ball() -> SurfaceResult:
    return build(sphere)


def test_a_sphere_has_its_radius_in_metres(ball: SurfaceResult) -> None:
    radius = np.linalg.norm(ball.mesh.vertices, axis=1)
    assert radius == pytest.approx(RADIUS / UNITS_PER_METRE, rel=1e-3)
    assert ball.figures.height_m == pytest.approx(np.ptp(ball.mesh.vertices[:, 1]), abs=1e-6)
    # Between its vertices a ball of 2,000 faces is at most this much flatter at either pole.
    corners = ball.mesh.vertices[ball.mesh.faces]
    edge = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max()
    highest = 2 * RADIUS / UNITS_PER_METRE
    assert highest - edge**2 / highest <= np.ptp(ball.mesh.vertices[:, 1]) <= 1.001 * highest


def test_normals_point_outwards_and_have_length_one(ball: SurfaceResult) -> None:
    normals = ball.mesh.normals
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1.0, abs=1e-5)
    directions = ball.mesh.vertices / np.linalg.norm(ball.mesh.vertices, axis=1, keepdims=True)
    cosine = (normals * directions).sum(axis=1)
    # Slivers count as much as Blender lets them: by their angle. The normal map sets them right.
    assert cosine.mean() > 0.9995
    assert cosine.min() > 0.95


def test_the_texture_has_at_every_corner_the_colour_of_that_place(ball: SurfaceResult) -> None:
    uvs, side = ball.mesh.corner_uvs, SETTINGS.texture_px
    assert uvs is not None
    middle = uvs.mean(axis=1)
    texels = ball.maps.albedo[
        ((1 - middle[:, 1]) * side).astype(int), (middle[:, 0] * side).astype(int)
    ]
    places = ball.mesh.vertices[ball.mesh.faces].mean(axis=1) * UNITS_PER_METRE
    places *= RADIUS / np.linalg.norm(places, axis=1, keepdims=True)
    # A texel of this texture is about 0.007 field units wide.
    assert np.abs(texels / 255.0 - (places + 0.5)).max() < 0.012


@pytest.mark.parametrize("solid", [torus, bust, ellipsoid_with_blobs])
def test_the_figures_are_those_of_a_closed_mesh(solid: Solid) -> None:
    result = build(solid)
    assert result.figures.watertight
    assert result.figures.components == 1
    assert result.figures.genus == genus(result.mesh.faces) == (1 if solid is torus else 0)
    assert SETTINGS.faces - 2 < result.figures.faces <= SETTINGS.faces
    assert result.figures.vertices == len(result.mesh.vertices)
    assert 0.3 < result.uv.coverage < 1.0
    assert result.uv.texture_px == SETTINGS.texture_px == len(result.maps.albedo)


def test_decimated_vertices_settle_on_the_surface_again() -> None:
    field = KnownField(sphere)
    vertices, faces = decimate(*extract_surface(field, 64), 500)
    before = np.abs(np.linalg.norm(vertices, axis=1) - RADIUS).max()
    settled = settle_vertices(field, vertices, faces, 1 / 64)
    after = np.abs(np.linalg.norm(settled, axis=1) - RADIUS).max()
    assert after < 1e-4 < before


def test_the_volume_is_that_of_the_solid(ball: SurfaceResult) -> None:
    corners = ball.mesh.vertices[ball.mesh.faces].astype(np.float64)
    volume = np.linalg.det(corners).sum() / 6.0
    assert volume == pytest.approx(SPHERE_VOLUME / UNITS_PER_METRE**3, rel=0.01)


def test_the_same_field_gives_the_same_head(ball: SurfaceResult) -> None:
    again = build(sphere)
    assert again.mesh.vertices.tobytes() == ball.mesh.vertices.tobytes()
    assert again.mesh.faces.tobytes() == ball.mesh.faces.tobytes()
    assert again.mesh.corner_uvs is not None
    assert ball.mesh.corner_uvs is not None
    assert again.mesh.corner_uvs.tobytes() == ball.mesh.corner_uvs.tobytes()
    assert again.maps.albedo.tobytes() == ball.maps.albedo.tobytes()


def extract(on_progress: OnProgress) -> None:
    extract_shape(KnownField(sphere), SETTINGS, on_progress)


def bake(on_progress: OnProgress) -> None:
    shape = extract_shape(KnownField(sphere), SETTINGS, ignore)
    uvs = unwrap_uvs(shape.vertices, shape.faces, SETTINGS.texture_px)
    bake_head(SurfaceColors(KnownField(sphere)), shape, uvs, SETTINGS, 1.0, on_progress)


@pytest.mark.parametrize("stage", [extract, bake])
def test_a_stage_tells_rising_shares_up_to_its_end(stage: Callable[[OnProgress], None]) -> None:
    shares: list[float] = []
    stage(shares.append)
    assert shares == sorted(shares)
    assert 0.0 <= shares[0] <= 0.5
    assert shares[-1] == 1.0


@pytest.mark.parametrize("stage", [extract, bake])
def test_an_exception_from_the_progress_cancels_a_stage(
    stage: Callable[[OnProgress], None],
) -> None:
    def cancel(_share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        stage(cancel)

"""From generated heads and from meshes to rig-ready heads, with the weights that ship."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor

from backend.generator.checkpoints import load_generator
from backend.generator.fast_field import FastField
from backend.generator.model import Generator
from backend.models import ASSETS, GENERATOR_FILE
from backend.rig.atlas_layout import LEFT_EYE, SKIN
from backend.rig.build import (
    WrappedHead,
    paint_generated,
    placement_of,
    rig_head,
    wrap_any,
    wrap_field,
)
from backend.rig.face_evidence import FaceEvidence
from backend.rig.head_topology import load_topology
from backend.rig.mesh_fit import MeshFit
from backend.rig.pose import Similarity
from backend.surface.bake import SurfaceColors
from backend.surface.view_detail import DetailView, ViewDetail
from backend.views.cameras import look_at_camera
from backend.views.detail import draw_surface
from backend.views.unlit import UnlitRenderer
from tests.backend.tiny_models import make_generator


@dataclass(frozen=True)
class Grown:
    generator: Generator
    field: FastField
    w: Tensor


@cache
def grown(seed: int) -> Grown:
    generator = load_generator(ASSETS / GENERATOR_FILE)
    z = torch.from_numpy(np.random.default_rng(seed).standard_normal((1, generator.config.z_dim)))
    with torch.inference_mode():
        ws = generator.map(z.float(), None, truncation=0.7)
        field = FastField(generator, generator.synthesize_planes(ws))
    return Grown(generator, field, ws[0, 0])


@cache
def wrapped(seed: int, is_symmetric: bool = False) -> WrappedHead:
    head = grown(seed)
    return wrap_field(head.generator, head.field, load_topology(), head.w, is_symmetric)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_skin_lies_on_the_surface_and_no_face_turns(seed: int) -> None:
    figures = wrapped(seed).figures
    assert figures.to_surface_mm < 1.0
    assert figures.flipped_faces < 0.01 * 2 * 4990


def test_two_heads_share_everything_but_places() -> None:
    first, second = (rig_head(load_topology(), wrapped(seed)) for seed in (1, 2))
    assert first.topology is second.topology
    assert first.vertices.shape == second.vertices.shape
    assert first.shape_offsets.shape == second.shape_offsets.shape
    assert np.abs(first.vertices - second.vertices).mean() > 1e-3


def test_a_generated_head_stands_where_its_field_is() -> None:
    head, source = wrapped(1), grown(1)
    placed = rig_head(load_topology(), head)
    units = source.generator.config.field_units_per_metre
    assert np.abs(placed.vertices * units).max() <= source.field.box_half
    placement = placement_of(head, units)
    assert placement.to_field(head.vertices) == pytest.approx(placed.vertices * units, abs=1e-5)


def test_a_symmetric_head_is_the_same_on_both_sides() -> None:
    vertices = wrapped(1, True).vertices
    assert vertices[load_topology().mirror] * [-1, 1, 1] == pytest.approx(vertices, abs=1e-6)


def test_the_texture_shows_what_the_generator_paints() -> None:
    head, source = wrapped(1), grown(1)
    maps = paint_generated(
        source.generator, SurfaceColors(source.field), load_topology(), head, source.w, 512
    )
    assert maps.albedo.shape == (512, 512, 4)
    rows, columns = LEFT_EYE.texels(512)
    eye = maps.albedo[rows, columns, :3].astype(float)
    middle = len(eye) // 2
    pupil, white = eye[middle, middle], eye[middle, middle + round(0.6 * middle)]
    assert pupil.max() < 60 < white.min()
    opacity = maps.albedo[..., 3]
    assert 0 < (opacity < 255).mean() < 0.1


def test_a_head_without_a_template_has_its_fields_colours_and_the_detail_of_its_pictures() -> None:
    head, source, generator = wrapped(1), grown(1), make_generator()
    units = generator.config.field_units_per_metre
    assert units == pytest.approx(source.generator.config.field_units_per_metre)
    camera = look_at_camera(0.0, 0.0, 2.7, 24.0)
    _, depth = draw_surface(UnlitRenderer(source.field), camera, 128)
    dark = torch.tensor([-0.2, 0.0, 0.0])[:, None, None].expand(3, 128, 128)
    detail = ViewDetail((DetailView(camera, dark, (depth > 0).float(), depth),), 0.006)
    plain, painted = (
        paint_generated(
            generator, SurfaceColors(source.field, added), load_topology(), head, source.w, 256
        ).albedo[..., :3]
        for added in (None, detail)
    )
    change = painted.astype(int) - plain
    assert (change[..., 1:] == 0).all()
    # The face takes the detail, the back of the head does not.
    rows, columns = SKIN.texels(256)
    skin = change[rows, columns, 0]
    assert skin.min() >= -52
    assert skin.max() <= 0
    assert (skin < -45).mean() > 0.04
    assert (skin == 0).mean() > 0.3


def test_a_wrapped_mesh_keeps_its_frame_and_unit() -> None:
    topology = load_topology()
    turn = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    pose = Similarity(1000.0, turn, np.array([5.0, 6.0, 7.0]))
    mesh = pose.apply(topology.vertices.astype(np.float64))
    agreement = FaceEvidence(likeness=1.0, landmark_error_m=0.0, covered=1.0, above_m=0.0)
    fit = MeshFit(topology.vertices, pose, agreement, topology.is_outer_skin)
    head = wrap_any(topology, fit, mesh, topology.triangles, False)
    assert head.figures.to_surface_mm < 0.5
    assert head.figures.flipped_faces == 0
    placed = rig_head(topology, head)
    assert placed.vertices == pytest.approx(mesh, abs=1e-2)
    jaw = head.shape_offsets[17] @ turn.T * 1000
    assert placed.shape_offsets[17] == pytest.approx(jaw, abs=1e-2)
    assert placed.eye_radii == pytest.approx([14.7, 14.7], abs=1.0)
    tips = np.linalg.norm(placed.joints()[1][-2:] - placed.eye_centers, axis=1)
    assert (tips < placed.eye_radii).all()  # no tip of a bone shows before an eye

"""The demo's report measures the exported file itself; known solids give known figures."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from build_tools.glb_figures import measure_glb


def split_at_seams(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Every face with vertices of its own, as an exporter splits them at UV seams."""
    corners = mesh.vertices[mesh.faces].reshape(-1, 3)
    faces = np.arange(len(corners)).reshape(-1, 3)
    uvs = np.linspace(0.0, 1.0, len(corners) * 2).reshape(-1, 2)
    visual = trimesh.visual.TextureVisuals(uv=uvs)
    return trimesh.Trimesh(corners, faces, visual=visual, process=False)


def test_a_closed_torus_has_genus_one_and_its_height(tmp_path: Path) -> None:
    torus = trimesh.creation.torus(0.1, 0.03, major_sections=24, minor_sections=12)
    split_at_seams(torus).export(tmp_path / "torus.glb")
    figures = measure_glb(tmp_path / "torus.glb")
    assert figures.watertight
    assert (figures.components, figures.genus) == (1, 1)
    assert (figures.vertices, figures.faces) == (24 * 12, 24 * 12 * 2)
    assert figures.height_m == pytest.approx(torus.extents[1], abs=1e-4)


def test_two_balls_are_two_components_of_genus_zero(tmp_path: Path) -> None:
    balls = trimesh.creation.icosphere(2, 0.1) + trimesh.creation.icosphere(
        2, 0.1
    ).apply_translation((0.3, 0.0, 0.0))
    split_at_seams(balls).export(tmp_path / "balls.glb")
    figures = measure_glb(tmp_path / "balls.glb")
    assert figures.watertight
    assert (figures.components, figures.genus) == (2, 0)


def test_an_open_surface_is_not_watertight(tmp_path: Path) -> None:
    ball = trimesh.creation.icosphere(2, 0.1)
    ball.update_faces(np.arange(len(ball.faces)) > 0)
    split_at_seams(ball).export(tmp_path / "open.glb")
    figures = measure_glb(tmp_path / "open.glb")
    assert not figures.watertight
    assert figures.genus == -1

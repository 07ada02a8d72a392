"""A press of the button with the real backend: a textured head stands in the scene.

Small models with made-up weights, whose heads are boxes, go the whole road in seconds; the last test goes it
with the weights that ship.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy
import numpy as np
import pytest
import trimesh

from ..backend.tiny_models import write_models
from ..in_blender import MODULE, part, texts
from ..source_tree import ROOT

ASSETS = ROOT / "backend" / "assets"
NEEDED = ("starter.safetensors", "clip.safetensors", "prior.safetensors")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def real_dispatcher(extension: ModuleType) -> Iterator[Any]:
    """One backend for all tests of this file: its models are loaded once."""
    dispatcher = part("dispatcher").Dispatcher(part("launching").current_launch)
    yield dispatcher
    dispatcher.shutdown()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_models(tmp_path_factory.mktemp("models"))


@pytest.fixture
def real(session: Any, real_dispatcher: Any, models: Path) -> Iterator[Any]:
    """The session with the real backend and small models."""
    toy, session.dispatcher = session.dispatcher, real_dispatcher
    settings = bpy.context.scene.headsmith
    settings.prompt, settings.seed = "an old man with grey hair", 1
    settings.quality, settings.faces, settings.texture_px = "draft", 4000, 256
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.models_folder = str(models)
    yield session
    preferences.models_folder = ""
    session.dispatcher = toy


def pump(session: Any, until: Callable[[], bool], limit: float = 900.0) -> None:
    end = time.monotonic() + limit
    while not until():
        session.step(time.monotonic())
        assert time.monotonic() < end, session.dispatcher.link.status
        time.sleep(0.02)


def generate(**settings: Any) -> Any:
    for name, value in settings.items():
        setattr(bpy.context.scene.headsmith, name, value)
    assert bpy.ops.headsmith.generate(wait=True) == {"FINISHED"}
    return bpy.context.view_layer.objects.active


def mesh_of(head: Any) -> trimesh.Trimesh:
    """The object's mesh with vertices [V,3] in metres."""
    points = np.empty(3 * len(head.data.vertices), np.float32)
    head.data.vertices.foreach_get("co", points)
    corners = np.empty(len(head.data.loops), np.int32)
    head.data.loops.foreach_get("vertex_index", corners)
    return trimesh.Trimesh(points.reshape(-1, 3), corners.reshape(-1, 3), process=False)


def test_a_textured_watertight_head_stands_at_the_cursor(real: Any) -> None:
    head = generate()
    mesh = mesh_of(head)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 0
    assert 0.15 < mesh.extents[2] < 0.4
    assert mesh.bounds[0, 2] == pytest.approx(0.0, abs=1e-5)
    assert 1000 < len(mesh.faces) <= 4000
    texture = next(n for n in head.active_material.node_tree.nodes if n.type == "TEX_IMAGE")
    assert tuple(texture.image.size) == (256, 256)
    assert len(head["headsmith_model_sha256"]) == 64
    assert head["headsmith_prompt"] == "an old man with grey hair"


def test_the_same_words_and_seed_give_the_same_head_and_another_seed_another(real: Any) -> None:
    first, again, other = generate(), generate(), generate(seed=2)
    assert (mesh_of(first).vertices == mesh_of(again).vertices).all()
    assert list(first["headsmith_latent"]) == list(again["headsmith_latent"])
    assert list(first["headsmith_latent"]) != list(other["headsmith_latent"])


def test_a_preview_is_explored_and_finished(real: Any) -> None:
    assert bpy.ops.headsmith.explore(wait=True) == {"FINISHED"}
    gallery = real.gallery()
    assert len(gallery.candidates) == 8
    bpy.ops.headsmith.gallery_pick(index=3)
    bpy.ops.headsmith.gallery_finish(wait=True)
    head = bpy.context.view_layer.objects.active
    assert list(head["headsmith_latent"]) == pytest.approx(gallery.candidates[3].z)


def test_words_that_are_not_understood_are_told(real: Any) -> None:
    generate(prompt="an old man with a zorblax")
    assert any("Not understood" in text and "zorblax" in text for text in texts(real))


def test_cancelling_in_the_middle_leaves_the_backend_ready(real: Any) -> None:
    settings = bpy.context.scene.headsmith
    settings.count, settings.texture_px = 16, 1024  # minutes, if it were not cancelled
    bpy.ops.headsmith.generate()
    job = real.dispatcher.jobs[-1]
    pump(real, lambda: job.fraction > 0)
    bpy.ops.headsmith.cancel()
    pump(real, lambda: job.has_ended)
    assert job.state.value == "cancelled"
    assert not any("headsmith_latent" in item for item in bpy.data.objects)
    assert bpy.ops.headsmith.explore(wait=True) == {"FINISHED"}


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_backend_that_is_killed_in_the_middle_is_started_again_and_delivers(real: Any) -> None:
    bpy.context.scene.headsmith.count = 2
    bpy.ops.headsmith.generate()
    job = real.dispatcher.jobs[-1]
    pump(real, lambda: job.fraction > 0)
    os.kill(real.dispatcher.link.pid, signal.SIGKILL)
    pump(real, lambda: job.has_ended)
    assert (job.state.value, job.crashes) == ("done", 1)
    assert job.is_imported


@pytest.mark.parametrize(
    ("content", "says"), [(None, "does not exist"), (b"no weights at all", "weights")]
)
def test_weights_of_no_use_are_told_in_one_sentence(
    content: bytes | None, says: str, real: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "others"
    if content is not None:
        folder.mkdir()
        (folder / "mine.safetensors").write_bytes(content)
    bpy.context.preferences.addons[MODULE].preferences.models_folder = str(folder)
    with pytest.raises(RuntimeError, match=says):
        bpy.ops.headsmith.generate(wait=True)
    assert real.dispatcher.jobs[-1].error_code.value == "weights"


@pytest.mark.parametrize("kind", ["text", "empty", "one pixel"])
def test_pictures_of_no_use_are_told_in_one_sentence(kind: str, real: Any, tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "picture.png"
    path.write_bytes({"text": b"no picture", "empty": b""}.get(kind, b""))
    if kind == "one pixel":
        Image.new("RGB", (1, 1)).save(path)
    bpy.context.scene.headsmith.style_image = str(path)
    with pytest.raises(RuntimeError, match="picture"):
        bpy.ops.headsmith.generate(wait=True)
    assert real.dispatcher.jobs[-1].error_code.value == "bad_picture"


def test_the_result_file_is_what_the_wire_says(real: Any) -> None:
    generate()
    job = real.dispatcher.jobs[-1]
    assert json.loads((job.folder / "result.json").read_text())["request"]["seed"] == 1
    assert trimesh.load(job.path(job.result.heads[0].sculpt.glb)).is_empty is False


@pytest.mark.skipif(
    not all((ASSETS / name).is_file() for name in NEEDED), reason="the weights are not there"
)
def test_the_weights_that_ship_make_a_head(real: Any) -> None:
    bpy.context.preferences.addons[MODULE].preferences.models_folder = ""
    mesh = mesh_of(generate())
    assert mesh.is_watertight
    assert mesh.body_count == 1
    assert 0.2 < mesh.extents[2] < 0.4
    texture = bpy.context.active_object.active_material.node_tree.nodes.active.image
    assert np.ptp(np.array(texture.pixels[:]).reshape(-1, 4)[:, :3]) > 0.3
    assert real.dispatcher.jobs[-1].result.heads[0].text_similarity > 0

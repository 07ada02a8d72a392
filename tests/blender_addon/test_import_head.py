"""Import: what stands in the scene is the head that the backend wrote, in Blender's axes and units."""

import dataclasses
import itertools
from pathlib import Path
from typing import Any, Literal, get_args

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from ..in_blender import part, texts, wire
from .session_runs import generate, head

NOSE_X, NOSE_TIP_Z = 0.0, 0.14
Mode = Literal["EDIT", "SCULPT", "VERTEX_PAINT", "WEIGHT_PAINT", "TEXTURE_PAINT"]


def points(item: Any) -> NDArray[np.floating[Any]]:
    """World positions of an object's vertices, [V,3]."""
    flat = np.empty(3 * len(item.data.vertices), np.float32)
    item.data.vertices.foreach_get("co", flat)
    world = np.array(item.matrix_basis)
    return flat.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]


def ids() -> dict[str, int]:
    kinds = ("objects", "meshes", "materials", "images", "collections")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


def test_the_face_looks_along_minus_y_and_the_top_is_up(session: Any) -> None:
    generate()
    world = points(head())
    size = np.ptp(world, axis=0)
    assert size == pytest.approx([0.18, 0.24, 0.26], abs=0.01)  # with ear and nose
    nose = world[world[:, 1].argmin()]
    assert nose[0] == pytest.approx(0.0, abs=0.01)
    assert nose[2] == pytest.approx(0.13, abs=0.01)
    ear = world[world[:, 0].argmax()]
    assert ear[0] == pytest.approx(0.1, abs=0.01)  # +x stays +x: not mirrored


def test_the_base_of_the_neck_stands_at_the_cursor(session: Any) -> None:
    bpy.context.scene.cursor.location = (1.0, -2.0, 3.0)
    generate()
    assert tuple(head().location) == (1.0, -2.0, 3.0)
    world = points(head())
    assert world[:, 2].min() == pytest.approx(3.0, abs=1e-5)
    lowest = world[world[:, 2] < 3.005]
    assert lowest[:, :2].mean(0) == pytest.approx([1.0, -2.0], abs=0.01)


@pytest.mark.parametrize("scale_length", [1.0, 0.01, 1000.0])
def test_the_head_has_its_true_size_in_the_scenes_units(session: Any, scale_length: float) -> None:
    bpy.context.scene.unit_settings.scale_length = scale_length
    generate()
    height = np.ptp(points(head())[:, 2]) * scale_length
    assert height == pytest.approx(0.26, abs=0.005)
    assert tuple(head().scale) == (1.0, 1.0, 1.0)


def test_the_head_tells_where_it_comes_from(session: Any) -> None:
    generate(seed=7)
    item = head()
    assert item["headsmith_prompt"] == "an old man"
    assert item["headsmith_seed"] == 7
    assert list(item["headsmith_latent"]) == pytest.approx([0.1, 7.0, 0.0, 0.5, 0.5, 0.5])
    assert item["headsmith_model"] == "toy"
    assert item["headsmith_model_sha256"] == "ab" * 32
    assert item["headsmith_licence"] == "CC0-1.0"
    assert item["headsmith_version"] == wire().PRODUCT_VERSION


def test_names_come_from_the_prompt_and_the_collection_too(session: Any) -> None:
    generate(prompt="an old man with a beard")
    assert head().name == "An old man with a beard"
    assert head().data.name == "An old man with a beard"
    assert [c.name for c in head().users_collection] == ["Headsmith: an old man with a beard"]


def test_a_long_prompt_gives_a_whole_short_name(session: Any) -> None:
    generate(prompt="ein alter Mann mit grünen Augen " * 8)
    assert len(head().name.encode()) <= 63
    assert head().name.endswith(("mit", "Mann", "alter", "ein", "grünen", "Augen"))


def test_several_heads_stand_side_by_side_in_one_collection(session: Any) -> None:
    bpy.context.scene.cursor.location = (5.0, 0.0, 0.0)
    generate(count=3)
    (collection,) = head().users_collection
    heads = sorted(collection.objects, key=lambda item: item.location.x)
    assert len(heads) == 3
    assert heads[0].location.x == 5.0
    for left, right in itertools.pairwise(heads):
        assert points(left)[:, 0].max() < points(right)[:, 0].min()
    assert {item.select_get() for item in heads} == {True}
    assert head() == heads[0]


@pytest.mark.parametrize("mode", get_args(Mode))
def test_the_head_arrives_in_every_mode_of_a_mesh(session: Any, mode: Mode) -> None:
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.active_object
    bpy.ops.object.mode_set(mode=mode)
    generate()
    assert head().select_get()
    assert head() != cube
    assert (cube.mode, bpy.context.mode) == ("OBJECT", "OBJECT")


def test_the_head_arrives_in_pose_mode_and_with_nothing_active(session: Any) -> None:
    bpy.ops.object.armature_add()
    bpy.ops.object.mode_set(mode="POSE")
    generate()
    assert head().type == "MESH"
    bpy.context.view_layer.objects.active = None
    generate(seed=2)
    assert head()["headsmith_seed"] == 2


def test_the_head_is_seen_in_a_local_view(session: Any) -> None:
    bpy.ops.object.empty_add()  # stays outside the local view
    bpy.ops.mesh.primitive_cube_add()
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.view3d.localview()
    assert area.spaces.active.local_view is not None
    generate()
    with bpy.context.temp_override(window=window, area=area, region=region):
        assert {item.name for item in bpy.context.visible_objects} == {"Cube", head().name}


def test_a_mesh_outside_the_jobs_folder_is_refused(session: Any) -> None:
    before = ids()
    with pytest.raises(RuntimeError, match="leaves the job's folder"):
        generate(prompt="outside")
    assert ids() == before
    assert "leaves the job's folder" in texts(session)[-1]


def test_a_damaged_mesh_is_refused(session: Any) -> None:
    generate()
    job, before = session.dispatcher.jobs[0], ids()
    (job.folder / "head_0.npz").write_bytes(b"PK\x03\x04 no array")
    with pytest.raises(RuntimeError, match=r"head_0\.npz cannot be used"):
        bpy.ops.headsmith.import_result(job=job.id)
    assert ids() == before


def test_the_import_reads_nothing_from_the_folder_afterwards(session: Any, tmp_path: Path) -> None:
    generate()
    job = session.dispatcher.jobs[0]
    for path in job.folder.iterdir():
        path.unlink()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "saved.blend"))
    image = next(image for image in bpy.data.images if image.packed_file)
    assert image.pixels[0] == pytest.approx(200 / 255, abs=0.01)
    assert next(iter(head()["headsmith_latent"])) == pytest.approx(0.1)


def test_a_batchs_jobs_stand_in_one_row(session: Any) -> None:
    generate()
    job, import_head = session.dispatcher.jobs[0], part("import_head")
    of_batch = dataclasses.replace(job, group="b", group_title="prompts.txt")
    first = import_head.import_job(bpy.context, of_batch)[0]
    second = import_head.import_job(bpy.context, of_batch)[0]
    assert first.users_collection == second.users_collection
    assert first.users_collection[0].name == "Headsmith: prompts.txt"
    assert points(second)[:, 0].min() > points(first)[:, 0].max()

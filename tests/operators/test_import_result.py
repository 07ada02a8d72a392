"""Import Head: the heads of a finished job stand in this scene, or one sentence says why not."""

from typing import Any

import bpy
import pytest

from ..blender_addon.session_runs import pump
from ..in_blender import texts


def heads() -> list[Any]:
    return [item for item in bpy.data.objects if "headsmith_latent" in item]


@pytest.fixture
def finished(session: Any) -> Any:
    """A job of two heads whose file was closed before they were there."""
    bpy.context.scene.headsmith.prompt, bpy.context.scene.headsmith.count = "a man", 2
    bpy.ops.headsmith.generate()
    bpy.ops.wm.read_homefile(use_empty=True)
    pump(session)
    (job,) = session.dispatcher.jobs
    assert not job.is_imported
    return job


def test_all_heads_of_the_job_are_imported_and_counted(finished: Any, session: Any) -> None:
    assert bpy.ops.headsmith.import_result(job=finished.id) == {"FINISHED"}
    assert len(heads()) == 2
    assert finished.is_imported
    assert finished.import_seconds > 0.0
    assert texts(session)[-1] == "Imported A man and 1 more."
    assert session.unimported() == []


def test_without_an_id_the_latest_that_waits_is_taken(finished: Any, session: Any) -> None:
    bpy.context.scene.headsmith.prompt = "a woman"
    bpy.ops.headsmith.generate(wait=True)
    assert len(heads()) == 1
    bpy.ops.headsmith.import_result()  # the one that is in no scene, though it is older
    assert len(heads()) == 3


def test_a_job_can_be_imported_twice(finished: Any) -> None:
    for _ in range(2):
        bpy.ops.headsmith.import_result(job=finished.id)
    assert len(heads()) == 4
    assert len({item.name for item in heads()}) == 4


@pytest.mark.parametrize("job_id", ["job-none", "../job"])
def test_a_job_that_is_not_there_is_refused(finished: Any, session: Any, job_id: str) -> None:
    with pytest.raises(RuntimeError, match="has no finished head; generate it again"):
        bpy.ops.headsmith.import_result(job=job_id)
    assert heads() == []
    assert "no finished head" in texts(session)[-1]


def test_a_gallery_is_nothing_to_import(finished: Any, session: Any) -> None:
    bpy.context.scene.headsmith.prompt = "a woman"
    bpy.ops.headsmith.explore(wait=True)
    with pytest.raises(RuntimeError, match="has no finished head"):
        bpy.ops.headsmith.import_result(job=session.gallery().id)


def test_files_that_are_gone_are_told_and_the_job_still_waits(finished: Any, session: Any) -> None:
    for path in finished.folder.glob("*.npz"):
        path.unlink()
    with pytest.raises(RuntimeError, match=r"head_0\.npz") as caught:
        bpy.ops.headsmith.import_result(job=finished.id)
    assert "generate the head again" in str(caught.value)
    assert session.unimported() == [finished]
    assert heads() == []

"""One job: its folder, its id, its files, and how it is found again after Blender was closed."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

from ..in_blender import part, wire


def test_a_job_folder_holds_its_request(extension: ModuleType, tmp_path: Path) -> None:
    request = wire().JobRequest(prompt="a man", seed=4)
    folder = part("job_entry").make_job_folder(tmp_path, "job-1", request)
    assert json.loads((folder / "request.json").read_text())["seed"] == 4


def test_job_ids_do_not_repeat_and_are_fit_for_the_wire(extension: ModuleType) -> None:
    ids = [part("job_entry").new_job_id() for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for name in ids)


def entry(folder: Path, **fields: Any) -> Any:
    request = wire().JobRequest(prompt="a man")
    return part("job_entry").JobEntry(request, folder, "job-1", "a man", **fields)


def finished(folder: Path, job_id: str, prompt: str) -> Path:
    """Writes the files of a gallery with one preview."""
    request = wire().JobRequest(kind="explore", prompt=prompt, count=1)
    place: Path = part("job_entry").make_job_folder(folder, job_id, request)
    previews = (wire().CandidateResult("0.png", (0.5,)),)
    text = json.dumps(wire().to_json(wire().JobResult(request, candidates=previews)))
    (place / "result.json").write_text(text, encoding="utf-8")
    return place


def result(**fields: Any) -> Any:
    return wire().JobResult(wire().JobRequest(prompt="a man"), **fields)


def test_a_job_folder_that_cannot_be_made_is_named_with_the_remedy(
    extension: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "jobs").write_text("in the way")
    request = wire().JobRequest(prompt="a man")
    with pytest.raises(wire().RequestError, match="cannot be written") as caught:
        part("job_entry").make_job_folder(tmp_path / "jobs", "job-1", request)
    assert str(tmp_path / "jobs" / "job-1") in caught.value.user_text
    assert caught.value.code.value == "job_folder"


def test_the_backend_hears_another_id_with_every_new_attempt(
    extension: ModuleType, tmp_path: Path
) -> None:
    ids = [entry(tmp_path, attempts=attempts).wire_id for attempts in range(4)]
    assert ids == ["job-1", "job-1", "job-1-2", "job-1-3"]


def test_a_job_has_ended_or_is_active_or_waits(extension: ModuleType, tmp_path: Path) -> None:
    jobs = part("job_entry")
    for state in jobs.EntryState:
        is_waiting = state is jobs.EntryState.WAITING
        is_active = state in jobs.ACTIVE_STATES
        assert [is_waiting, is_active, entry(tmp_path, state=state).has_ended].count(True) == 1


@pytest.mark.parametrize(
    ("state", "heads", "expected"),
    [("DONE", 1, True), ("DONE", 0, False), ("FAILED", 1, False), ("RUNNING", 1, False)],
)
def test_only_a_finished_job_with_heads_can_be_imported(
    extension: ModuleType, tmp_path: Path, state: str, heads: int, expected: bool
) -> None:
    job = entry(tmp_path, state=part("job_entry").EntryState[state])
    assert not job.is_importable
    head = wire().HeadResult(
        "A man", (), wire().Provenance("a man", 1, "toy", "ab" * 32, "CC0-1.0")
    )
    job.keep_result(result(heads=(head,) * heads))
    assert job.is_importable is expected


def test_previews_come_from_the_result_where_none_came_before(
    extension: ModuleType, tmp_path: Path
) -> None:
    two = tuple(wire().CandidateResult(f"{index}.png", (0.5 + index,)) for index in range(2))
    job = entry(tmp_path)
    job.keep_result(result(candidates=two))
    found = [(item.job, item.index, item.path, item.z) for item in job.candidates]
    assert found == [("job-1", 0, "0.png", (0.5,)), ("job-1", 1, "1.png", (1.5,))]
    own = [wire().Candidate("job-1", 0, "came.png", (9.0,))]
    job.candidates = list(own)
    job.keep_result(result(candidates=two))
    assert job.candidates == own


def test_a_preview_outside_the_jobs_folder_is_refused(
    extension: ModuleType, tmp_path: Path
) -> None:
    outside = (wire().CandidateResult("../other.png", (0.5,)),)
    job = entry(tmp_path)
    with pytest.raises(wire().RequestError, match="leaves the job's folder"):
        job.keep_result(result(candidates=outside))
    assert (job.result, job.candidates) == (None, [])


def test_waiting_again_forgets_all_but_what_counts_the_attempts(
    extension: ModuleType, tmp_path: Path
) -> None:
    job = entry(tmp_path, attempts=2, crashes=1)
    fresh = entry(tmp_path, attempts=2, crashes=1)
    job.state, job.stage, job.fraction, job.eta_s = (
        part("job_entry").EntryState.FAILED, "guide", 0.5, 3.0,
    )  # fmt: skip
    job.text, job.preview, job.error, job.error_detail = "Steering", tmp_path, "No.", "trace"
    job.error_code, job.notices, job.told_notices = wire().ErrorCode.WEIGHTS, ["a"], 1
    job.candidates = [wire().Candidate("job-1", 0, "0.png", (1.0,))]
    job.wait_again()
    assert job == fresh


def test_finished_jobs_are_found_again_oldest_first_and_count_as_imported(
    extension: ModuleType, tmp_path: Path
) -> None:
    jobs = part("job_entry")
    for name, prompt in (("job-2", "a man"), ("job-1", "a woman"), ("other", "a child")):
        finished(tmp_path, name, prompt)
    jobs.make_job_folder(tmp_path, "job-3", wire().JobRequest(prompt="never finished"))
    found = jobs.finished_jobs(tmp_path)
    assert [(job.id, job.title) for job in found] == [("job-2", "a man"), ("job-1", "a woman")]
    assert [len(job.candidates) for job in found] == [1, 1]
    assert all(job.is_imported and job.state.value == "done" for job in found)


@pytest.mark.parametrize("name", ["request.json", "result.json"])
@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"request": 5}', '{"heads": [{}]}', "[" * 200_000]
)
def test_a_job_with_a_damaged_file_is_not_found_again(
    extension: ModuleType, tmp_path: Path, name: str, content: str
) -> None:
    folder = finished(tmp_path, "job-1", "a man")
    assert len(part("job_entry").finished_jobs(tmp_path)) == 1
    (folder / name).write_text(content)
    assert part("job_entry").finished_jobs(tmp_path) == []


def test_a_texture_is_checked_before_anything_decodes_it(
    extension: ModuleType, tmp_path: Path
) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    job = entry(tmp_path)
    assert job.texture("good.png") == tmp_path / "good.png"
    for name in ("bad.png", "none.png"):
        with pytest.raises(wire().RequestError, match=f"texture {name} cannot be read"):
            job.texture(name)
    with pytest.raises(wire().RequestError, match="leaves the job's folder"):
        job.texture("../good.png")

"""What the add-on knows about one press of a button, from the request to the finished heads. No bpy here."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from ..backend import wire
from .naming import job_title

REQUEST_MAX_BYTES = 1 << 20


class EntryState(str, Enum):
    WAITING = "waiting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PARKED = "parked"  # the backend ended twice while making it


ACTIVE_STATES = (EntryState.RUNNING, EntryState.CANCELLING)
ENDED_STATES = (EntryState.DONE, EntryState.FAILED, EntryState.CANCELLED, EntryState.PARKED)


@dataclass(frozen=True)
class SceneKey:
    """How a scene is found again: never by a Blender reference, which undo and loading invalidate."""

    mark: str = ""  # uuid kept in a custom property of the scene
    session_uid: int = 0  # the same through undo, which may take the mark away
    name: str = ""  # for the sentence to the user only


@dataclass
class JobEntry:
    """One job of the queue; changed by the dispatcher only."""

    request: wire.JobRequest
    folder: Path
    id: str
    title: str
    scene: SceneKey = field(default_factory=SceneKey)
    group: str = ""  # jobs of one file of prompts share a collection
    group_title: str = ""
    state: EntryState = EntryState.WAITING
    stage: wire.Stage = "queued"
    fraction: float = 0.0
    eta_s: float = -1.0
    text: str = ""
    preview: Path | None = None
    notices: list[str] = field(default_factory=list)
    told_notices: int = 0  # how many of them the user has seen
    candidates: list[wire.Candidate] = field(default_factory=list)
    error: str = ""  # one sentence
    error_code: wire.ErrorCode | None = None
    error_detail: str = ""
    attempts: int = 0  # times it was given to a backend
    crashes: int = 0
    result: wire.JobResult | None = None
    is_imported: bool = False
    import_seconds: float = 0.0

    @property
    def wire_id(self) -> str:
        """What the backend calls it, which takes no id twice."""
        return self.id if self.attempts < 2 else f"{self.id}-{self.attempts}"

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED_STATES

    @property
    def is_importable(self) -> bool:
        return self.state is EntryState.DONE and self.result is not None and bool(self.result.heads)

    def path(self, relative: str) -> Path:
        """A file of this job; RequestError if the backend named one elsewhere."""
        return wire.file_of_job(self.folder, relative)

    def texture(self, relative: str) -> Path:
        """A picture of this job that may be decoded. Raises RequestError (PROTOCOL) with one sentence."""
        path = self.path(relative)
        try:
            wire.check_picture(path, wire.MAX_TEXTURE_PX)
        except (OSError, ValueError) as error:
            raise wire.RequestError(
                f"The texture {path.name} cannot be read ({error}); generate the head again.",
                wire.ErrorCode.PROTOCOL,
            ) from error
        return path

    def keep_result(self, result: wire.JobResult) -> None:
        """Take the result, and from it the previews that did not come one by one.

        Raises RequestError if one of them lies outside the job's folder.
        """
        if not self.candidates:
            for candidate in result.candidates:
                self.path(candidate.path)
            self.candidates = [
                wire.Candidate(self.id, index, candidate.path, candidate.z)
                for index, candidate in enumerate(result.candidates)
            ]
        self.result, self.fraction = result, 1.0

    def wait_again(self) -> None:
        """Back to the state of a job that has not been started."""
        self.state, self.stage, self.fraction = EntryState.WAITING, "queued", 0.0
        self.eta_s, self.text, self.preview = -1.0, "", None
        self.error, self.error_code, self.error_detail = "", None, ""
        self.notices, self.told_notices, self.candidates = [], 0, []


def new_job_id() -> str:
    """Sorts by time and does not repeat, also between two Blenders."""
    return f"job-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}"


def make_job_folder(parent: Path, job_id: str, request: wire.JobRequest) -> Path:
    """A folder for one job, holding request.json. Raises RequestError (JOB_FOLDER) with one sentence."""
    folder = parent / job_id
    try:
        folder.mkdir(parents=True)
        text = json.dumps(wire.to_json(request), indent=1)
        (folder / "request.json").write_text(text, encoding="utf-8")
    except OSError as error:
        raise wire.RequestError(
            f"The job folder {folder} cannot be written ({error.strerror});"
            f" {wire.folder_remedy(error)}.",
            wire.ErrorCode.JOB_FOLDER,
        ) from error
    return folder


def finished_jobs(parent: Path) -> list[JobEntry]:
    """The jobs below `parent` that were finished, oldest first, as far as their files can be read.

    They count as imported: whether they are is not known, and nobody waits for them.
    """
    found = []
    results = [(path, _written(path)) for path in parent.glob("job-*/result.json")]
    for path, _ in sorted(results, key=lambda item: item[1]):
        folder = path.parent
        try:
            request = _read_request(folder / "request.json")
            result = wire.read_result(folder, "result.json", request.kind)
            title = job_title(request.prompt, request.style_image, request.photo, request.mesh)
            job = JobEntry(request, folder, folder.name, title, state=EntryState.DONE)
            job.keep_result(result)
        except (wire.RequestError, OSError, ValueError, RecursionError):
            continue
        job.is_imported = True
        found.append(job)
    return found


def _written(path: Path) -> int:
    """When, in nanoseconds; 0 if that cannot be told."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read_request(path: Path) -> wire.JobRequest:
    data = json.loads(wire.read_bytes(path, REQUEST_MAX_BYTES))
    return wire.from_json(wire.JobRequest, data)

"""The one backend of this Blender session: queue, messages to the user, the timer, and the end of it all.

Scripts without an event loop call `session.step(time.monotonic())` until `session.dispatcher.is_busy` is false;
in Blender a timer does it, registered only while there is something to do.
"""

from __future__ import annotations

import atexit
import contextlib
import time
import traceback
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

import bpy

from ..backend import wire
from .blender_data import scene_of, windows_of
from .dispatcher import Dispatcher
from .job_entry import EntryState, JobEntry, finished_jobs, make_job_folder, new_job_id
from .launching import current_launch
from .naming import job_title
from .paths import jobs_folder, remove_old_jobs
from .previews import PictureCache
from .scene_key import key_of, window_showing

TICK_S = 0.1
SCRIPT_TICK_S = 0.02
MAX_NOTES = 12
MAX_JOBS = 60
# An unfinished transform or brush stroke holds on to the data that a change of mode would free.
UNTOUCHABLE_OPTIONS = {"UNDO", "BLOCKING"}


Level = Literal["INFO", "WARNING", "ERROR"]


@dataclass(frozen=True)
class Note:
    """One line under "Messages" in the panel."""

    level: Level
    text: str
    time: str  # of the day, as "14:05"


@dataclass(frozen=True)
class JobGroup:
    """Jobs that belong together: their heads share a collection."""

    id: str
    title: str


class Session:
    """State of this Blender session. Holds no Blender references, only names and ids."""

    def __init__(self) -> None:
        self.dispatcher = Dispatcher(current_launch)
        self.notes: deque[Note] = deque(maxlen=MAX_NOTES)
        self.pictures = PictureCache()
        self._to_import: list[str] = []
        self._gallery_items: list[tuple[str, str, str, int, int]] = []
        self._drawn_revision = -1
        self._drawn_unimported: list[str] = []
        self._is_prepared = False

    # ---- jobs -----------------------------------------------------------------------------------------

    def submit(
        self, context: bpy.types.Context, request: wire.JobRequest, group: JobGroup | None = None
    ) -> JobEntry:
        """Queue a request for the context's scene. Raises RequestError with one sentence."""
        request.check()
        folder = jobs_folder()
        self._prepare()
        job_id = new_job_id()
        job = JobEntry(
            request=request,
            folder=make_job_folder(folder, job_id, request),
            id=job_id,
            title=job_title(request.prompt, request.style_image, request.photo, mesh=request.mesh),
            scene=key_of(scene_of(context)),
            group=group.id if group else "",
            group_title=group.title if group else "",
        )
        self.dispatcher.submit(job)
        self._drop_old_jobs()
        self.wake()
        return job

    def gallery(self) -> JobEntry | None:
        """The latest job that has previews to choose from."""
        return next(
            (
                job
                for job in reversed(self.dispatcher.jobs)
                if job.candidates and job.request.kind == "explore"
            ),
            None,
        )

    def gallery_items(self) -> list[tuple[str, str, str, int, int]]:
        """The gallery as items of a menu with pictures. Blender needs the same list as long as it shows it."""
        gallery = self.gallery()
        items = (
            []
            if gallery is None
            else [
                (
                    str(candidate.index),
                    f"Preview {candidate.index + 1}",
                    "Choose this preview",
                    self.pictures.icon(gallery.path(candidate.path)),
                    candidate.index,
                )
                for candidate in gallery.candidates
            ]
        )
        if items != self._gallery_items:
            self._gallery_items = items
        return self._gallery_items

    def latest_importable(self) -> JobEntry | None:
        """The latest finished job, those that were not imported yet first."""
        done = [job for job in reversed(self.dispatcher.jobs) if job.is_importable]
        return next((job for job in done if not job.is_imported), next(iter(done), None))

    def unimported(self) -> list[JobEntry]:
        """Finished jobs that are in no scene yet, in the order of the queue."""
        jobs = self.dispatcher.jobs
        return [job for job in jobs if job.is_importable and not job.is_imported]

    def seconds_per_head(self, like: wire.JobRequest) -> float:
        """What the heads of this session took that were made as `like` will be; 0 if there was none."""
        kind = (like.quality, like.output)
        done = [
            job.result
            for job in self.dispatcher.jobs
            if job.is_importable and (job.request.quality, job.request.output) == kind
        ]
        results = [result for result in done if result is not None and result.seconds > 0]
        heads = sum(len(result.heads) for result in results)
        return sum(result.seconds for result in results) / heads if heads else 0.0

    def recover(self) -> int:
        """List jobs that earlier sessions finished, before those of this one; returns how many.

        Raises RequestError if the jobs' folder cannot be read.
        """
        known = {job.id for job in self.dispatcher.jobs}
        found = [job for job in finished_jobs(jobs_folder()) if job.id not in known]
        found = found[len(found) - min(len(found), MAX_JOBS) :]
        self.dispatcher.jobs[:0] = found
        self.dispatcher.revision += 1
        return len(found)

    def note(self, level: Level, text: str) -> None:
        """Show a line to the user."""
        self.notes.append(Note(level, wire.one_line(text), time.strftime("%H:%M")))
        self.dispatcher.revision += 1

    def clear_notes(self) -> None:
        """Take all lines away."""
        self.notes.clear()
        self.dispatcher.revision += 1

    # ---- time -----------------------------------------------------------------------------------------

    def step(self, now: float) -> None:
        """Let the queue go on, import what has been finished, redraw what has changed.

        An error of our own is told once, fails the job it met, and makes the queue wait for the user.
        """
        try:
            self._go_on(now)
        except Exception as error:  # noqa: BLE001 the boundary: it must not end the queue unseen
            traceback.print_exc()
            self._give_up(error)

    def _go_on(self, now: float) -> None:
        ended = self.dispatcher.step(now)
        if self.dispatcher.current is not None:
            self._tell_notices(self.dispatcher.current)
        for job in ended:
            self._tell_end(job)
            if job.is_importable:
                self._to_import.append(job.id)
        if self._to_import and not _is_user_in_the_middle():
            self._import_next()
        if self.dispatcher.revision != self._drawn_revision:
            self._drawn_revision = self.dispatcher.revision
            _redraw_panels()
            self._redraw_status_bars()

    def run_until_ended(self, job: JobEntry) -> None:
        """Wait until one job has ended or the queue waits for the user; Blender stands still meanwhile."""
        while not job.has_ended and self.dispatcher.is_busy:
            self.step(time.monotonic())
            if not job.has_ended:
                time.sleep(SCRIPT_TICK_S)

    def wake(self) -> None:
        """Make the timer run if there is something to do."""
        if self.is_busy and not bpy.app.timers.is_registered(_tick):
            bpy.app.timers.register(_tick, first_interval=TICK_S, persistent=True)

    @property
    def is_busy(self) -> bool:
        return self.dispatcher.is_busy or bool(self._to_import)

    def close(self) -> None:
        """End the backend and give everything back."""
        if bpy.app.timers.is_registered(_tick):
            bpy.app.timers.unregister(_tick)
        atexit.unregister(self.dispatcher.shutdown)
        self._is_prepared = False
        self.dispatcher.shutdown()
        self.pictures.clear()

    # ---- details --------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """What is due once, before the first job."""
        if not self._is_prepared:
            self._is_prepared = True
            atexit.register(self.dispatcher.shutdown)
            remove_old_jobs(jobs_folder(), time.time())

    def _drop_old_jobs(self) -> None:
        ended = [job for job in self.dispatcher.jobs if job.has_ended]
        for job in ended[: max(0, len(ended) - MAX_JOBS)]:
            self.dispatcher.remove(job)

    def _give_up(self, error: Exception) -> None:
        sentence = (
            f"Headsmith met an error of its own ({type(error).__name__}: {error}); look at Blender's"
            " console, and try the job again."
        )
        self._to_import.clear()
        self.dispatcher.give_up(sentence)
        self.note("ERROR", sentence)
        _redraw_panels()

    def _tell_notices(self, job: JobEntry) -> None:
        told = {note.text for note in self.notes}
        for text in job.notices[job.told_notices :]:
            if text not in told:  # a job that is made a second time says all of it again
                self.note("WARNING", text)
        job.told_notices = len(job.notices)

    def _tell_end(self, job: JobEntry) -> None:
        self._tell_notices(job)
        if job.state in (EntryState.FAILED, EntryState.PARKED):
            self.note("ERROR", job.error)
        elif job.state is EntryState.CANCELLED:
            self.note("INFO", f'"{job.title}" was cancelled.')
        elif job.result is not None:
            for text in job.result.failures:
                self.note("ERROR", text)

    def _redraw_status_bars(self) -> None:
        """Where they have something new to show; they are in no list of areas, and belong to a running tool."""
        waiting = [job.id for job in self.unimported()]
        if waiting == self._drawn_unimported or _is_user_in_the_middle():
            return
        self._drawn_unimported = waiting
        for window in windows_of(bpy.context):
            if not window.modal_operators:
                window.workspace.status_text_set(None)

    def _import_next(self) -> None:
        """Import one finished job into its own scene, if a window shows it; else it stays in the list."""
        job = self.dispatcher.find(self._to_import.pop(0))
        if job is None:
            return
        window = window_showing(job.scene)
        if window is None:
            self.note(
                "WARNING",
                f'"{job.title}" is finished, but its scene {job.scene.name} is not open; press Import'
                " to bring it into another one.",
            )
            return
        # When it fails, the operator has told the user, and the job stays in the list.
        with bpy.context.temp_override(window=window), contextlib.suppress(RuntimeError):
            bpy.ops.headsmith.import_result(  # type: ignore[attr-defined]  # ours
                "EXEC_DEFAULT", True, job=job.id
            )


session = Session()


def _tick() -> float | None:
    session.step(time.monotonic())
    return TICK_S if session.is_busy else None


def _is_user_in_the_middle() -> bool:
    """Whether a tool or a render is running that a change of the scene would disturb."""
    is_rendering: Any = bpy.app.is_job_running("RENDER")  # type: ignore[func-returns-value]
    if is_rendering:
        return True
    return any(
        UNTOUCHABLE_OPTIONS & set(operator.bl_options)
        for window in windows_of(bpy.context)
        for operator in window.modal_operators
    )


def _redraw_panels() -> None:
    for window in windows_of(bpy.context):
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()
            elif area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()

"""The button Import: `bpy.ops.headsmith.import_result(job="")`; one undo step for all heads of a job."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING

import bpy
from bpy.props import StringProperty

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import finished_job, has_finished_head
from ..blender_addon.import_head import import_job
from ..blender_addon.job_request import refuse
from ..blender_addon.session import session


class HEADSMITH_OT_import_result(bpy.types.Operator):
    """Put the heads of a finished job into this scene, at the 3D cursor or beside what stands there"""

    bl_idname = "headsmith.import_result"
    bl_label = "Import Head"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        job: str
    else:
        job: StringProperty(
            name="Job",
            description="Its id; empty for the latest finished one",
            options={"HIDDEN", "SKIP_SAVE"},
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_finished_head(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        began = time.perf_counter()
        job = finished_job(self.job)
        if job is None or not job.is_importable:
            return refuse(self, "This job has no finished head; generate it again.")
        try:
            heads = import_job(context, job)
        except wire.RequestError as error:
            return refuse(self, error.user_text)
        except Exception as error:  # noqa: BLE001 whatever a damaged file makes Blender raise, the user is told
            traceback.print_exc()
            reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
            return refuse(
                self, f'"{job.title}" could not be imported ({reason}); generate it again.'
            )
        job.is_imported, job.import_seconds = True, time.perf_counter() - began
        more = f" and {len(heads) - 1} more" if heads[1:] else ""
        session.note("INFO", f"Imported {heads[0].name}{more}.")
        self.report({"INFO"}, f"Imported {heads[0].name}{more}")
        return {"FINISHED"}

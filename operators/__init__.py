"""One operator a file, one file a button; each reads properties and calls the add-on once."""

from __future__ import annotations

import bpy

from .add_metarig import HEADSMITH_OT_add_metarig
from .backend_start import HEADSMITH_OT_backend_start
from .backend_stop import HEADSMITH_OT_backend_stop
from .backend_test import HEADSMITH_OT_backend_test
from .batch import HEADSMITH_OT_batch
from .cancel import HEADSMITH_OT_cancel
from .explore import HEADSMITH_OT_explore
from .export_head import HEADSMITH_OT_export_head
from .gallery_finish import HEADSMITH_OT_gallery_finish
from .gallery_pick import HEADSMITH_OT_gallery_pick
from .gallery_vary import HEADSMITH_OT_gallery_vary
from .generate import HEADSMITH_OT_generate
from .import_result import HEADSMITH_OT_import_result
from .job_remove import HEADSMITH_OT_job_remove
from .job_retry import HEADSMITH_OT_job_retry
from .jobs_recover import HEADSMITH_OT_jobs_recover
from .landmark_clear import HEADSMITH_OT_landmark_clear
from .landmark_pick import HEADSMITH_OT_landmark_pick
from .level_add import HEADSMITH_OT_level_add
from .level_show import HEADSMITH_OT_level_show
from .look_lock import HEADSMITH_OT_look_lock
from .look_unlock import HEADSMITH_OT_look_unlock
from .make_rig_ready import HEADSMITH_OT_make_rig_ready
from .messages_clear import HEADSMITH_OT_messages_clear
from .mirror_head import HEADSMITH_OT_mirror_head
from .pose_reset import HEADSMITH_OT_pose_reset
from .remake import HEADSMITH_OT_remake
from .symmetrise_head import HEADSMITH_OT_symmetrise_head

CLASSES = (
    HEADSMITH_OT_generate,
    HEADSMITH_OT_cancel,
    HEADSMITH_OT_import_result,
    HEADSMITH_OT_explore,
    HEADSMITH_OT_gallery_pick,
    HEADSMITH_OT_gallery_finish,
    HEADSMITH_OT_gallery_vary,
    HEADSMITH_OT_look_lock,
    HEADSMITH_OT_look_unlock,
    HEADSMITH_OT_remake,
    HEADSMITH_OT_make_rig_ready,
    HEADSMITH_OT_landmark_pick,
    HEADSMITH_OT_landmark_clear,
    HEADSMITH_OT_symmetrise_head,
    HEADSMITH_OT_mirror_head,
    HEADSMITH_OT_add_metarig,
    HEADSMITH_OT_level_add,
    HEADSMITH_OT_level_show,
    HEADSMITH_OT_export_head,
    HEADSMITH_OT_pose_reset,
    HEADSMITH_OT_batch,
    HEADSMITH_OT_job_retry,
    HEADSMITH_OT_job_remove,
    HEADSMITH_OT_jobs_recover,
    HEADSMITH_OT_messages_clear,
    HEADSMITH_OT_backend_start,
    HEADSMITH_OT_backend_stop,
    HEADSMITH_OT_backend_test,
)


def register() -> None:
    for operator in CLASSES:
        bpy.utils.register_class(operator)


def unregister() -> None:
    for operator in reversed(CLASSES):
        bpy.utils.unregister_class(operator)

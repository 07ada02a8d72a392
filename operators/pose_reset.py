"""The button Reset Pose: `bpy.ops.headsmith.pose_reset()`."""

from __future__ import annotations

import bpy
from mathutils import Matrix

from ..blender_addon.blender_data import OperatorResult, keys_of, pose_of
from ..blender_addon.conditions import has_posable_rig
from ..blender_addon.rig_objects import find_rig


class HEADSMITH_OT_pose_reset(bpy.types.Operator):
    """Put every shape and every bone of the active rig-ready head back to rest"""

    bl_idname = "headsmith.pose_reset"
    bl_label = "Reset Pose"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_posable_rig(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        rig = find_rig(context.active_object)
        assert rig is not None  # poll
        shapes = keys_of(rig.head)
        if shapes.library is None:  # else the file that they are linked from sets them
            for key in shapes.key_blocks[1:]:
                key.value = 0.0
        for bone in pose_of(rig.armature).bones:
            bone.matrix_basis = Matrix()
        return {"FINISHED"}

"""The button Export Head: `bpy.ops.headsmith.export_head(filepath="head.glb", format="GLB")`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy_extras.io_utils import ExportHelper

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import has_rig
from ..blender_addon.export_rig import SUFFIXES, Format, export_rig
from ..blender_addon.job_request import refuse
from ..blender_addon.rig_objects import find_rig
from ..blender_addon.session import session

FORMATS = (
    ("GLB", "glTF", "One .glb file with everything in it"),
    ("FBX", "FBX", "One .fbx file, the textures in it"),
    ("USD", "USD", "A .usdc file, and the textures in a folder beside it"),
)


class HEADSMITH_OT_export_head(bpy.types.Operator, ExportHelper):  # type: ignore[misc]  # the helper's own check
    """Write the active rig-ready head to a file: mesh, hair, shapes, bones and textures, in metres"""

    bl_idname = "headsmith.export_head"
    bl_label = "Export Head"

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
        format: Format
    else:
        filepath: StringProperty(
            name="File Path", description="The file to write", maxlen=1024, subtype="FILE_PATH"
        )
        filter_glob: StringProperty(
            description="Files that are shown", default="*.glb;*.fbx;*.usdc", options={"HIDDEN"}
        )
        format: EnumProperty(name="Format", description="Which kind of file", items=FORMATS)

    @property
    def filename_ext(self) -> str:
        """What the file dialog puts at the end of the name."""
        return SUFFIXES[self.format]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_rig(cls, context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:  # type: ignore[override]
        rig = find_rig(context.active_object)
        if not self.filepath and rig is not None:
            name = bpy.path.clean_name(rig.head.name) + self.filename_ext
            self.filepath = (
                str(Path(bpy.data.filepath).with_name(name)) if bpy.data.filepath else name
            )
        return super().invoke(context, event)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        rig = find_rig(context.active_object)
        assert rig is not None  # poll
        path = with_ending(Path(bpy.path.abspath(self.filepath)), self.filename_ext).absolute()
        try:
            export_rig(context, rig, path, self.format)
        except wire.RequestError as error:
            return refuse(self, error.user_text)
        session.note("INFO", f"Exported {rig.head.name} to {path}.")
        self.report({"INFO"}, f"Exported {path.name}")
        return {"FINISHED"}


def with_ending(path: Path, ending: str) -> Path:
    """`path` with the ending of its format, instead of another format's; "john.v2" keeps its own."""
    if path.suffix.lower() in SUFFIXES.values():
        return path.with_suffix(ending)
    return path.with_name(path.name + ending)

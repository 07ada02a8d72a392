"""The settings of the panel, kept with every scene as `scene.headsmith`.

Names that scripts use: prompt, style_image, photo, image_weight, seed, random_seed, count, output, symmetric,
neutral, masks, quality, faces, texture_px, truncation, variation, landmark_..., batch_file; see each one's description.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..backend import wire
from .blender_data import scene_of
from .session import session

QUALITIES = (
    ("draft", "Draft", "Quick: few steps towards the prompt, a coarse surface"),
    ("standard", "Standard", "The usual balance of time and likeness"),
    ("high", "High", "Slow: more steps towards the prompt, a finer surface"),
)
OUTPUTS = (
    (
        "sculpt",
        "Sculpt",
        "The surface itself: a closed mesh of triangles with a texture of its own",
    ),
    (
        "rig",
        "Rig-Ready",
        "Quads with 52 face shapes, bones, eyes and teeth: the same vertices and UVs for every head",
    ),
    ("both", "Both", "The sculpt and the rig-ready head, side by side"),
)
# Accepts "//" for the folder of the file; Blender knows the flag since 4.5, and the paths without it too.
PATH_OPTIONS = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
DEFAULT_FACES = 20000
DEFAULT_TEXTURE_PX = 1024


def landmark_property(name: str) -> str:
    """The setting that holds one of LANDMARKS."""
    return f"landmark_{name.replace(' ', '_')}"


def _landmark(name: str, description: str) -> Any:
    return FloatVectorProperty(
        name=name,
        description=f"{description}, in the scene; used only if all five are set",
        subtype="XYZ_LENGTH",
        size=3,
    )


def gallery_property(index: int) -> str:
    """The setting that shows one preview of the gallery."""
    return f"gallery_picture_{index}"


def _gallery_picture(index: int) -> Any:
    """A menu of all previews that always shows the one with this index; choosing from it chooses a preview."""
    return EnumProperty(
        name=f"Preview {index + 1}",
        description="Click to see all previews larger, and click one of them to choose it",
        items=lambda settings, context: session.gallery_items(),  # type: ignore[arg-type,return-value]
        get=lambda settings: index,
        set=lambda settings, value: setattr(settings, "gallery_index", value),
        options={"SKIP_SAVE"},
    )


class HeadsmithSettings(bpy.types.PropertyGroup):
    """What the user asks for; `job_request` turns it into a request."""

    if TYPE_CHECKING:
        prompt: str
        style_image: str
        photo: str
        image_weight: float
        seed: int
        random_seed: bool
        count: int
        output: wire.Output
        symmetric: bool
        neutral: bool
        masks: bool
        all_messages: bool
        quality: wire.Quality
        faces: int
        texture_px: int
        truncation: float
        variation: float
        landmark_left_eye: tuple[float, float, float]
        landmark_right_eye: tuple[float, float, float]
        landmark_nose_tip: tuple[float, float, float]
        landmark_mouth: tuple[float, float, float]
        landmark_chin: tuple[float, float, float]
        batch_file: str
        locked_latent: str
        locked_title: str
        gallery_index: int
    else:
        prompt: StringProperty(
            name="Prompt",
            description="The head in words, for instance: an old man with grey hair and a beard",
            maxlen=wire.MAX_PROMPT_LENGTH,
            options={"TEXTEDIT_UPDATE"},
        )
        style_image: StringProperty(
            name="Style Picture",
            description="A picture whose look the head shall take on; alone or together with a prompt",
            subtype="FILE_PATH",
            options=PATH_OPTIONS,
        )
        photo: StringProperty(
            name="Photo",
            description="A photo of a face. For now it is used as another style picture: the head takes on"
            " its look, but not the person's likeness",
            subtype="FILE_PATH",
            options=PATH_OPTIONS,
        )
        image_weight: FloatProperty(
            name="Picture Weight",
            description="With both words and pictures: 0 follows the words only, 1 the pictures only",
            default=0.5,
            min=0.0,
            max=1.0,
            subtype="FACTOR",
        )
        seed: IntProperty(
            name="Seed",
            description="The same prompt, settings and seed give the same head again",
            default=1,
            min=0,
            max=wire.MAX_SEED,
        )
        random_seed: BoolProperty(
            name="Random Seed",
            description="Draw a new seed with every press of Generate or Explore, and show it here",
        )
        count: IntProperty(
            name="Count",
            description="How many different heads to make; they are placed side by side",
            default=1,
            min=1,
            max=wire.MAX_COUNT,
        )
        output: EnumProperty(
            name="Output",
            description="What is made of the head",
            items=OUTPUTS,
            default="sculpt",
        )
        symmetric: BoolProperty(
            name="Symmetric",
            description="Make the rig-ready head the same on both sides",
        )
        neutral: BoolProperty(
            name="Neutral Face",
            description=(
                "Let the rig-ready head rest with open eyes and a relaxed mouth, as its shapes expect; "
                "off keeps the expression. A sculpt keeps it either way"
            ),
            default=True,
        )
        masks: BoolProperty(
            name="Part Masks",
            description="Make a mask of every part of a sculpt (skin, hair, lips ...) as well, at hand in its material",
        )
        all_messages: BoolProperty(
            name="All Messages",
            description="Show the earlier messages too",
            options={"SKIP_SAVE"},
        )
        quality: EnumProperty(
            name="Quality",
            description="How much time a head may take",
            items=QUALITIES,
            default="standard",
        )
        faces: IntProperty(
            name="Detail",
            description="Triangles of the finished mesh",
            default=DEFAULT_FACES,
            min=500,
            max=100_000,
            soft_min=2000,
            step=1000,
        )
        texture_px: IntProperty(
            name="Texture",
            description="Width and height of the texture in pixels",
            default=DEFAULT_TEXTURE_PX,
            min=128,
            max=8192,
            soft_min=512,
            soft_max=4096,
            step=256,
            subtype="PIXEL",
        )
        truncation: FloatProperty(
            name="Variety",
            description="0 gives the average head, 1 the full variety, with more odd ones",
            default=0.8,
            min=0.0,
            max=1.5,
            soft_max=1.0,
            subtype="FACTOR",
        )
        variation: FloatProperty(
            name="Variation",
            description="How far variations go from the head that they start from",
            default=0.35,
            min=0.0,
            max=1.0,
            subtype="FACTOR",
        )
        landmark_left_eye: _landmark("Left Eye", "The middle of the head's own left eye")
        landmark_right_eye: _landmark("Right Eye", "The middle of the head's own right eye")
        landmark_nose_tip: _landmark("Nose Tip", "The tip of the nose")
        landmark_mouth: _landmark("Mouth", "The middle of the mouth, where the lips meet")
        landmark_chin: _landmark("Chin", "The lowest point of the chin, seen from the front")
        batch_file: StringProperty(
            name="Prompts File",
            description="A text file with one prompt a line, or a CSV file with a column named prompt",
            subtype="FILE_PATH",
            options=PATH_OPTIONS,
        )
        locked_latent: StringProperty(
            name="Locked Look",
            description="The head whose look is kept while the words change, as numbers; empty for none",
            options={"HIDDEN"},
        )
        locked_title: StringProperty(options={"HIDDEN"})
        gallery_index: IntProperty(
            name="Chosen Preview",
            description="The preview of the gallery that is chosen; -1 for none",
            default=-1,
            min=-1,
            max=wire.GALLERY_SIZE - 1,
            options={"HIDDEN", "SKIP_SAVE"},
        )
    if TYPE_CHECKING:
        gallery_picture_0: str
        gallery_picture_1: str
        gallery_picture_2: str
        gallery_picture_3: str
        gallery_picture_4: str
        gallery_picture_5: str
        gallery_picture_6: str
        gallery_picture_7: str
    else:
        gallery_picture_0: _gallery_picture(0)
        gallery_picture_1: _gallery_picture(1)
        gallery_picture_2: _gallery_picture(2)
        gallery_picture_3: _gallery_picture(3)
        gallery_picture_4: _gallery_picture(4)
        gallery_picture_5: _gallery_picture(5)
        gallery_picture_6: _gallery_picture(6)
        gallery_picture_7: _gallery_picture(7)


def settings_of(context: bpy.types.Context) -> HeadsmithSettings:
    """The settings of the context's scene."""
    return settings_in(scene_of(context))


def settings_in(scene: bpy.types.Scene) -> HeadsmithSettings:
    settings: HeadsmithSettings = scene.headsmith  # type: ignore[attr-defined]  # registered below
    return settings


def register() -> None:
    bpy.utils.register_class(HeadsmithSettings)
    bpy.types.Scene.headsmith = PointerProperty(  # type: ignore[attr-defined,func-returns-value]
        type=HeadsmithSettings
    )


def unregister() -> None:
    del bpy.types.Scene.headsmith  # type: ignore[attr-defined]
    bpy.utils.unregister_class(HeadsmithSettings)

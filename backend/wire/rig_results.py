"""What both sides know of rig-ready heads: the names of their shapes, bones and materials, and their results.

Standard library only, like `api`.
"""

from __future__ import annotations

from dataclasses import dataclass

# ARKit's 52 face shapes, by Apple's names and in the order of its documentation.
ARKIT_SHAPES = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft",
    "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
    "eyeSquintRight", "eyeWideRight", "jawForward", "jawLeft", "jawRight", "jawOpen", "mouthClose",
    "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight", "mouthSmileLeft", "mouthSmileRight",
    "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft",
    "mouthStretchRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft",
    "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip
MATERIALS = ("skin", "eyes", "lashes", "teeth", "tongue")
BONES = ("neck", "head", "jaw", "tongue.01", "tongue.02", "tongue.03", "eye.L", "eye.R")
PARENTS = (-1, 0, 1, 2, 3, 4, 1, 1)  # of BONES
LANDMARKS = ("left eye", "right eye", "nose tip", "mouth", "chin")  # that a user may point at


@dataclass(frozen=True)
class RigPart:
    """Hair, a beard, glasses: a closed mesh of its own."""

    name: str
    mesh: str  # .npz as HeadResult.mesh
    albedo: str  # PNG, sRGB, unlit
    normal: str  # PNG, tangent space, +Y
    # .npz with shape_offsets [52,P,3] float32 metres and bone_weights [P,J] float32 of its vertices, or empty: it
    # moves with the head's bone alone.
    motion: str = ""


@dataclass(frozen=True)
class RigFigures:
    vertices: int
    quads: int
    to_surface_mm: float  # mean distance of the visible skin from the surface it was wrapped onto
    flipped_faces: int  # that point the other way than the template's


@dataclass(frozen=True)
class RigResult:
    """A rig-ready head; paths are relative to the job's folder."""

    # .npz, field frame (y up, face +z), metres: vertices [V,3] float32, quads [F,4] int32, corner_uvs [F,4,2]
    # float32, face_materials [F] int32 (of MATERIALS), base_index [V] int32 (vertex of hm08), mirror [V] int32,
    # shape_offsets [52,V,3] float32 (of ARKIT_SHAPES), joint_heads and joint_tails [J,3] float32 (of BONES),
    # bone_weights [V,J] float32, eye_centers [2,3] and eye_radii [2] float32 (left, right)
    mesh: str
    albedo: str  # PNG with alpha (lashes), sRGB, unlit
    normal: str  # PNG, tangent space, +Y
    roughness: str  # PNG
    parts: tuple[RigPart, ...]
    figures: RigFigures

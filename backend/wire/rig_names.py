"""What both sides know of rig-ready heads: the names of their shapes, bones, materials and landmarks."""

from __future__ import annotations

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

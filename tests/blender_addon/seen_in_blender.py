"""What a test asks of another Blender, and what it is told. No bpy here: both sides read it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Order:
    """What the host asks for."""

    user_resources: str  # Blender's user folder, with the extension in it
    toy_python: str  # runs the toy backend


@dataclass
class Seen:
    """What stood in the scene and in the panel afterwards."""

    blender: str = ""
    state: str = ""
    notes: list[str] = field(default_factory=list)
    is_busy: bool = True
    vertices: int = 0
    height_m: float = 0.0
    colour_range: float = 0.0  # of the albedo's texels, 0 to 1
    shapes: int = 0
    bones: int = 0
    moved_by_jaw_m: float = 0.0
    words: list[str] = field(default_factory=list)  # of all panels and the preferences
    left_behind: list[str] = field(default_factory=list)  # types after the extension was disabled

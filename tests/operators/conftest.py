"""What the tests of the operators share."""

from ..blender_addon.bent_head import bent
from ..blender_addon.rigify_enabled import rigify
from ..blender_addon.session_runs import running
from ..in_blender import extension, session
from .explored import gallery
from .real_backend import real

__all__ = ["bent", "extension", "gallery", "real", "rigify", "running", "session"]

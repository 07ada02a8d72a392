"""What the tests of the operators share."""

from ..blender_addon.session_runs import running
from ..in_blender import extension, session

__all__ = ["extension", "running", "session"]

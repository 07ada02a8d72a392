"""What the tests of the add-on share."""

from ..in_blender import extension, session

__all__ = ["extension", "session"]

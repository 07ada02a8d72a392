"""What the tests of the operators share."""

from ..in_blender import extension, session

__all__ = ["extension", "session"]

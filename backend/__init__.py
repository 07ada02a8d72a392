"""Headsmith's backend: from a prompt or a picture to a textured head, without Blender."""

"""Heads of the CC0 head kit: what z says of one, its meshes, skins, hair and style, and their renders."""

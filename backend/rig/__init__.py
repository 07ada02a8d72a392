"""Rig-ready heads: the template of quads, wrapped onto any head, with shapes, bones and hair of its own."""

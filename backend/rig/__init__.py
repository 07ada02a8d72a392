"""Rig-ready heads: the topology of quads, wrapped onto any head, with shapes, bones and hair of its own."""

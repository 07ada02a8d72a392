"""The topology of rig-ready heads, its levels of detail, and the network of landmarks."""

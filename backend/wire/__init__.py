"""What Blender and the backend say to each other; both sides import it: standard library only."""

"""Pictures of heads: cameras, previews, unlit and super-resolved views, meshes drawn directly."""

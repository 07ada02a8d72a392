"""What a finished head leaves on the disk: meshes, maps, glTF, reports."""

"""From a field to a textured mesh: sampling, marching cubes, decimation, unwrapping, baking, glTF."""

"""The name of a mesh survives being the name of a file."""

import pytest

from backend.wire.mesh_names import file_stem, name_of_stem


@pytest.mark.parametrize("name", ["a/b: c?", "Öl 50%", "Head.001", 'x"<>|*\\', "头"])
def test_a_file_s_name_gives_back_the_mesh_s(name: str) -> None:
    stem = file_stem(name)
    assert not set(stem) & set('/\\:*?"<>|')
    assert name_of_stem(stem) == name

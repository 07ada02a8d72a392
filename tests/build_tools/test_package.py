"""The package holds what ships and nothing else, and Blender's own validator accepts it."""

import shutil
import zipfile
from pathlib import Path

import pytest

from build_tools.blender_cli import validate_extension
from build_tools.package import copy_shipped_files, install_package, make_package

KINDS_OF_CODE = {".py", ".toml", ".txt", ".md", ".json", ".safetensors", ".gz", ".png", ".npz", ""}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_package(tmp_path_factory.mktemp("package"))


def test_the_package_is_one_extension_with_its_backend(package: Path) -> None:
    names = set(zipfile.ZipFile(package).namelist())
    assert {
        "__init__.py",
        "blender_manifest.toml",
        "LICENSE",
        "NOTICE",
        "backend/__main__.py",
        "backend/requirements.txt",
        "blender_addon/dispatcher.py",
        "operators/generate.py",
    } <= names


def test_the_package_holds_nothing_but_what_ships(package: Path) -> None:
    for name in zipfile.ZipFile(package).namelist():
        path = Path(name)
        assert path.parts[:2] not in {("backend", "training"), ("backend", "bench")}, name
        assert path.parts[0] not in {"tests", "build_tools", "docs", "build.py", "requirements.in"}
        assert not any(part.startswith(".") or part == "__pycache__" for part in path.parts), name
        assert path.suffix in KINDS_OF_CODE, name


def test_the_package_is_small_enough_to_share(package: Path) -> None:
    assert package.stat().st_size < 200 * 2**20


def test_an_installed_package_equals_its_sources(package: Path, tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    copy_shipped_files(sources)
    installed = install_package(package, tmp_path / "user")
    files = {path.relative_to(sources) for path in sources.rglob("*") if path.is_file()}
    assert files == {path.relative_to(installed) for path in installed.rglob("*") if path.is_file()}
    assert all((sources / file).read_bytes() == (installed / file).read_bytes() for file in files)


def test_the_validator_refuses_a_manifest_with_an_error(tmp_path: Path) -> None:
    copy_shipped_files(tmp_path / "broken")
    manifest = tmp_path / "broken" / "blender_manifest.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(
        text.replace('tags = ["3D View"', 'tags = ["No Such Tag"'), encoding="utf-8"
    )
    with pytest.raises(SystemExit, match="No Such Tag"):
        validate_extension(tmp_path / "broken")
    shutil.rmtree(tmp_path / "broken")

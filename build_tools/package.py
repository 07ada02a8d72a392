"""Makes dist/headsmith-VERSION.zip with Blender's own tool and has Blender's validator judge it."""

import argparse
import shutil
import tempfile
import tomllib
import zipfile
from pathlib import Path

from .blender_cli import build_extension, validate_extension
from .environment import ROOT

MANIFEST = "blender_manifest.toml"
# What ships, and nothing else: neither tests nor this package nor what runs left behind.
SHIPPED = (
    "__init__.py",
    MANIFEST,
    "LICENSE",
    "NOTICE",
    "CHANGELOG.md",
    "backend",
    "blender_addon",
    "operators",
)
# Trainings and benchmarks need the repository: its kit, its pictures, its truths.
LEFT_OUT = shutil.ignore_patterns(
    "training",
    "bench",
    "held_out_*",
    "frozen_*",
    "__pycache__",
    "*.py[cod]",
    ".*",
    "*.log",
    "*.tmp",
)


def copy_shipped_files(folder: Path) -> None:
    """Copies what ships into an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=LEFT_OUT)
        else:
            shutil.copy2(source, folder / name)


def package_name() -> str:
    """Returns the file name with the version of the manifest."""
    manifest = tomllib.loads((ROOT / MANIFEST).read_text(encoding="utf-8"))
    return f"{manifest['id']}-{manifest['version']}.zip"


def make_package(folder: Path) -> Path:
    """Makes the validated zip in `folder` and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / package_name()
    with tempfile.TemporaryDirectory() as temporary:
        staging = Path(temporary) / "headsmith"
        copy_shipped_files(staging)
        validate_extension(staging)
        build_extension(staging, target)
    validate_extension(target)
    return target


def install_package(package: Path, user_resources: Path) -> Path:
    """Unpacks a zip to where Blender looks for a user's own extensions; returns that folder."""
    folder = user_resources / "extensions" / "user_default" / "headsmith"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    return folder


def main() -> int:
    """Makes the zip and prints where it is."""
    parser = argparse.ArgumentParser(prog="build.py package", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the zip")
    target = make_package(parser.parse_args().out)
    print(f"{target} ({target.stat().st_size / 2**20:.1f} MiB), valid for Blender")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""What the documents point to exists, and the version is the same wherever it stands."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from backend.wire.results import (
    PRODUCT_VERSION,
)

from .source_tree import ROOT, source_files

LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def test_every_link_of_the_documents_leads_somewhere() -> None:
    missing = [
        f"{path.relative_to(ROOT)} -> {target}"
        for path in source_files(".md")
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert missing == []


def test_manifest_project_and_protocol_name_one_version() -> None:
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert manifest["version"] == project["project"]["version"] == PRODUCT_VERSION
    assert f"\n## {PRODUCT_VERSION}" in changelog


def test_every_command_of_build_py_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    build = (ROOT / "build.py").read_text(encoding="utf-8")
    commands = re.findall(r'^    "(\w+)": "[\w.]+",$', build, re.MULTILINE)
    assert len(commands) >= 7
    assert [name for name in commands if f"python build.py {name}" not in readme] == []


@pytest.mark.slow
def test_the_example_of_the_architecture_makes_a_head_and_shows_it(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    statements = [line for line in example.splitlines() if line and " import " not in line]
    assert len(statements) == 5
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "example.py"], cwd=tmp_path, env=environment, check=True)
    with Image.open(tmp_path / "head.png") as picture:
        assert picture.size == (512, 512)
        middle, corner = picture.getpixel((256, 256)), picture.getpixel((2, 2))
    assert middle != corner  # the head is in the middle, and nothing in the corner


def test_every_file_of_the_map_of_the_method_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = re.findall(r"`((?:[\w]+/)+[\w.]*|[\w]+\.py)`", text)
    assert len(rooms) > 30
    missing = [
        name
        for name in rooms
        if not any((ROOT / top / name).exists() for top in ("", "backend"))
        and not list((ROOT / "backend").rglob(name))
    ]
    assert missing == []


def test_every_test_that_the_documents_name_exists() -> None:
    named = re.compile(r"`((?:[\w/]+\.py)?)::(\w+)`")
    missing, file = [], ""
    for path in source_files(".md"):
        for found, name in named.findall(path.read_text(encoding="utf-8")):
            file = found or file
            tests = ROOT / "tests" / file
            text = tests.read_text(encoding="utf-8") if tests.is_file() else ""
            if f"\ndef {name}" not in text:
                missing.append(f"{path.relative_to(ROOT)}: {file}::{name}")
    assert missing == []

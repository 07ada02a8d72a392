"""What the documents point to exists, and the version is the same wherever it stands."""

import re
import tomllib

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

"""A Python that cannot run the backend says so at once, and what to do."""

import ast
import json
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from backend.errors import HeadsmithError
from backend.process import python_check
from backend.process.client import BackendClient
from backend.process.launch import BACKEND_MAIN, BackendSettings
from backend.process.python_check import MODULES, PYTHONS, REQUIREMENTS, why_unfit

from ...source_tree import ROOT


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds no package."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=sys.platform != "win32", with_pip=False)
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def test_the_python_of_the_tests_serves() -> None:
    assert why_unfit() is None


def test_every_required_package_is_looked_for() -> None:
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    required = {line.partition("==")[0] for line in lines if not line.startswith("#")}
    assert required == set(MODULES)


@pytest.mark.parametrize(
    ("version", "is_fit"),
    [((3, 10), False), ((3, 11), True), ((3, 12), True), ((3, 13), False), ((4, 0), False)],
)
def test_the_pythons_that_serve_are_those_with_files_of_every_package(
    version: tuple[int, int], is_fit: bool
) -> None:
    sentence = why_unfit(version)
    assert (sentence is None) == is_fit
    if sentence is not None:
        assert f"needs {PYTHONS}" in sentence
        assert f"is Python {version[0]}.{version[1]};" in sentence


def test_a_python_without_packages_refuses_the_handshake_and_names_the_cure(
    bare_python: Path,
) -> None:
    with pytest.raises(HeadsmithError) as caught:
        BackendClient(BackendSettings(python=bare_python))
    assert caught.value.code.value == "backend_start"
    assert "lacks torch, torchvision, open_clip_torch" in caught.value.user_text
    assert f'`"{bare_python}" -m pip install -r "{REQUIREMENTS}"`' in caught.value.user_text


def test_what_answers_on_an_old_python_needs_none_of_the_wire() -> None:
    # The wire's modules use what Pythons before 3.11 lack.
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import backend.process.python_check;"
        "print([name for name in sys.modules if name.startswith('backend.')])"
    )
    command = [sys.executable, "-I", "-c", script, str(ROOT)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=True)
    assert outcome.stdout.strip() == "['backend.process', 'backend.process.python_check']"


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.13"])
def test_another_python_of_this_machine_answers_with_one_sentence(version: str) -> None:
    found = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    if not found:
        pytest.skip(f"no Python {version} of pyenv's is on this machine")
    outcome = subprocess.run(
        [str(found[-1]), "-I", "-u", str(BACKEND_MAIN)],
        input=b'{"type": "hello"}\n',
        capture_output=True,
        timeout=30,
    )
    (line,) = outcome.stdout.splitlines()
    answer = json.loads(line)
    assert (answer["type"], answer["job"], answer["code"]) == ("failure", "", "backend_start")
    assert f"is Python {version};" in answer["user_text"]


@pytest.mark.parametrize("text", ["README.md", "docs/user-guide.md"])
def test_the_guides_name_the_same_pythons(text: str) -> None:
    words = re.sub(r"\s+", " ", (ROOT / text).read_text(encoding="utf-8"))
    assert PYTHONS in words


@pytest.mark.parametrize("file", [BACKEND_MAIN, Path(python_check.__file__)], ids=lambda f: f.name)
def test_an_old_python_can_read_what_refuses_it(file: Path) -> None:
    ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))

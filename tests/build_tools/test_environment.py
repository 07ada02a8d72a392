"""The environment is made once from the lock, and again only when the lock has changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from build_tools import environment, system

LOCK = """\
# a comment
tool==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
torch==2.13.0+cpu; sys_platform == "linux" \\
    --hash=sha256:cc
torch==2.13.0; sys_platform != "linux" \\
    --hash=sha256:dd
torchvision==0.28.0 \\
    --hash=sha256:ee
"""


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose lock asks for nothing, so that its environment is made in seconds."""
    for name, attribute in (("requirements.lock", "LOCK"), ("requirements-cuda.lock", "CUDA_LOCK")):
        (tmp_path / name).write_text("# nothing\n", encoding="utf-8")
        monkeypatch.setattr(environment, attribute, tmp_path / name)
    monkeypatch.setattr(environment, "ENVIRONMENT", tmp_path / ".venv")
    return tmp_path


def own_locks() -> tuple[Path, ...]:
    return environment.LOCK, environment.CUDA_LOCK


def finish_by_hand(folder: Path) -> Path:
    """What a finished environment looks like from outside; returns a file that marks this very one."""
    python = environment.environment_python(folder)
    python.parent.mkdir(parents=True)
    python.touch()
    (folder / environment.MARKER).write_text(environment.lock_digest(own_locks()), encoding="utf-8")
    (folder / "witness").touch()
    return folder / "witness"


def test_an_environment_is_made_and_then_kept(locks: Path) -> None:
    python = environment.ensure_environment()
    command: list[str | Path] = [python, "-c", "import sys; print(sys.prefix)"]
    outcome = subprocess.run(command, capture_output=True, check=True)
    assert Path(os.fsdecode(outcome.stdout).strip()).samefile(locks / ".venv")

    (locks / ".venv" / "witness").touch()
    assert environment.ensure_environment() == python
    assert (locks / ".venv" / "witness").exists()


def test_a_changed_lock_asks_for_a_new_environment(locks: Path) -> None:
    finish_by_hand(locks / ".venv")
    assert environment.is_current(locks / ".venv", own_locks())
    environment.CUDA_LOCK.write_text("# still nothing\n", encoding="utf-8")
    assert not environment.is_current(locks / ".venv", own_locks())


def test_a_failed_update_leaves_the_environment_as_it_was(
    locks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = finish_by_hand(locks / ".venv")
    environment.LOCK.write_text("# another lock\n", encoding="utf-8")
    broken_python = [sys.executable, "-c", "raise SystemExit('no room on the disk')"]
    monkeypatch.setattr(environment, "find_python", lambda version: broken_python)
    with pytest.raises(system.SetupError, match="no room on the disk"):
        environment.ensure_environment()
    assert witness.exists()
    assert not (locks / ".venv-previous").exists()


def test_an_interrupted_environment_is_not_taken_for_a_finished_one(locks: Path) -> None:
    finish_by_hand(locks / ".venv")
    (locks / ".venv" / environment.MARKER).unlink()
    assert not environment.is_current(locks / ".venv", own_locks())


def test_the_rest_of_a_lock_is_everything_but_torch() -> None:
    assert environment.without_torch(LOCK) == (
        "# a comment\n"
        "tool==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "torchvision==0.28.0 \\\n    --hash=sha256:ee\n"
    )


def test_a_python_is_usable_only_if_it_is_3_11() -> None:
    assert system.is_usable_python([sys.executable]) == (sys.version_info[:2] == (3, 11))
    assert not system.is_usable_python([sys.executable, "-c", "raise SystemExit(1)", "--"])
    assert not system.is_usable_python(["no-such-python"])


def test_a_python_of_another_version_is_looked_for_by_that_version() -> None:
    assert system.is_usable_python([sys.executable], sys.version_info[:2])
    assert not system.is_usable_python([sys.executable], (3, 5))
    assert [sys.executable] not in system.candidate_pythons((3, 13)) or sys.version_info[1] == 13


def test_a_missing_python_is_reported_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "candidate_pythons", lambda version: [["no-such-python"]])
    with pytest.raises(system.SetupError, match=r"No Python 3\.11") as caught:
        system.find_python()
    assert "install" in str(caught.value).lower()


def test_only_missing_and_wrong_packages_make_an_environment_unfit() -> None:
    missing = "torch 2.13.0 requires filelock, which is not installed."
    wrong = "bpy 5.0.1 has requirement numpy<2, but you have numpy 2.1.0."
    odd = "bpy 5.0.1 is not supported on this platform"
    assert environment.unmet_requirements(f"{missing}\n{odd}\n{wrong}\n") == [missing, wrong]
    assert environment.unmet_requirements("No broken requirements found.\n") == []

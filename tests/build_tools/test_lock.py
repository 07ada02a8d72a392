"""The lock pins what requirements.in asks for, with hashes, for every platform, and names no host."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from build_tools.lock import LockEntry, is_reachable, locked_versions, parse_entries
from build_tools.other_blenders import OTHER_BLENDERS, OtherBlender
from tests.source_tree import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CUDA_LOCK = (ROOT / "requirements-cuda.lock").read_text(encoding="utf-8")


def wanted_pins() -> dict[str, str]:
    pins: dict[str, str] = {}
    for path in (ROOT / "requirements.in", ROOT / "backend" / "requirements.txt"):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, is_pin, version = line.partition("==")
            if is_pin and not line.startswith("#"):
                pins[str(canonicalize_name(name))] = version
    return pins


def test_every_direct_dependency_is_locked_at_its_version() -> None:
    locked = {
        (entry.requirement.name, str(entry.requirement.specifier).removeprefix("=="))
        for entry in parse_entries(LOCK)
    }
    wanted = wanted_pins()
    wanted["torch"] += "+cpu"
    assert len(wanted) > 10
    assert set(wanted.items()) <= locked


def test_every_entry_is_pinned_and_hashed() -> None:
    for entry in [*parse_entries(LOCK), *parse_entries(CUDA_LOCK)]:
        assert str(entry.requirement.specifier).startswith("=="), entry.requirement
        assert entry.hashes, entry.requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in entry.hashes)


def test_cuda_packages_are_only_in_their_own_lock() -> None:
    assert not re.search(r"^(nvidia|cuda|triton)", LOCK, re.MULTILINE)
    assert re.search(r"^nvidia-", CUDA_LOCK, re.MULTILINE)


def test_the_locks_name_no_package_index() -> None:
    for text in (LOCK, CUDA_LOCK):
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text


def test_an_entry_comes_back_from_its_text() -> None:
    requirement = Requirement('tool==1.0; sys_platform == "win32"')
    entry = LockEntry(requirement, ("sha256:aa", "sha256:bb"))
    assert parse_entries("# a comment\n" + entry.render()) == [entry]


def test_an_entry_is_kept_if_some_platform_installs_it() -> None:
    def reachable(marker: str) -> bool:
        return is_reachable(LockEntry(Requirement(f"tool==1.0; {marker}"), ()))

    assert reachable('sys_platform == "win32"')
    assert reachable('platform_machine == "arm64"')
    assert not reachable('python_full_version >= "3.12"')
    assert not reachable('sys_platform == "emscripten"')


def test_what_is_locked_is_preferred_but_for_torch_which_comes_in_two_builds() -> None:
    everything = {str(entry.requirement) for entry in parse_entries(LOCK + CUDA_LOCK)}
    preferred = {str(entry.requirement) for entry in parse_entries(locked_versions())}
    missing = everything - preferred
    assert missing
    assert all(requirement.startswith("torch==") for requirement in missing)


@pytest.mark.parametrize("blender", OTHER_BLENDERS, ids=lambda blender: blender.version)
def test_the_lock_of_another_blender_holds_its_pins_with_hashes(blender: OtherBlender) -> None:
    entries = parse_entries(blender.lock.read_text(encoding="utf-8"))
    assert set(blender.requirements) <= {str(entry.requirement) for entry in entries}
    assert all(entry.hashes for entry in entries)

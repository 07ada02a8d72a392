"""Test Connection: the real backend answers, or what is wrong with it is said."""

import os
import signal
import time
import venv
from pathlib import Path
from typing import Any

import bpy
import pytest

from ..in_blender import MODULE


def test_the_connection_is_tested_and_stays(real: Any) -> None:
    assert bpy.ops.headsmith.backend_test(wait_s=30.0) == {"FINISHED"}
    assert real.dispatcher.link.state.value == "ready"
    assert real.dispatcher.link.status.startswith("Ready: Python 3.")


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_backend_that_ended_unseen_is_started_again_by_the_test(real: Any) -> None:
    bpy.ops.headsmith.backend_test(wait_s=30.0)
    pid = real.dispatcher.link.pid
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)
    bpy.ops.headsmith.backend_test(wait_s=30.0)
    assert real.dispatcher.link.pid not in (0, pid)


def test_a_wrong_python_is_named_with_the_remedy(real: Any, tmp_path: Path) -> None:
    missing = tmp_path / "python"
    bpy.context.preferences.addons[MODULE].preferences.backend_python = str(missing)
    with pytest.raises(RuntimeError, match="choose it in the preferences") as caught:
        bpy.ops.headsmith.backend_test()
    assert str(missing) in str(caught.value)


def test_a_python_without_the_packages_is_told_at_once_with_the_cure(
    real: Any, tmp_path: Path
) -> None:
    venv.create(tmp_path, symlinks=os.name != "nt", with_pip=False)
    python = tmp_path / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    bpy.context.preferences.addons[MODULE].preferences.backend_python = str(python)
    with pytest.raises(RuntimeError, match=r"lacks torch, .* -m pip install -r") as caught:
        bpy.ops.headsmith.backend_test(wait_s=20.0)
    assert str(python) in str(caught.value)
    assert real.dispatcher.link.pid == 0
    bpy.context.scene.headsmith.prompt = "a man"
    with pytest.raises(RuntimeError, match="lacks torch"):
        bpy.ops.headsmith.generate(wait=True)
    assert real.dispatcher.jobs[-1].attempts == 0


def test_a_program_that_is_no_python_is_named(real: Any, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho hello\nsleep 5\n")
    program.chmod(0o755)
    bpy.context.preferences.addons[MODULE].preferences.backend_python = str(program)
    with pytest.raises(RuntimeError, match="no Headsmith backend"):
        bpy.ops.headsmith.backend_test(wait_s=20.0)
    assert real.dispatcher.link.pid == 0

"""Makes the repository's .venv from the lock and keeps it while the lock is unchanged; others likewise.

Standard library only: build.py imports it before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .system import PYTHON_VERSION, SetupError, find_python

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
CUDA_LOCK = ROOT / "requirements-cuda.lock"
MARKER = "headsmith-lock.sha256"


def environment_python(environment: Path) -> Path:
    """Returns the interpreter inside a virtual environment."""
    if os.name == "nt":
        return environment / "Scripts" / "python.exe"
    return environment / "bin" / "python"


def ensure_environment() -> Path:
    """Returns the interpreter of the repository's environment, making it if needed."""
    return ensure_locked(ENVIRONMENT, (LOCK, CUDA_LOCK), PYTHON_VERSION, 700)


def ensure_locked(
    environment: Path, locks: tuple[Path, ...], version: tuple[int, int], megabytes: int
) -> Path:
    """Returns the interpreter of an environment that matches its locks, making it if needed."""
    if is_current(environment, locks):
        return environment_python(environment)
    base = find_python(version)
    previous = environment.with_name(f"{environment.name}-previous")
    shutil.rmtree(previous, ignore_errors=True)
    if environment.exists():
        environment.rename(previous)
    print(f"Making {environment.name} (once; some {megabytes} MB to download) ...", flush=True)
    try:
        make_environment(base, environment, locks)
    except BaseException:
        shutil.rmtree(environment, ignore_errors=True)
        if previous.exists():
            previous.rename(environment)
        raise
    shutil.rmtree(previous, ignore_errors=True)
    return environment_python(environment)


def is_current(environment: Path, locks: tuple[Path, ...]) -> bool:
    """Tells whether the environment was completed from today's locks and still has its Python."""
    marker = environment / MARKER
    if not marker.is_file() or marker.read_text(encoding="utf-8").strip() != lock_digest(locks):
        return False
    return environment_python(environment).exists()


def lock_digest(locks: tuple[Path, ...]) -> str:
    """Returns the sha256 of the locks together."""
    digest = hashlib.sha256()
    for lock in locks:
        digest.update(lock.read_text(encoding="utf-8").encode("utf-8"))
    return digest.hexdigest()


def make_environment(base: list[str], environment: Path, locks: tuple[Path, ...]) -> None:
    """Makes a virtual environment with the packages of the first lock; the marker file comes last.

    A second lock is the one with torch's CUDA build, for where no CPU build is offered.
    """
    made = subprocess.run([*base, "-m", "venv", environment], capture_output=True, text=True)
    if made.returncode != 0:
        raise SetupError(f"{' '.join(base)} cannot make {environment}:\n{made.stdout}{made.stderr}")
    python = environment_python(environment)
    if not install_lock(python, locks[0]):
        install_cuda_lock(python)
    check = subprocess.run([str(python), "-m", "pip", "check"], capture_output=True, text=True)
    problems = unmet_requirements(check.stdout)
    if problems:
        raise SetupError("The locked packages do not fit together:\n" + "\n".join(problems))
    (environment / MARKER).write_text(lock_digest(locks) + "\n", encoding="utf-8")


def unmet_requirements(check_output: str) -> list[str]:
    """Returns what `pip check` says of missing and wrong versions.

    Newer releases of pip also complain of the platform tag inside Blender's wheel, which is odd but
    harmless: the name of its file is right, or it would not have been installed.
    """
    lines = check_output.splitlines()
    return [line for line in lines if " requires " in line or " has requirement " in line]


def install_lock(python: Path, lock: Path) -> bool:
    """Installs a lock; False where no CPU build of torch is offered, which only Linux asks for."""
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    command += ["--no-deps", "--require-hashes", "-r", str(lock)]
    outcome = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if outcome.returncode == 0:
        return True
    if "No matching distribution found for torch==" in outcome.stderr:
        return False
    raise SetupError(
        f"pip could not install the packages of {lock.name}:\n{outcome.stderr.strip()[-2000:]}\n"
        "Check the connection to pip's package index and run the command again."
    )


def install_cuda_lock(python: Path) -> None:
    """Installs torch's CUDA build with its packages, and the rest of the lock without its torch."""
    print("pip's sources offer no CPU build of torch; taking the CUDA build (5 GB) ...", flush=True)
    rest = python.parent / "requirements-without-torch.txt"
    rest.write_text(without_torch(LOCK.read_text(encoding="utf-8")), encoding="utf-8")
    for lock in (rest, CUDA_LOCK):
        if not install_lock(python, lock):
            raise SetupError(f"pip's package index offers no torch for {sys.platform}.")


def without_torch(lock_text: str) -> str:
    """Drops torch and its hash lines from the text of a lock."""
    kept = []
    in_torch = False
    for line in lock_text.splitlines(keepends=True):
        if not line.startswith((" ", "#")):
            in_torch = line.startswith("torch==")
        if not in_torch:
            kept.append(line)
    return "".join(kept)

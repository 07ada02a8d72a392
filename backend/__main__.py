"""The backend process: `python -I -u <extension>/backend/__main__.py`, messages on stdio."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

if TYPE_CHECKING:
    from backend.process.server import Worker, WorkerSettings

EXIT_GRACE_S = 3.0


def main() -> None:
    """Serve, or do what the backend starts a process of its own for."""
    # No `match`: a Python that is too old must be able to read this file, to say so.
    task, arguments = "".join(sys.argv[1:2]), sys.argv[2:]
    if task == "keep":
        keep(arguments)
    if task == "unwrap":
        unwrap(*map(Path, arguments))
    serve()


def keep(arguments: list[str]) -> NoReturn:
    import_the_package()
    from backend.process.keeper import keep

    sys.exit(keep(arguments))


def unwrap(given: Path, made: Path) -> NoReturn:
    import_the_package()
    from backend.process.unwrapping import work

    sys.exit(work(given, made))


def serve() -> None:
    began = time.perf_counter()
    source, sink = take_standard_streams()
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for Blender; its end is ours
    import_the_package()
    leave_if_unfit(source, sink)
    from backend.process.server import Server

    startup_s = time.perf_counter() - began
    Server(source, sink, lambda settings: make_worker(settings, startup_s), exit_soon).serve()
    exit_now()


def leave_if_unfit(source: BinaryIO, sink: BinaryIO) -> None:
    """Refuse the handshake with one sentence if this Python is a wrong one or lacks packages."""
    from backend.process.python_check import refusal, why_unfit

    sentence = why_unfit()
    if sentence is None:
        return
    source.readline()  # the hello
    sink.write(refusal(sentence))
    sink.flush()
    sys.stderr.write(sentence + "\n")
    exit_now()


def take_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """Private copies of stdin and stdout; whatever else prints goes to stderr, the log."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink


def import_the_package() -> None:
    """Make `backend` importable from the folder above this file, and leave sys.path as it was."""
    root = str(Path(__file__).resolve().parent.parent)
    sys.path.insert(0, root)
    import backend  # noqa: F401 its modules are found through the package from now on

    sys.path.remove(root)


def make_worker(settings: WorkerSettings, startup_s: float) -> Worker:
    """The pipeline; made at the first job, since importing torch takes seconds."""
    began = time.perf_counter()
    os.environ["HF_HUB_OFFLINE"] = "1"  # read by open_clip's libraries at import: never go online
    from backend.errors import HeadsmithError
    from backend.wire.requests import (
        ErrorCode,
    )

    try:
        from backend.pipeline import Pipeline
    except ImportError as error:
        raise HeadsmithError(
            ErrorCode.BACKEND_START,
            f"The backend's Python {sys.executable} lacks a package ({error.name or error}); "
            "install backend/requirements.txt into it or choose another Python in the preferences.",
            detail=str(error),
        ) from error
    startup_s += time.perf_counter() - began
    return Pipeline(settings.device, settings.models_folder, startup_s)


def exit_soon() -> None:
    """The client is gone: let the running step notice its cancellation, but not for long."""
    timer = threading.Timer(EXIT_GRACE_S, exit_now)
    timer.daemon = True
    timer.start()


def exit_now() -> None:
    # Native threads may still run and a reader may wait on its stream: an orderly exit can block.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()

"""Makes heads without Blender: `python -m backend.generate "an old man" --out heads/old-man`.

One head goes into the output folder itself, several go into a folder each: head.glb, albedo.png, normal.png,
roughness.png, preview.png, mesh.npz and report.json, and masks/ if asked for. A rig-ready head (`--output rig`) is a folder rig/ of
arrays and maps, which the add-on reads; to have it as glTF, FBX or USD, make it in Blender.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .delivery.files import make_folder
from .delivery.report import write_report
from .errors import HeadsmithError
from .process.client import BackendClient
from .process.launch import BackendSettings
from .wire.batches import read_batch
from .wire.job_files import file_of_job
from .wire.messages import (
    Message,
    Notice,
    Progress,
)
from .wire.requests import (
    JobRequest,
    RequestError,
)
from .wire.results import (
    HeadResult,
    JobResult,
)

INTERRUPTED, TERMINATED = 130, 143
RIG_FOLDER = "rig"
SCULPT_FILES = {
    "mesh": "mesh.npz",
    "albedo": "albedo.png",
    "normal": "normal.png",
    "roughness": "roughness.png",
    "glb": "head.glb",
}


@dataclass(frozen=True)
class Order:
    """What the command line asks for."""

    requests: tuple[JobRequest, ...]
    out: Path
    settings: BackendSettings
    problems: int = 0  # rows of a batch that could not be read


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 when every head was made."""
    try:
        return make_heads(read_order(arguments))
    except (RequestError, HeadsmithError) as error:
        print(error.user_text, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return INTERRUPTED


def read_order(arguments: list[str] | None) -> Order:
    """Read the command line and, if it names one, the batch file."""
    options = _parser().parse_args(arguments)
    request = JobRequest(
        prompt=options.prompt,
        style_image=str(options.style.absolute()) if options.style else "",
        photo=str(options.photo.absolute()) if options.photo else "",
        image_weight=options.image_weight,
        seed=options.seed,
        count=options.count,
        quality=options.quality,
        output=options.output,
        neutral=not options.keep_expression,
        masks=options.masks,
        faces=options.faces,
        texture_px=options.texture,
    )
    settings = BackendSettings(
        device=options.device,
        models_folder=str(options.models.absolute()) if options.models else "",
    )
    if options.batch is None:
        request.check()
        return Order((request,), options.out, settings)
    batch = read_batch(options.batch, request)
    for row in batch.bad_rows:
        print(row.user_text, file=sys.stderr)
    return Order(batch.requests, options.out, settings, len(batch.bad_rows))


def make_heads(order: Order) -> int:
    """Make every head of the order; what fails is reported and does not stop the rest."""
    make_folder(order.out)
    is_single = len(order.requests) == 1 and order.requests[0].count == 1
    problems, made = order.problems, 0
    backend: BackendClient | None = None
    try:
        for request in order.requests:
            try:
                if backend is None or not backend.is_running:
                    backend = BackendClient(order.settings)
                result, failed = make_one_job(backend, request, order.out, is_single, made)
                made, problems = made + len(result.heads), problems + failed
            except HeadsmithError as error:
                print(f"{request.prompt or 'Picture'}: {error.user_text}", file=sys.stderr)
                problems += 1
    finally:
        if backend is not None:
            backend.close()
    return 1 if problems else 0


def make_one_job(
    backend: BackendClient, request: JobRequest, out: Path, is_single: bool, made: int
) -> tuple[JobResult, int]:
    """The job's result, with its files moved to `out`, and how many of its heads failed."""
    with tempfile.TemporaryDirectory(prefix=".job-", dir=out) as temporary:
        result = backend.make(request, Path(temporary), Reporter())
        for index, head in enumerate(result.heads, start=made + 1):
            folder = out if is_single else make_folder(out / _folder_name(index, head))
            keep_files(head, Path(temporary), folder)
            print(folder / (SCULPT_FILES["glb"] if head.sculpt else RIG_FOLDER))
    for failure in result.failures:
        print(failure, file=sys.stderr)
    return result, len(result.failures)


def keep_files(head: HeadResult, job_folder: Path, folder: Path) -> None:
    """Move a head's files out of its job's folder and write its report."""
    os.replace(file_of_job(job_folder, head.preview), folder / "preview.png")
    if head.sculpt is not None:
        for field, name in SCULPT_FILES.items():
            os.replace(file_of_job(job_folder, getattr(head.sculpt, field)), folder / name)
        for mask in head.sculpt.masks:
            mask_file = file_of_job(job_folder, mask.path)
            os.replace(mask_file, make_folder(folder / "masks") / mask_file.name)
    if head.rig is not None:
        shutil.rmtree(folder / RIG_FOLDER, ignore_errors=True)
        os.replace(file_of_job(job_folder, head.rig.mesh).parent, folder / RIG_FOLDER)
    write_report(folder / "report.json", head)


class Reporter:
    """Prints progress: a line that rewrites itself in a terminal, a line for each step elsewhere."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, message: Message) -> None:
        if isinstance(message, Notice):
            self._print(f"  {message.text}")
        if isinstance(message, Progress) and sys.stdout.isatty():
            left = f", {message.eta_s:.0f} s left" if message.eta_s >= 0 else ""
            width = shutil.get_terminal_size().columns - 1
            line = f"  {message.fraction:4.0%} {message.text}{left}"
            print(f"\r{line[:width]:<{width}}", end="", flush=True)
        elif isinstance(message, Progress) and message.text != self._last:
            self._last = message.text
            self._print(f"  {message.fraction:4.0%} {message.text}")

    def _print(self, line: str) -> None:
        begin = "\r" if sys.stdout.isatty() else ""
        print(f"{begin}{line}", flush=True)


def _folder_name(index: int, head: HeadResult) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", head.name.lower()).strip("-")
    return f"{index:03d}-{words[:60] or 'head'}-seed{head.seed}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="build.py generate", description=__doc__)
    parser.add_argument("prompt", nargs="?", default="", help="the head in words")
    parser.add_argument("--out", type=Path, default=Path("out") / "generate", help="folder to fill")
    parser.add_argument("--seed", type=int, default=1, help="0 to 2147483647 (default: 1)")
    parser.add_argument("--style", type=Path, help="a picture whose look the head takes on")
    parser.add_argument("--photo", type=Path, help="a photo, for now another style picture")
    parser.add_argument(
        "--image-weight", type=float, default=0.5, help="0 only the words, 1 only the pictures"
    )
    parser.add_argument("--count", type=int, default=1, help="heads, each with the next seed")
    parser.add_argument("--quality", choices=("draft", "standard", "high"), default="standard")
    parser.add_argument(
        "--output",
        choices=("sculpt", "rig", "both"),
        default="sculpt",
        help="the surface as it was found, a head of quads with bones and shapes, or both",
    )
    parser.add_argument(
        "--keep-expression",
        action="store_true",
        help="let a head of quads rest with the expression that it was made with",
    )
    parser.add_argument(
        "--masks", action="store_true", help="write a mask of every part of a sculpt, too"
    )
    parser.add_argument("--faces", type=int, default=JobRequest.faces, help="triangles of a head")
    parser.add_argument("--texture", type=int, default=JobRequest.texture_px, help="pixels")
    parser.add_argument("--batch", type=Path, help="a text or CSV file with a head on each line")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--models", type=Path, help="folder with models of your own")
    return parser


if __name__ == "__main__":
    # So that a plain kill ends the backend and clears up, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    sys.exit(main())

"""From the panel's settings to a job, and what every button that starts one has in common."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Sequence

import bpy

from ..backend import wire
from .blender_data import OperatorResult
from .job_entry import EntryState, JobEntry
from .launching import preferences_of
from .paths import absolute_picture
from .properties import settings_of
from .session import session


def panel_request(context: bpy.types.Context) -> wire.JobRequest:
    """The panel's settings, unchecked. Raises RequestError if a picture is missing."""
    settings = settings_of(context)
    base = None
    if settings.locked_latent:
        base = wire.LatentBase(read_latent(settings.locked_latent), use="rewrite")
    return wire.JobRequest(
        prompt=settings.prompt.strip(),
        style_image=absolute_picture(settings.style_image, "style picture"),
        photo=absolute_picture(settings.photo, "photo"),
        image_weight=settings.image_weight,
        seed=settings.seed,
        count=settings.count,
        quality=settings.quality,
        faces=value_or_usual(context, "faces"),
        texture_px=value_or_usual(context, "texture_px"),
        truncation=settings.truncation,
        base=base,
        output=settings.output,
        symmetric=settings.symmetric,
        neutral=settings.neutral,
        masks=settings.masks,
    )


def exploring(request: wire.JobRequest) -> wire.JobRequest:
    """The same as a gallery of previews."""
    return dataclasses.replace(request, kind="explore", count=wire.GALLERY_SIZE)


def starting_from(
    request: wire.JobRequest, base: wire.LatentBase, like: wire.JobRequest
) -> wire.JobRequest:
    """`request` from an existing head, which was made `like` this: its words and seed go with it.

    To finish a head leaves nothing to follow or to choose, so there are neither pictures nor a count.
    """
    if base.use != "finish":
        return dataclasses.replace(request, base=base, prompt=like.prompt)
    return dataclasses.replace(
        request, base=base, prompt=like.prompt, seed=like.seed, count=1, style_image="", photo=""
    )


def value_or_usual(context: bpy.types.Context, name: str) -> int:
    """The panel's value, or the preferences' where the scene says nothing."""
    settings = settings_of(context)
    source = settings if settings.is_property_set(name) else preferences_of(context)
    return int(getattr(source, name))


def draw_seed(context: bpy.types.Context) -> None:
    """Put a new seed into the settings if the user wants one for every press."""
    settings = settings_of(context)
    if settings.random_seed:
        settings.seed = random.SystemRandom().randint(0, wire.MAX_SEED)


def write_latent(z: Sequence[float]) -> str:
    """A latent as text, exactly, for a property that is saved with the file."""
    return " ".join(float(value).hex() for value in z)


def read_latent(text: str) -> tuple[float, ...]:
    """The latent of `write_latent`. Raises RequestError with one sentence."""
    try:
        return tuple(float.fromhex(word) for word in text.split())
    except ValueError as error:
        raise wire.RequestError(
            "The locked look cannot be read; unlock it and lock a head again."
        ) from error


def refuse(operator: bpy.types.Operator, sentence: str) -> OperatorResult:
    """Tell the user why nothing happens, below the button and in the panel's messages."""
    session.note("ERROR", sentence)
    operator.report({"ERROR"}, wire.one_line(sentence))
    return {"CANCELLED"}


def start_job(
    operator: bpy.types.Operator,
    context: bpy.types.Context,
    make_request: Callable[[bpy.types.Context], wire.JobRequest],
    wait: bool,
) -> OperatorResult:
    """Queue a request; with `wait` also see it through."""
    try:
        job = session.submit(context, make_request(context))
    except wire.RequestError as error:
        return refuse(operator, error.user_text)
    return see_through(operator, job) if wait else {"FINISHED"}


def see_through(operator: bpy.types.Operator, job: JobEntry) -> OperatorResult:
    """Wait for a job and report how it ended; for scripts."""
    session.run_until_ended(job)
    if job.state is EntryState.DONE and (job.is_imported or not job.is_importable):
        return {"FINISHED"}
    why_not_imported = session.notes[-1].text if job.is_importable and session.notes else ""
    reason = job.error or why_not_imported or session.dispatcher.link.status
    operator.report({"ERROR"}, wire.one_line(reason))
    return {"CANCELLED"}

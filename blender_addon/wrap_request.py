"""From the selected meshes and the landmarks to a request for a rig-ready head."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import bpy
import numpy as np

from ..backend import wire
from .blender_data import scene_of, view_layer_of
from .coords import blender_to_field
from .job_entry import new_job_id
from .job_request import value_or_usual
from .naming import common_words
from .paths import jobs_folder
from .properties import landmark_property, settings_of
from .user_mesh import joined_vertices, read_pieces, selected_meshes, write_pieces
from .wrap_checks import check_place


def wrap_request(context: bpy.types.Context) -> wire.JobRequest:
    """Write the selected meshes for the backend. Raises RequestError with one sentence."""
    objects = selected_meshes(context)
    if not objects:
        raise wire.RequestError("No head to make rig-ready: select a mesh.")
    landmarks = placed_landmarks(context)
    # Its file's name is the job's title, and names the head.
    name = name_of_meshes(context, objects)
    request = wire.JobRequest(
        kind="wrap",
        output="rig",
        mesh=name,
        landmarks=landmarks,
        symmetric=settings_of(context).symmetric,
        quality=settings_of(context).quality,
        texture_px=value_or_usual(context, "texture_px"),
    )
    request.check()  # before anything is written
    pieces = read_pieces(context, objects)
    vertices = joined_vertices(pieces, scene_of(context).unit_settings.scale_length)
    check_place(vertices, np.array(landmarks, np.float32).reshape(-1, 3))
    folder = jobs_folder() / f"{new_job_id()}-mesh"
    try:
        folder.mkdir()
        mesh, picture = write_pieces(pieces, vertices, folder, wire.file_stem(name))
    except OSError as error:
        raise wire.RequestError(
            f"The folder {folder} cannot be written ({error.strerror}); free or unlock it.",
            wire.ErrorCode.JOB_FOLDER,
        ) from error
    return dataclasses.replace(request, mesh=str(mesh), mesh_texture=str(picture or ""))


def name_of_meshes(context: bpy.types.Context, objects: Sequence[bpy.types.Object]) -> str:
    """What several objects have in common in their names, or else the name of the largest: heads beside eyes."""
    active = view_layer_of(context).objects.active
    largest = max(objects, key=lambda item: (item.dimensions.length, item == active))
    return common_words([item.name for item in objects]) or largest.name


def placed_landmarks(context: bpy.types.Context) -> tuple[tuple[float, ...], ...]:
    """Those of LANDMARKS that the user has set, in metres of the field frame."""
    settings = settings_of(context)
    names = [landmark_property(name) for name in wire.LANDMARKS]
    placed = [getattr(settings, name)[:] for name in names if settings.is_property_set(name)]
    if not placed:
        return ()
    scale_length = scene_of(context).unit_settings.scale_length or 1.0
    points = blender_to_field(np.array(placed, np.float32)) * np.float32(scale_length)
    return tuple(tuple(point) for point in points.tolist())

"""From a head in the scene: the same again, others like it, or its look with other words."""

from typing import Any

import bpy
import pytest


@pytest.fixture
def head(session: Any) -> Any:
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.context.scene.headsmith.seed = 9
    bpy.ops.headsmith.generate(wait=True)
    return bpy.context.active_object


def test_the_same_head_is_made_again_from_the_object_alone(head: Any, session: Any) -> None:
    latent = list(head["headsmith_latent"])
    settings = bpy.context.scene.headsmith
    settings.prompt, settings.seed, settings.count, settings.faces = "other words", 1, 3, 700
    bpy.ops.headsmith.remake(use="finish", wait=True)
    again = bpy.context.active_object
    assert again != head
    assert list(again["headsmith_latent"]) == latent
    assert (again["headsmith_prompt"], again["headsmith_seed"]) == ("a man", 9)
    assert session.dispatcher.jobs[-1].request.faces == 700
    assert session.dispatcher.jobs[-1].request.count == 1


def test_variations_start_from_the_heads_latent(head: Any, session: Any) -> None:
    bpy.context.scene.headsmith.count = 2
    bpy.ops.headsmith.remake(use="vary")
    request = session.dispatcher.jobs[-1].request
    assert request.base.use == "vary"
    assert request.base.z == pytest.approx(tuple(head["headsmith_latent"]))
    assert (request.kind, request.count) == ("generate", 2)


def test_the_look_of_a_head_in_the_scene_can_be_locked(head: Any, session: Any) -> None:
    bpy.ops.headsmith.look_lock(source="OBJECT")
    assert bpy.context.scene.headsmith.locked_title == head.name
    bpy.context.scene.headsmith.prompt = "a smiling man"
    bpy.ops.headsmith.generate()
    assert session.dispatcher.jobs[-1].request.base.z == tuple(head["headsmith_latent"])


def test_other_objects_cannot_be_made_again(session: Any) -> None:
    bpy.ops.mesh.primitive_cube_add()
    assert not bpy.ops.headsmith.remake.poll()
    assert not bpy.ops.headsmith.look_lock.poll()

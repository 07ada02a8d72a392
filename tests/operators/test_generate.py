"""Generate: one press makes heads, and what cannot be made is refused in one sentence."""

from pathlib import Path
from typing import Any

import bpy
import pytest

from ..in_blender import texts


def settings() -> Any:
    return bpy.context.scene.headsmith


def heads() -> list[Any]:
    return [item for item in bpy.data.objects if "headsmith_latent" in item]


def test_the_settings_reach_the_backend(session: Any, tmp_path: Path) -> None:
    picture = tmp_path / "style.png"
    picture.write_bytes(b"any")
    values = {
        "prompt": "  a woman ",
        "style_image": str(picture),
        "image_weight": 0.25,
        "seed": 11,
        "count": 2,
        "quality": "high",
        "faces": 5000,
        "texture_px": 512,
        "truncation": 0.5,
        "masks": True,
    }
    for name, value in values.items():
        setattr(settings(), name, value)
    assert bpy.ops.headsmith.generate(wait=True) == {"FINISHED"}
    request = session.dispatcher.jobs[0].result.request
    assert request.kind == "generate"
    assert request.base is None
    for name, value in {**values, "prompt": "a woman"}.items():
        assert getattr(request, name) == value
    assert len(heads()) == 2


def test_generate_returns_at_once_without_wait(session: Any) -> None:
    settings().prompt = "slow"
    assert bpy.ops.headsmith.generate() == {"FINISHED"}
    assert session.dispatcher.jobs[0].state.value == "waiting"
    assert session.is_busy


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"prompt": "   "}, "Nothing to make: write a prompt or choose a picture."),
        (
            {"style_image": "/no/such/picture.png"},
            "style picture /no/such/picture.png does not exist",
        ),
        ({"photo": "/no/such/photo.png"}, "photo /no/such/photo.png does not exist"),
        ({"prompt": "a man", "photo": "//beside.png"}, "relative to a file that was never saved"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    values: dict[str, str], says: str, session: Any
) -> None:
    for name, value in values.items():
        setattr(settings(), name, value)
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.headsmith.generate()
    assert says in str(caught.value)
    assert says in texts(session)[-1]
    assert len(str(caught.value).strip().splitlines()) == 1
    assert session.dispatcher.jobs == []
    assert heads() == []


def test_numbers_out_of_range_cannot_be_entered(session: Any) -> None:
    settings().seed, settings().count, settings().image_weight = 2**31 - 1, 99, 7.0
    assert (settings().count, settings().image_weight) == (16, 1.0)
    settings().seed = -5
    assert settings().seed == 0


def test_waiting_for_a_job_that_fails_raises_its_sentence(session: Any) -> None:
    settings().prompt = "too much memory"
    with pytest.raises(RuntimeError, match="memory ran out"):
        bpy.ops.headsmith.generate(wait=True)
    assert heads() == []


def test_a_random_seed_is_drawn_and_shown(session: Any) -> None:
    settings().prompt, settings().random_seed, settings().seed = "a man", True, 1
    bpy.ops.headsmith.generate()
    bpy.ops.headsmith.generate()
    seeds = [job.request.seed for job in session.dispatcher.jobs]
    assert len({1, *seeds}) == 3
    assert settings().seed == seeds[-1]


def test_the_preferences_give_detail_and_texture_where_the_scene_says_nothing(session: Any) -> None:
    preferences = bpy.context.preferences.addons["bl_ext.user_default.headsmith"].preferences
    preferences.faces, preferences.texture_px = 3000, 256
    scene = bpy.data.scenes.new("Fresh")
    bpy.context.window.scene = scene
    settings().prompt = "a man"
    bpy.ops.headsmith.generate()
    request = session.dispatcher.jobs[0].request
    assert (request.faces, request.texture_px) == (3000, 256)
    settings().faces = 4000
    bpy.ops.headsmith.generate()
    assert session.dispatcher.jobs[1].request.faces == 4000
    preferences.property_unset("faces")
    preferences.property_unset("texture_px")

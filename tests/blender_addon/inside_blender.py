"""What the tests in other Blenders do there: `inside_blender.py SCENARIO ORDER` in that Blender's Python.

ORDER is a JSON file of the host's; what was seen is written beside it as seen.json. Nothing but Blender, NumPy
and the standard library is there.
"""

import json
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any

import bpy  # whose user folder the host has set
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from build_tools.blender_session import (  # noqa: E402
    EXTENSION,
    add_on_module,
    end_process,
    start_blender,
    stop_extension,
)
from tests.blender_addon.fake_layout import Layout, draw  # noqa: E402
from tests.blender_addon.seen_in_blender import Order, Seen  # noqa: E402

TOY_BACKEND = ROOT / "tests" / "blender_addon" / "toy_backend.py"
LIMIT_S = 240.0


def main() -> None:
    sys.excepthook = end_at_once
    scenario, order_file = sys.argv[1], Path(sys.argv[2])
    order = Order(**json.loads(order_file.read_text(encoding="utf-8")))
    start_blender(Path(order.user_resources), backend_python="")
    seen = SCENARIOS[scenario](order)
    stop_extension()
    order_file.with_name("seen.json").write_text(json.dumps(asdict(seen)), encoding="utf-8")
    end_process(0)


def end_at_once(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """An uncaught error must not wait for an orderly end, at which the wheel may hang."""
    traceback.print_exception(kind, error, trace)
    end_process(1)


def press_generate() -> Seen:
    """A press of the button with the preferences of a fresh profile, seen through as Blender's timer would."""
    session_module = add_on_module("blender_addon.session")
    bpy.ops.headsmith.generate()
    session = session_module.session
    job = session.dispatcher.jobs[-1]
    end = time.monotonic() + LIMIT_S
    while session_module._tick() is not None and time.monotonic() < end:
        time.sleep(0.02)
    return Seen(
        blender=bpy.app.version_string,
        state=job.state.value,
        notes=[note.text for note in session.notes],
        is_busy=session.is_busy,
    )


def real_head(order: Order) -> Seen:
    """A head of the real backend, wherever an empty preference finds it."""
    settings = bpy.context.scene.headsmith
    settings.prompt, settings.seed = "an old man with grey hair", 1
    settings.quality, settings.faces, settings.texture_px = "draft", 2000, 256
    seen = press_generate()
    head = bpy.context.view_layer.objects.active
    if seen.state == "done" and head is not None:
        image = albedo_of(head)
        texels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
        image.pixels.foreach_get(texels)
        seen.colour_range = float(np.ptp(texels.reshape(-1, 4)[:, :3]))
        seen.vertices, seen.height_m = len(head.data.vertices), float(head.dimensions.z)
    return seen


def no_backend(order: Order) -> Seen:
    """The same press where nothing is installed; the preferences are drawn as well."""
    bpy.context.scene.headsmith.prompt = "a man"
    seen = press_generate()
    seen.words = draw_preferences()
    return seen


def rig_ready_head(order: Order) -> Seen:
    """A rig-ready head of the toy backend, its jaw opened, all panels drawn over it."""
    session = add_on_module("blender_addon.session").session
    launch = add_on_module("blender_addon.child").Launch(
        python=Path(order.toy_python),
        script=TOY_BACKEND,
        log_file=Path(order.user_resources) / "toy.log",
    )
    session.dispatcher = add_on_module("blender_addon.dispatcher").Dispatcher(lambda: launch)
    settings = bpy.context.scene.headsmith
    settings.prompt, settings.output = "a man with hair", "rig"
    seen = press_generate()
    rig = add_on_module("blender_addon.rig_objects").find_rig(bpy.context.view_layer.objects.active)
    keys = rig.head.data.shape_keys.key_blocks
    seen.vertices, seen.shapes = len(rig.head.data.vertices), len(keys) - 1
    seen.bones = len(rig.armature.data.bones)
    rest = evaluated_points(rig.head)
    keys["jawOpen"].value = 1.0
    seen.moved_by_jaw_m = float(np.abs(evaluated_points(rig.head) - rest).max())
    seen.words = draw_panels() + draw_preferences()
    return seen


def enabled_twice(order: Order) -> Seen:
    """Disabled and enabled two times over; the panels are drawn after each."""
    import addon_utils

    seen = Seen(blender=bpy.app.version_string)
    for _ in range(2):
        addon_utils.disable(EXTENSION, default_set=True)
        seen.left_behind += [name for name in dir(bpy.types) if "headsmith" in name.lower()]
        addon_utils.enable(EXTENSION, default_set=True)
        seen.words += draw_panels() + draw_preferences()
    return seen


def draw_panels() -> list[str]:
    """The words of all panels, drawn onto a layout that takes only what this Blender would take."""
    words = []
    for name in dir(bpy.types):
        if name.startswith("HEADSMITH_PT_"):
            words += draw(name.removeprefix("HEADSMITH_PT_")).words
    return words


def draw_preferences() -> list[str]:
    preferences, layout = bpy.context.preferences.addons[EXTENSION].preferences, Layout()
    owner = SimpleNamespace(layout=layout, bl_rna=preferences.bl_rna, backend_python="")
    add_on_module("blender_addon.preferences").HeadsmithPreferences.draw(owner, bpy.context)
    return layout.words


def albedo_of(head: Any) -> Any:
    """The picture that colours the head's material."""
    nodes = head.active_material.node_tree.nodes
    principled = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    return principled.inputs["Base Color"].links[0].from_node.image


def evaluated_points(item: Any) -> NDArray[np.floating[Any]]:
    """Positions [V,3] with shapes and bones at work, in the object's frame."""
    bpy.context.view_layer.update()
    evaluated = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    flat = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", flat)
    evaluated.to_mesh_clear()
    return flat.reshape(-1, 3)


SCENARIOS: dict[str, Callable[[Order], Seen]] = {
    "real head": real_head,
    "no backend": no_backend,
    "rig-ready head": rig_ready_head,
    "enabled twice": enabled_twice,
}

if __name__ == "__main__":
    main()

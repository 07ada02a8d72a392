"""What is made for one rig-ready head fits every other: order, UVs, names, textures, animation."""

from pathlib import Path
from types import ModuleType
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.lids import nearest_on_line, split_lid

from ..in_blender import part
from .real_rigs import import_rig, make_real_rigs
from .rig_scene import posed, rest, topology

pytestmark = pytest.mark.slow

FRAME = 12
OPEN, CLOSED, TURN = 0.8, 1.0, 0.4  # of the jaw, of an eye; radians of the head


@pytest.fixture(scope="module")
def folders(extension: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_real_rigs(tmp_path_factory.mktemp("rigs"))


@pytest.fixture
def heads(session: Any, folders: tuple[Path, Path]) -> tuple[Any, Any]:
    """A generated head and one that was wrapped onto a mesh."""
    first, second = map(import_rig, folders)
    assert first.head != second.head
    return first, second


def layout(rig: Any) -> dict[str, Any]:
    """All that has to be the same for what is made for one head to fit another."""
    mesh = rig.head.data
    arrays = {}
    for name, data, attribute, kind, width in (
        ("corners", mesh.loops, "vertex_index", np.int32, 1),
        ("sizes", mesh.polygons, "loop_total", np.int32, 1),
        ("slots", mesh.polygons, "material_index", np.int32, 1),
        ("uvs", mesh.uv_layers[0].uv, "vector", np.float32, 2),
    ):
        arrays[name] = np.empty(width * len(data), kind)
        data.foreach_get(attribute, arrays[name])
    return {
        "vertices": len(mesh.vertices),
        "layers": [layer.name for layer in mesh.uv_layers],
        "shapes": [key.name for key in mesh.shape_keys.key_blocks],
        "groups": [group.name for group in rig.head.vertex_groups],
        "bones": [(b.name, b.parent and b.parent.name) for b in rig.armature.data.bones],
        "arrays": {name: array.tolist() for name, array in arrays.items()},
    }


def test_two_heads_have_one_layout_and_two_shapes(heads: tuple[Any, Any]) -> None:
    first, second = heads
    assert layout(first) == layout(second)
    own = [rest(rig.head) - rest(rig.head).mean(axis=0) for rig in heads]
    assert np.linalg.norm(own[0] - own[1], axis=1).mean() > 0.002


def test_the_hair_of_a_mesh_is_an_object_on_the_head_bone(heads: tuple[Any, Any]) -> None:
    bald, haired = heads
    assert bald.parts == ()
    (hair,) = haired.parts
    assert hair.parent == haired.armature
    assert [group.name for group in hair.vertex_groups] == ["head"]
    top = max((hair.matrix_world @ vertex.co).z for vertex in hair.data.vertices)
    skull = max((haired.head.matrix_world @ vertex.co).z for vertex in haired.head.data.vertices)
    assert 0.0 < top - skull < 0.05  # metres


def color_at(rig: Any, vertices: NDArray[np.integer[Any]]) -> NDArray[np.floating[Any]]:
    """What the base colour of the skin's material shows at vertices, by their UVs: the median [3], 0..1."""
    mesh = rig.head.data
    texture = mesh.materials[0].node_tree.nodes.active
    width, height = texture.image.size
    pixels = np.array(texture.image.pixels[:]).reshape(height, width, -1)
    uvs, corners = (np.empty(n * len(mesh.loops), t) for n, t in ((2, np.float32), (1, np.int32)))
    mesh.uv_layers[0].uv.foreach_get("vector", uvs)
    mesh.loops.foreach_get("vertex_index", corners)
    u, v = uvs.reshape(-1, 2)[np.isin(corners, vertices)].T
    return np.median(pixels[(v * height).astype(int), (u * width).astype(int), :3], axis=0)


def test_the_texture_of_one_head_lies_right_on_the_other(heads: tuple[Any, Any]) -> None:
    first, second = heads
    place, outer = topology().vertices, topology().is_outer_skin
    forehead = np.flatnonzero(outer & (place[:, 1] > 0.03) & (place[:, 2] > 0.0))
    lips = topology().lip
    plain = color_at(second, lips)
    for slot, material in enumerate(first.head.data.materials):
        second.head.data.materials[slot] = material
    assert color_at(second, lips) == pytest.approx(color_at(first, lips), abs=1e-6)
    assert np.abs(color_at(second, lips) - plain).max() > 0.02
    # Lips are redder than the skin around them: less green to the red.
    mouth, skin = color_at(second, lips), color_at(second, forehead)
    assert mouth[1] / mouth[0] < skin[1] / skin[0] - 0.02


def animate(rig: Any) -> tuple[Any, Any]:
    """The actions of a head's shapes and of its bones: at rest first, then jaw, one eye and neck moved."""
    keys, bone = rig.head.data.shape_keys, rig.armature.pose.bones["head"]
    for frame, share in ((1, 0.0), (FRAME, 1.0)):
        for name, value in (("jawOpen", OPEN), ("eyeBlinkLeft", CLOSED)):
            keys.key_blocks[name].value = value * share
            keys.key_blocks[name].keyframe_insert("value", frame=frame)
        bone.rotation_euler.x = TURN * share
        bone.keyframe_insert("rotation_euler", frame=frame)
    return keys.animation_data.action, rig.armature.animation_data.action


def give(action: Any, owner: Any) -> None:
    """Let an action move another data-block."""
    owner.animation_data_create().action = action
    if hasattr(owner.animation_data, "action_slot"):  # since Blender 4.4
        (owner.animation_data.action_slot,) = owner.animation_data.action_suitable_slots


def in_head_bone(rig: Any) -> NDArray[np.floating[Any]]:
    """The posed head [V,3] as its head bone sees it, so that the bone's turn does not count."""
    bpy.context.view_layer.update()
    bone = rig.armature.pose.bones["head"]
    back = np.array((rig.armature.matrix_world @ bone.matrix).inverted())
    return posed(rig.head) @ back[:3, :3].T + back[:3, 3]


def moved(rig: Any) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """The head [V,3] at rest and at the end of its animation, by its head bone."""
    found = []
    for frame in (1, FRAME):
        bpy.context.scene.frame_set(frame)
        found.append(in_head_bone(rig))
    return found[0], found[1]


def opening(points: NDArray[np.floating[Any]]) -> float:
    """Metres between the middles of the left lid's margins."""
    upper, lower = (
        points[half].astype(float) for half in split_lid(topology(), topology().lid_left)
    )
    return float(np.linalg.norm(nearest_on_line(upper, lower) - upper, axis=1).max())


def test_an_action_for_one_head_moves_the_other_alike(heads: tuple[Any, Any]) -> None:
    first, second = heads
    shapes, bones = animate(first)
    still = posed(second.head)
    bpy.context.scene.frame_set(FRAME)
    assert posed(second.head) == pytest.approx(still, abs=1e-6)
    give(shapes, second.head.data.shape_keys)
    give(bones, second.armature)
    lower_lip = split_lid(topology(), topology().lip)[1]
    drops = []
    for rig in heads:
        before, after = moved(rig)
        drops.append(np.linalg.norm((after - before)[lower_lip], axis=1).mean())
        assert opening(before) > 0.004
        assert opening(after) < 0.001
    assert drops[0] > 0.012
    assert drops[1] == pytest.approx(drops[0], rel=0.3)
    assert second.armature.pose.bones["head"].rotation_euler.x == pytest.approx(TURN)


def vertex_uvs(rig: Any) -> NDArray[np.floating[Any]]:
    """[V,2] of a mesh that has a vertex for each UV."""
    mesh = rig.head.data
    corners, uvs = np.empty(len(mesh.loops), np.int32), np.empty(2 * len(mesh.loops), np.float32)
    mesh.loops.foreach_get("vertex_index", corners)
    mesh.uv_layers[0].uv.foreach_get("vector", uvs)
    found = np.zeros((len(mesh.vertices), 2), np.float32)
    found[corners] = uvs.reshape(-1, 2)
    return found


def through_glb(rig: Any, folder: Path) -> Path:
    bpy.context.view_layer.objects.active = rig.head
    path = folder / f"{rig.head.name}.glb"
    assert bpy.ops.headsmith.export_head(filepath=str(path), format="GLB") == {"FINISHED"}
    return path


def read_glb(path: Path) -> Any:
    bpy.ops.import_scene.gltf(filepath=str(path))
    (armature,) = (item for item in bpy.context.selected_objects if item.type == "ARMATURE")
    armature.pose.bones["head"].rotation_mode = "XYZ"
    meshes = [item for item in armature.children if item.type == "MESH"]
    return part("rig_objects").RigObjects(armature, meshes[0], ())


def test_heads_that_went_through_glb_fit_each_other_as_well(
    heads: tuple[Any, Any], tmp_path: Path
) -> None:
    paths = [through_glb(rig, tmp_path) for rig in heads]
    bpy.ops.wm.read_homefile(use_empty=True)
    first, second = map(read_glb, paths)
    # The exporter cuts a bent quad along the one or the other diagonal; vertices stay the same.
    names, others = ({**layout(rig), "arrays": None} for rig in (first, second))
    assert names == others
    assert (vertex_uvs(first) == vertex_uvs(second)).all()
    shapes, bones = animate(first)
    give(shapes, second.head.data.shape_keys)
    give(bones, second.armature)
    moves = [np.subtract(*reversed(moved(rig))) for rig in (first, second)]
    lengths = [np.linalg.norm(move, axis=1) for move in moves]
    far = lengths[0] > 0.01
    assert far.sum() > 100
    assert lengths[1][far].mean() == pytest.approx(lengths[0][far].mean(), rel=0.3)
    along = (moves[0][far] * moves[1][far]).sum(axis=1) / (lengths[0] * lengths[1])[far]
    assert np.median(along) > 0.9
    assert np.corrcoef(lengths)[0, 1] > 0.9

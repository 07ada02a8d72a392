"""The names that both sides share are complete, and bones come after their parents."""

from backend.wire.rig_names import (
    ARKIT_SHAPES,
    BONES,
    LANDMARKS,
    PARENTS,
)


def test_there_are_52_shapes_each_once() -> None:
    assert len(set(ARKIT_SHAPES)) == len(ARKIT_SHAPES) == 52


def test_sided_shapes_have_a_twin() -> None:
    for name in ARKIT_SHAPES:
        if name.endswith("Left"):
            assert name.removesuffix("Left") + "Right" in ARKIT_SHAPES


def test_parents_come_before_their_children() -> None:
    assert len(PARENTS) == len(BONES)
    assert all(parent < index for index, parent in enumerate(PARENTS))
    assert PARENTS.count(-1) == 1


def test_landmarks_are_five() -> None:
    assert len(set(LANDMARKS)) == 5

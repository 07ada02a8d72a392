"""The coder between dataclasses and JSON: every kind of field, and errors that name the place."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

import pytest

from backend.wire.json_coding import CodingError, from_json, from_json_text, to_json


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Leaf:
    weight: float
    name: str = "leaf"


@dataclass(frozen=True)
class Stone:
    grams: int


@dataclass(frozen=True)
class Everything:
    flag: bool
    count: int
    share: float
    mode: Literal["fast", "exact", 2]
    colour: Colour
    either: int | str
    thing: Leaf | Stone
    maybe: Leaf | None
    run: tuple[Leaf, ...]
    pair: tuple[str, int]
    points: tuple[tuple[float, float], ...]
    by_name: dict[str, Leaf]
    by_colour: dict[Colour, tuple[int, ...]]
    words: frozenset[str]
    free: dict[str, Any]
    kept: int = field(default=3, metadata={"json": "former name"})


@dataclass(frozen=True)
class Tree:
    branches: tuple[Tree, ...] = ()


VALUE = Everything(
    flag=True,
    count=-7,
    share=0.25,
    mode=2,
    colour=Colour.BLUE,
    either="seven",
    thing=Stone(12),
    maybe=None,
    run=(Leaf(1.5), Leaf(2.0, "oak")),
    pair=("a", 1),
    points=((0.0, 1.0), (2.0, 3.5)),
    by_name={"x": Leaf(4.0)},
    by_colour={Colour.RED: (1, 2)},
    words=frozenset({"b", "a"}),
    free={"deep": [1, {"as": None}]},
    kept=9,
)


def data_of_value() -> dict[str, Any]:
    """VALUE as a JSON text gives it."""
    data: dict[str, Any] = json.loads(json.dumps(to_json(VALUE)))
    return data


def test_every_kind_of_field_comes_back_equal_and_of_its_type() -> None:
    read = from_json(Everything, data_of_value(), unknown="refuse")
    assert read == VALUE
    assert [type(item) for item in (read.mode, read.share, read.words)] == [int, float, frozenset]


def test_a_field_has_the_name_in_json_that_it_asks_for() -> None:
    data = data_of_value()
    assert data["former name"] == 9
    assert "kept" not in data
    with pytest.raises(CodingError, match=r"Everything has unknown keys \['kept'\]"):
        from_json(Everything, data | {"kept": 1}, unknown="refuse")
    assert from_json(Everything, data | {"kept": 1}).kept == 9


def test_sets_are_written_in_order() -> None:
    assert data_of_value()["words"] == ["a", "b"]


def test_a_whole_number_may_stand_for_a_float() -> None:
    read = from_json(Leaf, {"weight": 2})
    assert (read, type(read.weight)) == (Leaf(2.0), float)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"flag": 1}, "Everything.flag cannot be 1."),
        ({"count": True}, "Everything.count cannot be True."),
        ({"count": 7.0}, "Everything.count cannot be 7.0."),
        ({"share": float("nan")}, "Everything.share cannot be nan."),
        ({"share": float("-inf")}, "Everything.share cannot be -inf."),
        ({"share": 10**400}, "Everything.share cannot be 1000"),
        ({"mode": True}, "Everything.mode is True; it must be one of ['fast', 'exact', 2]."),
        ({"mode": []}, "Everything.mode is []; it must be one of"),
        ({"colour": "RED"}, "Everything.colour is 'RED'; it must be one of ['red', 'blue']."),
        ({"either": 1.5}, "Everything.either cannot be 1.5."),
        ({"thing": {"litres": 1}}, "Everything.thing cannot be {'litres': 1}."),
        ({"maybe": {"weight": "x"}}, "Everything.maybe.weight cannot be 'x'."),
        ({"run": [{"weight": 1}, {}]}, "Everything.run[1].weight is missing."),
        ({"run": "ab"}, "Everything.run cannot be 'ab'."),
        ({"pair": ["a"]}, "Everything.pair cannot be ['a']."),
        ({"pair": ["a", "b"]}, "Everything.pair[1] cannot be 'b'."),
        ({"points": [[0, 1], [2, None]]}, "Everything.points[1][1] cannot be None."),
        ({"by_name": {"x": 3}}, "Everything.by_name.x must be an object, not 3."),
        ({"by_name": []}, "Everything.by_name must be an object, not []."),
        ({"by_colour": {"green": []}}, "Everything.by_colour, key is 'green'; it must be one of"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_by_the_name_of_its_place(
    changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(CodingError) as caught:
        from_json(Everything, data_of_value() | changed)
    assert str(caught.value).startswith(message)
    assert len(str(caught.value)) < 200


def test_unknown_fields_are_ignored_or_refused_at_every_depth() -> None:
    data = data_of_value()
    data["run"][1]["age"] = 3
    assert from_json(Everything, data) == VALUE
    with pytest.raises(
        CodingError, match=r"run\[1\] has unknown keys \['age'\]; known are weight, name"
    ):
        from_json(Everything, data, unknown="refuse")


def test_what_is_no_object_is_refused() -> None:
    no_objects: tuple[object, ...] = (None, [], "x", 3)
    for data in no_objects:
        with pytest.raises(CodingError, match="Leaf must be an object"):
            from_json(Leaf, data)


def test_no_depth_of_data_ends_in_a_recursion_error() -> None:
    """Neither in the reading of what may hold itself, nor in the writing of the message about it."""
    tree: dict[str, Any] = {}
    nest: list[Any] = []
    for _ in range(100_000):
        tree, nest = {"branches": [tree]}, [nest]
    with pytest.raises(CodingError, match="Tree is nested too deeply"):
        from_json(Tree, tree)
    with pytest.raises(CodingError, match=r"Leaf.weight cannot be \[\[\["):
        from_json(Leaf, {"weight": nest})
    with pytest.raises(CodingError, match="Leaf is not written as JSON"):
        from_json_text(Leaf, "[" * 100_000)


def test_a_tree_comes_back_from_its_text() -> None:
    tree = Tree((Tree(), Tree((Tree(),))))
    assert from_json_text(Tree, json.dumps(to_json(tree)).encode(), unknown="refuse") == tree


@pytest.mark.parametrize("text", ["", "{", "{'weight': 1}", b"\xff\xfe\xff"])
def test_what_is_no_json_is_named(text: str | bytes) -> None:
    with pytest.raises(CodingError, match="Leaf is not written as JSON"):
        from_json_text(Leaf, text)

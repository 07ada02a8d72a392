"""Frozen dataclasses to plain JSON types and back, every field checked against its annotation.

A field whose name in the JSON differs from its name in code says so: `field(metadata={"json": "name"})`. One whose
list may come from elsewhere says how long it may be: `field(metadata={"most": 16})`. One whose texts are shown to
people says `field(metadata={"line": True})`: they are cleaned by `texts.one_line`.
Standard library only, Python 3.11 and later: Blender imports it too.
"""

from __future__ import annotations

import dataclasses
import json
import math
from enum import Enum
from functools import cache
from reprlib import repr as short_repr  # cuts what is long and what is deep
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from .texts import one_line

Record = TypeVar("Record")
# What to do with a field that the dataclass does not have: "ignore" lets the other side be newer.
Unknown = Literal["ignore", "refuse"]
_SCALARS = (bool, int, float, str)


class CodingError(ValueError):
    """Data that does not fit its dataclass; the text names the field."""


def to_json(value: Any) -> Any:
    """Plain JSON types of a dataclass, or of what one may hold."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_json(getattr(value, item.name)) for name, item, _ in _fields(type(value))}
    if isinstance(value, dict):
        return {to_json(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (frozenset, set)):
        return sorted(to_json(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return value


def from_json(kind: type[Record], data: object, unknown: Unknown = "ignore") -> Record:
    """The dataclass `kind` from plain JSON types.

    Raises CodingError, which names the place from `kind` on, for fields that are missing, wrong or, if
    `unknown` is "refuse", unknown; and whatever the dataclass's own checks raise.
    """
    try:
        return cast(Record, _Reader(unknown).record(kind, data, kind.__name__))
    except RecursionError:
        raise CodingError(f"{kind.__name__} is nested too deeply.") from None


def from_json_text(kind: type[Record], text: str | bytes, unknown: Unknown = "ignore") -> Record:
    """The dataclass `kind` from the text of a JSON object; raises as `from_json`, also for what is no JSON."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CodingError(f"{kind.__name__} is not written as JSON ({error}).") from error
    return from_json(kind, data, unknown)


@cache
def _fields(kind: Any) -> tuple[tuple[str, dataclasses.Field[Any], Any], ...]:
    """Of every field of a dataclass its name in JSON, itself, and its annotation."""
    hints = get_type_hints(kind)
    return tuple(
        (item.metadata.get("json", item.name), item, hints[item.name])
        for item in dataclasses.fields(kind)
        if item.init
    )


@dataclasses.dataclass(frozen=True)
class _Reader:
    """Reads values by their annotations; `where` is the place that errors name."""

    unknown: Unknown

    def record(self, kind: Any, data: object, where: str) -> Any:
        if not isinstance(data, dict):
            raise CodingError(f"{where} must be an object, not {short_repr(data)}.")
        values = {}
        for name, item, hint in _fields(kind):
            if name in data:
                _check_length(item.metadata.get("most"), data[name], f"{where}.{name}")
                value = self.value(hint, data[name], f"{where}.{name}")
                values[item.name] = _cleaned(value) if "line" in item.metadata else value
            elif item.default is item.default_factory is dataclasses.MISSING:
                raise CodingError(f"{where}.{name} is missing.")
        known = [name for name, _, _ in _fields(kind)]
        surplus = [name for name in data if name not in known]
        if surplus and self.unknown == "refuse":
            raise CodingError(
                f"{where} has unknown keys {short_repr(surplus)}; known are {', '.join(known)}."
            )
        return kind(**values)

    def value(self, hint: Any, data: object, where: str) -> Any:
        if hint is Any:
            return data
        if dataclasses.is_dataclass(hint):
            return self.record(hint, data, where)
        origin = get_origin(hint)
        if origin is Literal:
            return _choice(get_args(hint), data, where)
        if origin in (Union, UnionType):
            return self._one_of(get_args(hint), data, where)
        if origin in (tuple, frozenset):
            return self._items(hint, data, where)
        if origin is dict:
            return self._entries(hint, data, where)
        return _scalar(hint, data, where)

    def _one_of(self, kinds: tuple[Any, ...], data: object, where: str) -> Any:
        """The first of the kinds that fits; of one beside None its own error is the clearest."""
        if data is None and NoneType in kinds:
            return None
        kinds = tuple(kind for kind in kinds if kind is not NoneType)
        if len(kinds) == 1:
            return self.value(kinds[0], data, where)
        for kind in kinds:
            try:
                return self.value(kind, data, where)
            except CodingError:
                continue
        raise _wrong(where, data)

    def _items(self, hint: Any, data: object, where: str) -> Any:
        kinds = get_args(hint)
        if not isinstance(data, (list, tuple)):
            raise _wrong(where, data)
        if get_origin(hint) is frozenset or kinds[-1] is Ellipsis:
            kinds = (kinds[0],) * len(data)
        if len(kinds) != len(data):
            raise _wrong(where, data)
        return get_origin(hint)(
            self.value(kind, item, f"{where}[{i}]")
            for i, (kind, item) in enumerate(zip(kinds, data, strict=True))
        )

    def _entries(self, hint: Any, data: object, where: str) -> dict[Any, Any]:
        of_key, of_item = get_args(hint)
        if not isinstance(data, dict):
            raise CodingError(f"{where} must be an object, not {short_repr(data)}.")
        return {
            self.value(of_key, key, f"{where}, key"): self.value(of_item, item, f"{where}.{key}")
            for key, item in data.items()
        }


def _check_length(most: int | None, data: object, where: str) -> None:
    """Before any item is read: two million numbers take seconds."""
    if most is not None and isinstance(data, (list, tuple)) and len(data) > most:
        raise CodingError(f"{where} has {len(data)} items; expected are at most {most}.")


def _cleaned(value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else tuple(one_line(text) for text in value)


def _choice(choices: tuple[Any, ...], data: object, where: str) -> Any:
    for choice in choices:
        if type(choice) is type(data) and choice == data:
            return choice
    raise CodingError(f"{where} is {short_repr(data)}; it must be one of {list(choices)}.")


def _scalar(hint: Any, data: object, where: str) -> Any:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(_choice(tuple(item.value for item in hint), data, where))
    if hint not in _SCALARS:
        raise TypeError(f"{where} has the annotation {hint}, which no JSON is read for.")
    if hint is float and type(data) in (int, float):
        return _finite(cast(float, data), where)
    if type(data) is not hint:  # bool is no int here
        raise _wrong(where, data)
    return data


def _finite(data: float, where: str) -> float:
    try:
        number = float(data)
    except OverflowError:
        raise _wrong(where, data) from None
    if not math.isfinite(number):  # which json.loads accepts
        raise _wrong(where, data)
    return number


def _wrong(where: str, data: object) -> CodingError:
    return CodingError(f"{where} cannot be {short_repr(data)}.")

"""Frozen dataclasses to plain JSON types and back, every field checked against its annotation.

Standard library only, Python 3.11 and later: Blender imports it too.
"""

from __future__ import annotations

import dataclasses
from enum import Enum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


class CodingError(ValueError):
    """Data that does not fit its dataclass; the text names the field."""


def to_json(value: Any) -> Any:
    """Plain JSON types of a dataclass."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return value


def from_json(kind: Any, data: Any) -> Any:
    """The dataclass `kind` from plain JSON types; ignores unknown fields, so a side may add some."""
    if not isinstance(data, dict):
        raise CodingError(f"{kind.__name__} must be an object, not {str(data)[:80]!r}.")
    hints = get_type_hints(kind)
    values = {}
    for item in dataclasses.fields(kind):
        where = f"{kind.__name__}.{item.name}"
        if item.name in data:
            values[item.name] = _value(hints[item.name], data[item.name], where)
        elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            raise CodingError(f"{where} is missing.")
    return kind(**values)


def _value(hint: Any, data: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin is Literal:
        if data not in get_args(hint):
            raise _wrong(where, data)
        return data
    if origin in (Union, UnionType):
        if data is None:
            return None
        return _value(next(arg for arg in get_args(hint) if arg is not type(None)), data, where)
    if origin is tuple:
        if not isinstance(data, list):
            raise _wrong(where, data)
        return tuple(_value(get_args(hint)[0], item, where) for item in data)
    if dataclasses.is_dataclass(hint):
        return from_json(hint, data)
    return _scalar(hint, data, where)


def _scalar(hint: Any, data: Any, where: str) -> Any:
    if isinstance(hint, type) and issubclass(hint, Enum):
        try:
            return hint(data)
        except ValueError:
            raise _wrong(where, data) from None
    if hint is float and isinstance(data, (int, float)) and not isinstance(data, bool):
        return _finite(data, where)
    if (hint is int and isinstance(data, bool)) or not isinstance(data, hint):
        raise _wrong(where, data)
    return data


def _finite(data: float, where: str) -> float:
    try:
        number = float(data)
    except OverflowError:
        raise _wrong(where, data) from None
    if number - number != 0.0:  # infinite or not a number, which json.loads accepts
        raise _wrong(where, data)
    return number


def _wrong(where: str, data: Any) -> CodingError:
    return CodingError(f"{where} cannot be {str(data)[:80]!r}.")

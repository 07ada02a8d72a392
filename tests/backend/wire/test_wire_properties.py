"""The wire, tried with made-up messages, bytes and conversations."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from backend import wire
from backend.process.jobs import Job
from backend.process.server import Emit, Server
from backend.wire.requests import ErrorCode, JobRequest, RequestError
from backend.wire.results import JobResult
from backend.wire.texts import one_line

# The same examples each time: a test that fails now and then helps nobody.
tried = settings(
    max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
MESSAGE_TYPES = get_args(wire.Message)
TEXT = st.text(max_size=30)
SCALARS: dict[object, st.SearchStrategy[Any]] = {
    str: TEXT,  # with lone surrogates and line breaks
    int: st.integers(-(2**40), 2**40),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
}
# Of what is cleaned when it is read, so that only clean texts come back equal.
CLEAN: dict[object, st.SearchStrategy[Any]] = {
    str: TEXT.map(one_line),
    tuple[str, ...]: st.lists(TEXT.map(one_line), max_size=3).map(tuple),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """What a field of this annotation may hold."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, UnionType):
        kinds = [st.none() if kind is type(None) else values(kind) for kind in arguments]
        return st.one_of(kinds)
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if is_dataclass(hint) and isinstance(hint, type):
        return records(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    return SCALARS[hint]


def records(kind: type) -> st.SearchStrategy[Any]:
    """Objects of a dataclass with anything in its fields."""
    hints = get_type_hints(kind)
    made = {
        field.name: CLEAN[hints[field.name]]
        if "line" in field.metadata
        else values(hints[field.name])
        for field in fields(kind)
    }
    if kind is wire.Hello:
        made["protocol"] = st.just(wire.PROTOCOL_VERSION)
    return st.builds(kind, **made)


MESSAGES = st.one_of([records(kind) for kind in MESSAGE_TYPES])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def misshapen(draw: st.DrawFn) -> bytes:
    """A message in which one value became another, cut or with foreign bytes in it."""
    data = json.loads(wire.encode(draw(MESSAGES)))
    place = data
    while True:
        key = draw(st.sampled_from(sorted(place)))
        inner = place[key]
        if not isinstance(inner, dict) or not inner or draw(st.booleans()):
            break
        place = inner
    place[key] = draw(JSON)
    line = json.dumps(data).encode()
    start = draw(st.integers(0, len(line)))
    end = draw(st.just(start) | st.integers(start, len(line)))
    return line[:start] + draw(st.just(b"") | st.binary(max_size=5)) + line[end:]


@tried
@given(MESSAGES)
def test_any_message_is_one_line_and_comes_back_equal(message: wire.Message) -> None:
    line = wire.encode(message)
    assert line.index(b"\n") == len(line) - 1
    assert wire.decode(line) == message


@pytest.mark.parametrize("kind", [JobRequest, JobResult])
def test_any_request_and_result_comes_back_equal(kind: type) -> None:
    @tried
    @given(records(kind))
    def check(record: object) -> None:
        assert wire.from_json(kind, json.loads(json.dumps(wire.to_json(record)))) == record

    check()


@tried
@given(records(JobRequest))
def test_checking_a_request_raises_nothing_but_its_own_error(request_: JobRequest) -> None:
    refused_with_a_sentence(request_.check)


@tried
@given(st.binary(max_size=200) | JSON.map(lambda data: json.dumps(data).encode()) | misshapen())
def test_any_bytes_are_a_message_or_a_protocol_error(line: bytes) -> None:
    refused_with_a_sentence(lambda: wire.decode(line))


def refused_with_a_sentence(act: Callable[[], object]) -> None:
    try:
        act()
    except RequestError as error:
        assert 0 < len(error.user_text) < 600
        assert isinstance(error.code, ErrorCode)


class Worker:
    """Does nothing, at once."""

    def run(self, job: Job, emit: Emit) -> JobResult:
        return JobResult(job.request)

    def release(self) -> None:
        pass


LINES = st.lists(
    st.one_of(
        misshapen(),
        st.binary(max_size=60).map(lambda data: data.replace(b"\n", b" ")),
        st.sampled_from(["a", "b", "é"]).flatmap(
            lambda job: st.sampled_from(["{folder}", "relative", "/missing"]).map(
                lambda folder: wire.encode(wire.Submit(job, folder, JobRequest(prompt="x")))[:-1]
            )
        ),
    ),
    max_size=6,
)


@settings(tried, max_examples=40)
@given(LINES)
def test_any_conversation_is_answered_until_it_ends(lines: list[bytes]) -> None:
    """Every line gets an answer or is one of those that need none, and a last ping still its pong."""
    shutdown = wire.encode(wire.Shutdown())[:-1]
    lines = [line for line in lines if not is_kind(line, wire.Shutdown)]
    with tempfile.TemporaryDirectory() as folder:
        named = [line.replace(b"{folder}", folder.encode()) for line in lines]
        hello, ping = wire.encode(wire.Hello())[:-1], wire.encode(wire.Ping(2**50))[:-1]
        source = io.BytesIO(b"\n".join([hello, *named, ping, shutdown, b""]))
        sink = io.BytesIO()
        Server(source, sink, lambda settings: Worker(), lambda: None).serve()
        left = [path.name for path in Path(folder).iterdir()]
    answers = [wire.decode(line) for line in sink.getvalue().splitlines()]
    assert isinstance(answers[0], wire.Hello)
    assert wire.Pong(2**50) in answers
    needless = sum(is_kind(line, wire.Cancel) for line in named)
    assert len(answers) >= 2 + len(named) - needless
    assert set(left) <= {"result.json"}


def is_kind(line: bytes, kind: type) -> bool:
    try:
        return isinstance(wire.decode(line), kind)
    except RequestError:
        return False

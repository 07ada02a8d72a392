"""The wire: every message survives the journey, and nothing else gets through."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from backend import wire
from backend.wire.requests import (
    ErrorCode,
    JobRequest,
    LatentBase,
    RequestError,
)

REQUEST = JobRequest(
    kind="explore",
    prompt="an old woman, café ☕",
    style_image="/pictures/a b.png",
    seed=wire.MAX_SEED,
    count=3,
    quality="high",
    base=LatentBase((0.25, -1.5), "vary", 0.5),
)
PROVENANCE = wire.Provenance("a man", 1, "starter", "00ff", "CC0-1.0")
SCULPT = wire.SculptResult(
    mesh="head/mesh.npz",
    albedo="head/albedo.png",
    glb="head/head.glb",
    figures=wire.MeshFigures(10, 16, True, 1, 0, 0.25),
    uv=wire.UvFigures(0.7, 1024),
    normal="head/normal.png",
    roughness="head/roughness.png",
    masks=(wire.MaskFile("lips", "head/masks/lips.png"),),
)
HEAD = wire.HeadResult(
    name="a man",
    stages=(wire.StageFigure("guide", 1.5, 300.0),),
    provenance=PROVENANCE,
    sculpt=SCULPT,
    preview="head/preview.png",
    z=(0.5,),
    seed=1,
    text_similarity=0.3,
)
MESSAGES = (
    wire.Hello(parent_pid=12, device="cpu"),
    wire.Submit("job-1", "/folder", REQUEST),
    wire.Cancel("job-1"),
    wire.Ping(7),
    wire.Shutdown(),
    wire.Accepted("job-1", 2),
    wire.Progress("job-1", "extract", 0.5, -1.0, "Head 1 of 3"),
    wire.Preview("job-1", "preview.png", 1),
    wire.Notice("job-1", "not understood: zorp"),
    wire.Candidate("job-1", 3, "candidate_3.png", (0.1, 0.2)),
    wire.Result("job-1"),
    wire.Failure("", ErrorCode.VERSION, "Install the same version.", retryable=True),
    wire.Cancelled("job-1"),
    wire.Pong(7),
)


def test_the_examples_cover_every_message() -> None:
    assert {type(message) for message in MESSAGES} == set(get_args(wire.Message))


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_is_one_line_and_comes_back_equal(message: wire.Message) -> None:
    line = wire.encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert wire.decode(line) == message


def test_a_result_without_the_further_maps_is_read() -> None:
    data = wire.to_json(SCULPT)
    for name in ("normal", "roughness", "masks"):
        del data[name]
    sculpt = wire.from_json(wire.SculptResult, data)
    assert (sculpt.normal, sculpt.roughness, sculpt.masks) == ("", "", ())
    assert sculpt.albedo == SCULPT.albedo


def test_a_job_result_comes_back_equal() -> None:
    result = wire.JobResult(
        REQUEST, (HEAD,), (wire.CandidateResult("c.png", (1.0,)),), ("n",), ("f",), 3.5
    )
    text = json.dumps(wire.to_json(result))
    assert wire.from_json(wire.JobResult, json.loads(text)) == result


def test_fields_that_are_left_out_get_their_defaults() -> None:
    assert wire.from_json(JobRequest, {"prompt": "a man"}) == JobRequest(prompt="a man")


def test_unknown_fields_are_ignored() -> None:
    assert wire.decode(b'{"type": "ping", "token": 3, "mood": "good"}') == wire.Ping(3)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello",
        b"[]",
        b"null",
        b"{}",
        b'{"type": "party"}',
        b'{"type": []}',
        b'{"type": "ping", "token": "seven"}',
        b'{"type": "ping", "token": true}',
        b'{"type": "cancel"}',
        b'{"type": "submit", "job": "a", "folder": "/f", "request": 3}',
        b'{"type": "submit", "job": "a", "folder": "/f", "request": {"quality": "best"}}',
        b'{"type": "submit", "job": "a", "folder": "/f", "request": {"image_weight": NaN}}',
        b'{"type": "submit", "job": "a", "folder": "/f", "request": {"image_weight": 1e999}}',
        b'{"type": "candidate", "job": "a", "index": 0, "path": "p", "z": 1}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"type": "notice", "job": "a", "text": "' + b"x" * wire.MAX_LINE_BYTES + b'"}',
    ],
    ids=range(18),
)
def test_what_is_no_message_is_a_protocol_error(line: bytes) -> None:
    with pytest.raises(RequestError) as caught:
        wire.decode(line)
    assert caught.value.code is ErrorCode.PROTOCOL
    assert len(caught.value.user_text) < 300


def test_the_hello_of_another_protocol_is_a_version_error_whatever_else_it_holds() -> None:
    with pytest.raises(RequestError, match="same version") as caught:
        wire.decode(b'{"type": "hello", "protocol": 1, "device": {"cuda": 1}}')
    assert caught.value.code is ErrorCode.VERSION


def test_numbers_that_json_lacks_are_never_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        wire.encode(wire.Progress("job-1", "guide", float("nan"), 0.0))


def test_a_path_inside_the_job_folder_is_joined() -> None:
    assert wire.job_path("/jobs/1/", "head/albedo.png") == "/jobs/1/head/albedo.png"


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../a", "a/../../b", "C:/a", "a\\b", "a\0", "."]
)
def test_a_path_that_leaves_the_job_folder_is_refused(path: str) -> None:
    with pytest.raises(RequestError):
        wire.job_path("/jobs/1", path)

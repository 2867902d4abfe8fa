"""Ranges of files, and files that grow while they are sent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")

from starlette.responses import StreamingResponse

from narrowcast.receiver.web.file_range import FileRange, file_answer, parse_range


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("bytes=0-", 0, 100),
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=90-500", 90, 100),
        ("bytes=-10", 90, 100),
        ("bytes=-500", 0, 100),
        ("bytes=100-", 100, 100),
        ("bytes=500-600", 500, 500),
    ],
)
def test_a_range_lies_within_the_file(text: str, first: int, end: int) -> None:
    assert parse_range(text, 100) == FileRange(first=first, end=end)


@pytest.mark.parametrize(
    "text",
    [None, "", "bytes=-", "bytes=5-4", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b", "bytes=" + "9" * 40 + "-"],
)
def test_what_is_no_single_range_gets_the_whole_file(text: str | None) -> None:
    assert parse_range(text, 100) is None


def content(answer: StreamingResponse) -> bytes:
    async def collect() -> bytes:
        return b"".join([cast(bytes, chunk) async for chunk in answer.body_iterator])

    return asyncio.run(collect())


def test_what_a_file_gains_while_it_is_sent_is_left_for_the_next_request(tmp_path: Path) -> None:
    path = tmp_path / "ä.ncast"
    path.write_bytes(b"x" * 200_000)
    answer = file_answer(path, asked=None, media_type="video/mp4", headers={"A": "b"}, download=True)
    assert isinstance(answer, StreamingResponse)
    with path.open("ab") as file:
        file.write(b"y" * 1000)
    assert content(answer) == b"x" * 200_000 and answer.headers["content-length"] == "200000"
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''%C3%A4.ncast"
    rest = file_answer(path, asked="bytes=199999-", media_type="video/mp4", headers={}, download=False)
    assert isinstance(rest, StreamingResponse) and content(rest) == b"x" + b"y" * 1000
    assert rest.headers["content-range"] == "bytes 199999-200999/201000"


def test_a_file_that_has_become_shorter_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x" * 1000)
    answer = file_answer(path, asked=None, media_type="video/mp4", headers={}, download=False)
    path.write_bytes(b"x" * 10)
    assert isinstance(answer, StreamingResponse) and content(answer) == b"x" * 10

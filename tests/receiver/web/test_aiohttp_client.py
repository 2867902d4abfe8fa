"""Stills and Motion JPEG as Home Assistant fetches them: with aiohttp, a user and a password."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

pytest.importorskip("aiohttp", reason="aiohttp is not installed")

import aiohttp

from narrowcast.codec import Rgb
from narrowcast.receiver.web.server import Site
from narrowcast.runtime.web.address import WebAddress
from tests.pipelines import wait_until

TOKEN = "secret-of-this-test"
LEVELS = (40, 120, 200)


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site(WebAddress(host="127.0.0.1", port=0, token=TOKEN), ["camera"])
    opened.views[0].stale(None)
    yield opened
    opened.close()


def grey(level: int) -> Rgb:
    return np.full((64, 96, 3), level, np.uint8)


def level_of(jpeg: bytes) -> float:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None and picture.shape == (64, 96, 3)
    return float(picture.mean())


def test_stills_and_the_stream_come_with_basic_authentication(site: Site) -> None:
    view, base = site.views[0], site.url.partition("?")[0]

    async def fetch() -> tuple[list[float], list[float], int]:
        stills, parts = [], []
        async with aiohttp.ClientSession(
            headers={"Authorization": aiohttp.encode_basic_auth("any", TOKEN)}
        ) as session:
            for level in LEVELS:
                view.show(grey(level), 10.0, 0.5)
                async with session.get(f"{base}snapshot.jpg") as answer:
                    assert answer.status == 200 and answer.content_type == "image/jpeg"
                    stills.append(level_of(await answer.read()))
            async with session.get(f"{base}stream.mjpg") as answer:
                reader = aiohttp.MultipartReader.from_response(answer)
                for level in LEVELS:
                    part = await reader.next()
                    assert isinstance(part, aiohttp.BodyPartReader)
                    assert part.headers["Content-Type"] == "image/jpeg"
                    parts.append(level_of(bytes(await part.read())))
                    view.show(grey(level), 10.0, 0.5)
        async with aiohttp.ClientSession() as stranger, stranger.get(f"{base}stream.mjpg") as refused:
            return stills, parts, refused.status

    stills, parts, refused = asyncio.run(fetch())
    assert stills == pytest.approx(LEVELS, abs=3)
    assert parts == pytest.approx((LEVELS[-1], *LEVELS[:-1]), abs=3)
    assert refused == 401
    wait_until(lambda: view.hub.browsers == 0, lambda: view.show(grey(1), 10.0, 0.5))

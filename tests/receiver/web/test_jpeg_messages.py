"""A picture's message: number and age in front, and a JPEG that is coded once for all browsers."""

from __future__ import annotations

import asyncio
import math
import struct
from dataclasses import replace

from narrowcast import codec
from narrowcast.receiver.web.hub import HubPicture
from narrowcast.receiver.web.jpeg_messages import JpegMessages, pack_header
from tests.codec.picture_samples import camera_like


def picture(number: int, *, width: int = 96, age_ms: float | None = 40.0) -> HubPicture:
    rgb = camera_like(width, 64, seed=number)
    return HubPicture(number=number, rgb=rgb, age_ms=age_ms, shown_local_us=1_000_000)


def test_the_header_has_the_number_and_the_age_at_the_moment_of_sending() -> None:
    assert struct.unpack("<If?", pack_header(picture(7), 1_010_000)) == (7, 50.0, False)
    assert pack_header(replace(picture(7), marked=True), 1_010_000)[8] == 1
    number, age_ms, _ = struct.unpack("<If?", pack_header(picture(2**32 + 1, age_ms=None), 1_010_000))
    assert number == 1 and math.isnan(age_ms)


def test_one_picture_is_coded_once_for_all_browsers() -> None:
    messages = JpegMessages()
    first = picture(1)

    async def ask_three_times() -> list[bytes]:
        return list(await asyncio.gather(*(messages.message(first) for _ in range(3))))

    jpegs = {message[9:] for message in asyncio.run(ask_three_times())}
    assert len(jpegs) == 1
    decoded = codec.create_decoder("jpeg", width=96, height=64).decode(jpegs.pop())
    assert abs(decoded.astype(int) - first.rgb).mean() < 8


def test_a_stream_may_change_its_size() -> None:
    messages = JpegMessages()

    async def both() -> tuple[bytes, bytes]:
        return await messages.message(picture(1)), await messages.message(picture(2, width=64))

    narrow = asyncio.run(both())[1]
    assert codec.create_decoder("jpeg", width=64, height=64).decode(narrow[9:]).shape == (64, 64, 3)

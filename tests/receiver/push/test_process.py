"""What goes into the process that pushes, and comes out of it."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from narrowcast.receiver.push.process import (
    PushedPicture,
    pack_picture,
    pack_target,
    push,
    unpack_pictures,
    unpack_target,
)
from narrowcast.receiver.push.target import parse_target
from tests.codec.picture_samples import camera_like

TARGET = parse_target("udp://127.0.0.1:9")


def picture(width: int, height: int, at_us: int = 0) -> PushedPicture:
    return PushedPicture(rgb=camera_like(width, height), at_us=at_us)


def test_a_target_and_pictures_come_out_as_they_went_in() -> None:
    assert unpack_target(pack_target(TARGET)) == TARGET
    sent = [picture(64, 48), picture(65, 49, at_us=7)]
    data = b"".join(map(pack_picture, sent))
    for ending in (b"", b"x", pack_picture(picture(64, 64))[:-1]):
        got = list(unpack_pictures(io.BytesIO(data + ending)))
        assert [each.at_us for each in got] == [0, 7]
        assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(sent, got, strict=True))


def test_it_says_when_it_pushes_and_ends_at_another_size(capsys: pytest.CaptureFixture[str]) -> None:
    pictures = pack_picture(picture(64, 48)) + pack_picture(picture(80, 48, at_us=50_000))
    with pytest.raises(ValueError, match="another size"):
        push(io.BytesIO(pack_target(TARGET) + pictures))
    assert json.loads(capsys.readouterr().out)["event"] == "pushing"

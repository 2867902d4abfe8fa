"""Tests of sender/web/jpeg_socket.py: JPEG for browsers that cannot decode the stream."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from narrowcast.sender.web.jpeg_socket import STEPS, JpegPictures, _next_step
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until
from tests.sender.web.sites import sender_with_page, socket_url


def shape_of(jpeg: bytes) -> tuple[int, ...]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return tuple(picture.shape)


def test_pictures_come_one_at_a_time_with_their_age() -> None:
    with sender_with_page(codec="hybrid") as (sender, url), connect(socket_url(url, "jpeg")) as socket:
        sequences = []
        for _ in range(5):
            told, jpeg = json.loads(socket.recv(20)), socket.recv(20)
            assert isinstance(jpeg, bytes) and shape_of(jpeg) == (64, 96, 3)
            assert 0 <= told["ageMs"] < 60_000 and told["heldMs"] >= 0
            sequences.append(told["sequence"])
            with pytest.raises(TimeoutError):
                socket.recv(0.1)
            socket.send("drawn")
        assert sequences == sorted(set(sequences))
        wait_until(lambda: any("a browser that gets JPEG" in text for text in sender.reporter.notices))


def test_a_slow_browser_gets_smaller_pictures_and_a_quick_one_better_ones() -> None:
    assert _next_step(0, 2.0) == 1 and _next_step(len(STEPS) - 1, 2.0) == len(STEPS) - 1
    assert _next_step(2, 0.1) == 1 and _next_step(0, 0.1) == 0 and _next_step(2, 0.5) == 2
    pictures = JpegPictures(lambda sequence: camera_like(640, 360, seed=1) if sequence == 7 else None, 0.0)
    made = [pictures.jpeg(7, step) for step in range(len(STEPS))]
    sizes = [len(jpeg) for jpeg in made if jpeg is not None]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) == len(STEPS)
    assert pictures.jpeg(8, 0) is None


@pytest.mark.parametrize("message", ["draw", b"drawn"])
def test_anything_else_ends_it(message: str | bytes) -> None:
    with sender_with_page() as (sender, url), connect(socket_url(url, "jpeg")) as socket:
        socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(20)
        assert closed.value.rcvd is not None and closed.value.rcvd.reason == "needed the text `drawn`"
        assert not sender.ended

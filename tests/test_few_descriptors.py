"""A sender with few file descriptors: peers without a key take those, and it goes on."""

from __future__ import annotations

import contextlib
import socket
import sys

import pytest

from narrowcast.receiver.config import ReceiverConfig
from tests.pipelines import run_receiver, wait_until
from tests.programs import next_line, program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limit and its count are Linux's")

ATTEMPTS = 300


@pytest.mark.parametrize("descriptors", [64, 256])
def test_the_sender_outlives_a_crowd_that_says_nothing(descriptors: int) -> None:
    arguments = ["send", "test:", "--listen", "tcp://127.0.0.1:0", "--size", "64x64", "--threads", "1"]
    with program(*arguments, "--codec", "hybrid", descriptors=descriptors) as sender:
        url = str(next_line(sender, "listening")["url"])
        address = ("127.0.0.1", int(url.rpartition(":")[2]))
        first = run_receiver(ReceiverConfig(url=url, window=False, max_frames=60))
        with first, contextlib.ExitStack() as crowd:
            wait_until(lambda: any("receiving" in text for text in first.reporter.notices))
            for _ in range(ATTEMPTS):
                peer = crowd.enter_context(socket.socket())
                peer.setblocking(False)
                peer.connect_ex(address)
            first.join()
            # One who comes now waits until those who say nothing are cut; its encoder is a new one.
            with run_receiver(ReceiverConfig(url=url, window=False, max_frames=20)) as second:
                second.join()
        assert first.error is None and second.error is None
        assert sender.poll() is None, "the sender has died"

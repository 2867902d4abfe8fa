"""Sending pictures that a program makes, to real receivers."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import torch

from narrowcast.codec import Rgb
from narrowcast.errors import StreamError
from narrowcast.protocol import key_text
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.runtime.key_store import KeyStore
from narrowcast.sender.stream import Sender
from tests.pipelines import run_receiver, wait_until

LOOPBACK = "tcp://127.0.0.1:0"


def _grey(level: int) -> Rgb:
    return np.full((64, 96, 3), level, np.uint8)


def _sender(url: str = LOOPBACK, *, connect: bool = False, secure: bool = False) -> Sender:
    return Sender(url, size=(96, 64), codec="png", fps=30, connect=connect, secure=secure)


def test_what_is_sent_is_shown_and_the_last_picture_ends_the_stream() -> None:
    with _sender() as out:
        assert out.receivers == 0 and not out.wait_for_receiver(0.01)
        config = ReceiverConfig(url=out.url, window=False, until_end=True)
        receiver = run_receiver(config)
        assert out.wait_for_receiver(30) and out.receivers == 1
        for level in range(100):
            out.send(_grey(level))
            time.sleep(0.002)
        wait_until(lambda: any("receiving 96x64 at 30 fps" in text for text in receiver.reporter.notices))
    receiver.join()
    assert receiver.error is None
    (summary,) = receiver.reporter.summaries
    assert summary["shown"] >= 2 and summary["failed"] == 0


def test_a_stream_has_the_name_that_it_was_given() -> None:
    with Sender(LOOPBACK, size=(96, 64), codec="jpeg", name="robot-2") as out:
        receiver = run_receiver(ReceiverConfig(url=out.url, window=False, max_frames=1))
        wait_until(lambda: receiver.ended, lambda: out.send(_grey(1)))
    assert any("receiving robot-2, 96x64" in text for text in receiver.reporter.notices)


def test_the_capture_time_is_the_programs_own() -> None:
    with _sender() as out:
        receiver = run_receiver(ReceiverConfig(url=out.url, window=False, max_frames=1))
        assert out.wait_for_receiver(30)
        wait_until(lambda: receiver.ended, lambda: out.send(_grey(1), capture_us=123_456))
    assert receiver.reporter.summaries[0]["first_shown_capture_us"] == 123_456


def test_it_may_connect_and_keys_are_as_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NARROWCAST_HOME", str(tmp_path / "keys"))
    store = KeyStore()
    store.allow(store.own_keys().public, "this machine")
    config = ReceiverConfig(url=LOOPBACK, bind=True, secure=True, window=False)
    with run_receiver(config) as receiver, _sender(receiver.address(), connect=True) as out:
        assert out.wait_for_receiver(30) and out.url == ""
        wait_until(lambda: bool(receiver.reporter.seconds), lambda: out.send(_grey(1)))
    with _sender(secure=True) as out:
        assert out.url.endswith(f"?key={key_text(store.own_keys().public)}")


def test_a_sender_that_nobody_holds_ends() -> None:
    out = _sender()
    url = out.url
    del out
    with Sender(url, size=(64, 64), codec="jpeg") as other:
        assert other.url == url


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device")
def test_what_helps_is_said_in_the_words_of_python() -> None:
    with pytest.raises(StreamError, match='no CUDA device.*, use device="cpu"$'):
        Sender(LOOPBACK, size=(96, 64), codec="gan", device="cuda")


def test_mistakes_are_told_at_once() -> None:
    with pytest.raises(ValueError, match="size is 10x10"):
        Sender(LOOPBACK, size=(10, 10))
    with pytest.raises(ValueError, match="codec is 'h264'; it may be hybrid, gan"):
        Sender(LOOPBACK, codec="h264")
    with _sender() as out, pytest.raises(StreamError, match="in use"):
        _sender(out.url)
    with pytest.raises(StreamError, match="closed"):
        out.send(_grey(0))

"""The loop over fresh frames, against real senders."""

from __future__ import annotations

import gc
import itertools
import socket
import threading
from pathlib import Path

import pytest

from narrowcast.errors import StreamError
from narrowcast.protocol import key_text
from narrowcast.receiver import stream as stream_module
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.frame import Frame
from narrowcast.receiver.stream import FrameStream, NoFrameError, receive
from narrowcast.runtime.key_store import KeyStore
from tests.pipelines import RunningPipeline, run_sender, small_sender, wait_until
from tests.receiver.test_pipeline import recorded_frames

PATIENCE_S = 30.0
"Only a test that fails waits this long."


def _first(stream: FrameStream, count: int) -> list[Frame]:
    return [frame for frame, _ in zip(stream, range(count), strict=False)]


def _receiver_threads() -> set[threading.Thread]:
    gc.collect()  # a stream that an error's traceback still holds has not ended yet
    return {thread for thread in threading.enumerate() if thread.name == "receiver"}


def _left(sender: RunningPipeline) -> bool:
    return any(" left: it said goodbye" in text for text in sender.reporter.notices)


def test_frames_come_in_order_with_their_latency() -> None:
    before = _receiver_threads()
    with run_sender(small_sender()) as sender, receive(sender.address(), timeout_s=PATIENCE_S) as stream:
        frames = _first(stream, 12)
        wait_until(lambda: stream.statistics is not None)
        assert len(_receiver_threads() - before) == 1
    sequences = [frame.sequence for frame in frames]
    assert sequences == sorted(set(sequences))
    assert all(frame.rgb.shape == (64, 64, 3) for frame in frames)
    last = frames[-1]
    assert 0 <= last.latency_ms < 20_000 and 0 <= last.latency_error_ms < 20_000
    assert last.capture_us is not None and last.payload_bytes > 0 and 0 <= last.quality <= 0.5
    assert stream.ended() and stream.read() is None


def test_whoever_is_slow_gets_the_newest() -> None:
    with run_sender(small_sender()) as sender, receive(sender.address(), timeout_s=PATIENCE_S) as stream:
        first = next(stream)
        wait_until(lambda: stream.passed_over >= 5)
        second = next(stream)
    assert second.sequence - first.sequence > 5


def test_leaving_the_loop_says_goodbye() -> None:
    with run_sender(small_sender()) as sender:
        for frame in receive(sender.address(), timeout_s=PATIENCE_S):
            assert frame.rgb.any()
            break
        gc.collect()
        wait_until(lambda: _left(sender))


def test_the_loop_ends_with_the_sender_where_that_is_wanted() -> None:
    with run_sender(small_sender(max_frames=5)) as sender:
        frames = list(receive(sender.address(), until_end=True, timeout_s=PATIENCE_S))
    assert 1 <= len(frames) <= 5 and frames[-1].sequence == 4


def test_another_sender_is_waited_for() -> None:
    with run_sender(small_sender(max_frames=5)) as first:
        url = first.address()
        stream = receive(url, timeout_s=PATIENCE_S)
        next(stream)
        first.join()
    with run_sender(small_sender(url=url, width=96)), stream:
        frame = next(frame for frame in stream if frame.rgb.shape[1] == 96)
    assert frame.rgb.shape == (64, 96, 3)


def test_it_records_on_the_side(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with (
        run_sender(small_sender()) as sender,
        receive(sender.address(), record=path, timeout_s=PATIENCE_S) as stream,
    ):
        _first(stream, 5)
    assert recorded_frames(path) >= 5


def test_a_sender_may_connect_to_it() -> None:
    with receive("tcp://127.0.0.1:0", listen=True, timeout_s=PATIENCE_S) as stream:
        assert stream.url.startswith("tcp://127.0.0.1:")
        with run_sender(small_sender(url=stream.url, bind=False)):
            assert next(stream).rgb.shape == (64, 64, 3)


def test_no_frame_in_time_is_an_error_that_says_where() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
        with (
            receive(url, timeout_s=0.3) as stream,
            pytest.raises(NoFrameError, match=f"for 0.3 s from {url};"),
        ):
            next(stream)
        assert issubclass(NoFrameError, TimeoutError)


def test_keys_are_asked_for_as_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARROWCAST_HOME", str(tmp_path / "keys"))
    store = KeyStore()
    with pytest.raises(StreamError, match=r"has no key.*insecure=True"):
        receive("tcp://192.0.2.5:5555")
    store.allow(store.own_keys().public, "this machine")
    with receive("tcp://127.0.0.1:0", listen=True, secure=True, timeout_s=PATIENCE_S) as stream:
        assert stream.url.endswith(f"?key={key_text(store.own_keys().public)}")
        with run_sender(small_sender(url=stream.url, bind=False)):
            assert next(stream).rgb.any()


def test_the_sender_is_asked_for_no_more_frames_than_the_limit() -> None:
    with (
        run_sender(small_sender()) as sender,
        receive(sender.address(), max_fps=5, timeout_s=PATIENCE_S) as stream,
    ):
        captured = [frame.capture_us for frame in _first(stream, 4) if frame.capture_us is not None]
    assert captured and all(after - before > 100_000 for before, after in itertools.pairwise(captured))


def test_limits_are_those_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "FrameStream", lambda config, timeout_s: config)
    config = receive("tcp://127.0.0.1:5555", max_kbps=64, max_fps=5)
    assert isinstance(config, ReceiverConfig) and (config.max_kbps, config.max_fps) == (64, 5)
    with pytest.raises(ValueError, match=r"max_kbps is 0.5; it has to be from 1 to"):
        receive("tcp://127.0.0.1:5555", max_kbps=0.5)
    with pytest.raises(ValueError, match=r"max_fps is 1000; it has to be from 0.1 to 240"):
        receive("tcp://127.0.0.1:5555", max_fps=1000)


def test_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="device is 'tpu'"):
        receive("tcp://127.0.0.1:5555", device="tpu")  # type: ignore[arg-type]
    with pytest.raises(StreamError, match="no folder"):
        receive("tcp://127.0.0.1:5555", record=tmp_path / "none" / "out.mp4")
    with pytest.raises(StreamError, match="tcp://"):
        receive("camera.local")

"""The programs as a person starts them: processes, sockets, files, signals."""

from __future__ import annotations

import signal
from pathlib import Path

import av
import pytest

from narrowcast.receiver.config import ReceiverConfig
from tests.pipelines import run_receiver, run_sender, small_sender, wait_until
from tests.programs import SMALL_STREAM, next_line, program


def test_a_hundred_frames_are_recorded(tmp_path: Path) -> None:
    recording = tmp_path / "out.mp4"
    with program("send", "test:", "--listen", "tcp://127.0.0.1:0", *SMALL_STREAM) as sender:
        url = next_line(sender, "listening")["url"]
        arguments = ["receive", url, "--no-window", "--record", str(recording), "--frames", "100"]
        with program(*arguments) as receiver:
            summary = next_line(receiver, '"summary"')
            assert receiver.wait(10) == 0
        assert summary["shown"] == 100
        sender.send_signal(signal.SIGINT)
        assert next_line(sender, '"summary"')["coded"] >= 100
        assert sender.wait(10) == 0
    with av.open(str(recording)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 100


@pytest.mark.parametrize("entropy", ["huffman", "lzw"])
def test_the_latent_codec_streams_with_every_entropy_coder(entropy: str) -> None:
    chosen = ["--codec", "gan", "--entropy", entropy]
    with program("send", "test:", "--listen", "tcp://127.0.0.1:0", *SMALL_STREAM, *chosen) as sender:
        url = next_line(sender, "listening")["url"]
        with program("receive", url, "--no-window", "--frames", "10") as receiver:
            summary = next_line(receiver, '"summary"')
            assert receiver.wait(10) == 0
        assert summary["shown"] == 10 and summary["failed"] == 0


def test_a_receiver_killed_and_one_that_joins_late_do_not_disturb_another() -> None:
    with run_sender(small_sender()) as sender:
        steady = run_receiver(ReceiverConfig(url=sender.address(), window=False))
        with steady, program("receive", sender.address(), "--no-window") as victim:
            next_line(victim, "receiving")
            next_line(victim, '"second"')
            victim.kill()
            victim.wait()
            seen = len(steady.reporter.seconds)
            late = run_receiver(ReceiverConfig(url=sender.address(), window=False, max_frames=10))
            late.join()
            assert late.reporter.summaries[0]["shown"] == 10
            wait_until(lambda: len(steady.reporter.seconds) >= seen + 2)
        assert all(second["shown"] > 0 for second in steady.reporter.seconds)
        assert steady.reporter.summaries[0]["failed"] == 0
    assert sender.error is None
    assert any("left" in text for text in sender.reporter.notices)


def test_a_killed_sender_is_waited_for_and_the_recording_stays_whole(tmp_path: Path) -> None:
    recording = tmp_path / "out.mp4"
    with program("send", "test:", "--listen", "tcp://127.0.0.1:0", *SMALL_STREAM) as sender:
        url = next_line(sender, "listening")["url"]
        with program("receive", url, "--no-window", "--record", str(recording)) as receiver:
            next_line(receiver, '"second"')
            sender.kill()
            sender.wait()
            with program("send", "test:", "--listen", url, *SMALL_STREAM):
                next_line(receiver, "receiving")
                next_line(receiver, '"second"')
                receiver.send_signal(signal.SIGTERM)
                summary = next_line(receiver, '"summary"')
                assert receiver.wait(10) == 0
    with av.open(str(recording)) as container:
        assert sum(1 for _ in container.decode(video=0)) == summary["decoded"]

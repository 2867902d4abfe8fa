"""The end of the programs: a goodbye, whole recordings, status 0, nothing left running."""

from __future__ import annotations

import re
import signal
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import av
import pytest

from narrowcast.protocol import ReceiverStatistics
from narrowcast.receiver import pipeline as receiver_pipeline
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.frame import DecodedFrame
from narrowcast.receiver.recording.catalogue import RecordingCatalogue
from narrowcast.receiver.screen import Screen
from narrowcast.runtime.reporting import Reporter
from tests.pipelines import run_receiver, run_sender, small_sender, wait_until
from tests.programs import SMALL_STREAM, next_line, program

if TYPE_CHECKING:
    from narrowcast.receiver.web.view import WebView


def test_a_receiver_whose_terminal_is_closed_says_goodbye_and_keeps_its_recording(tmp_path: Path) -> None:
    recording = tmp_path / "out.mp4"
    with run_sender(small_sender()) as sender:
        with program("receive", sender.address(), "--no-window", "--record", str(recording)) as receiver:
            next_line(receiver, '"second"')
            receiver.send_signal(signal.SIGHUP)
            summary = next_line(receiver, '"summary"')
            assert receiver.wait(10) == 0
            assert receiver.stderr is not None and receiver.stderr.read() == ""
        wait_until(lambda: any("it said goodbye" in text for text in sender.reporter.notices))
    with av.open(str(recording)) as container:
        assert sum(1 for _ in container.decode(video=0)) == summary["decoded"] > 0


def test_a_sender_that_is_told_to_stop_says_goodbye() -> None:
    with program("send", "test:", "--listen", "tcp://127.0.0.1:0", *SMALL_STREAM) as sender:
        url = next_line(sender, "listening")["url"]
        with run_receiver(ReceiverConfig(url=url, window=False)) as receiver:
            wait_until(lambda: bool(receiver.reporter.seconds))
            sender.send_signal(signal.SIGTERM)
            next_line(sender, '"summary"')
            assert sender.wait(10) == 0
            wait_until(lambda: any("said goodbye" in text for text in receiver.reporter.notices))


def test_several_streams_end_together() -> None:
    sources = ["front=test:", "yard=demo:", "gone=99"]
    listen = ["--listen", "tcp://127.0.0.1:0", "--loop"]
    with program("send", *sources, *listen, *SMALL_STREAM) as sender:
        line = next_line(sender, "on one page")["text"]
        urls = re.findall(r"tcp://127\.0\.0\.1:\d+", line)
        assert len(urls) == 2
        with program("receive", *urls, "--web", "127.0.0.1:0") as receiver:
            next_line(receiver, '"second"')
            receiver.send_signal(signal.SIGTERM)
            assert {next_line(receiver, '"summary"')["stream"] for _ in urls} == {
                url.removeprefix("tcp://") for url in urls
            }
            assert receiver.wait(10) == 0
            assert receiver.stderr is not None and receiver.stderr.read() == ""
        sender.send_signal(signal.SIGINT)
        assert {next_line(sender, '"summary"')["stream"] for _ in urls} == {"front", "yard"}
        assert sender.wait(10) == 0


def test_ctrl_c_ends_a_program_that_waits_for_the_other() -> None:
    with program("send", "test:", "--listen", "tcp://127.0.0.1:0", *SMALL_STREAM) as sender:
        next_line(sender, "waiting for a receiver")
        sender.send_signal(signal.SIGINT)
        assert sender.wait(10) == 0


def test_no_thread_and_no_socket_is_left(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    config = ReceiverConfig(
        url="tcp://127.0.0.1:0", bind=True, window=False, record=tmp_path / "a.mp4", save_frames=tmp_path
    )
    with run_receiver(config) as receiver:
        with run_sender(small_sender(url=receiver.address(), bind=False)) as sender:
            wait_until(lambda: bool(receiver.reporter.seconds))
        assert sender.error is None
    assert receiver.error is None
    wait_until(lambda: set(threading.enumerate()) <= before)
    port = int(receiver.reporter.urls[0].rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port)).close()


class ClosingScreen(Screen):
    """A window that the person closes when the fifth picture is shown."""

    def __init__(
        self,
        config: ReceiverConfig,
        reporter: Reporter[ReceiverStatistics],
        page: WebView | None = None,
        recordings: RecordingCatalogue | None = None,
    ) -> None:
        super().__init__(config, reporter, page, recordings)
        self._pictures = 0

    def show(self, decoded: DecodedFrame, age_ms: float | None) -> None:
        """Count."""
        super().show(decoded, age_ms)
        self._pictures += 1

    @property
    def closed(self) -> bool:
        """Whether the person has closed it."""
        return self._pictures >= 5


def test_a_closed_window_is_an_ordinary_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver_pipeline, "Screen", ClosingScreen)
    recording = tmp_path / "out.mp4"
    with run_sender(small_sender()) as sender:
        receiver = run_receiver(ReceiverConfig(url=sender.address(), window=False, record=recording))
        receiver.join()
        assert receiver.error is None
        wait_until(lambda: any("it said goodbye" in text for text in sender.reporter.notices))
    with av.open(str(recording)) as container:
        assert sum(1 for _ in container.decode(video=0)) == receiver.reporter.summaries[0]["decoded"]


def test_systemd_hears_of_the_start_and_of_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with run_sender(small_sender()) as sender:
            listening = f"READY=1\nSTATUS=listening on {sender.address()}"
            assert systemd.recv(200).decode() == listening
            with run_receiver(ReceiverConfig(url=sender.address(), window=False)):
                assert systemd.recv(200) == f"READY=1\nSTATUS=connecting to {sender.address()}".encode()
            assert systemd.recv(200) == b"STOPPING=1"
        assert systemd.recv(200) == b"STOPPING=1"

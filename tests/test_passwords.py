"""No command shows the password of a source: not in errors, notices, logs, status lines, metrics or names."""

from __future__ import annotations

import base64
import http.server
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from narrowcast.__main__ import main as narrowcast
from narrowcast.benchmark.__main__ import main as bench
from narrowcast.doctor.checks import check_camera
from narrowcast.doctor.finding import finding_line
from narrowcast.receiver.__main__ import main as receive
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.play.__main__ import main as play
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.sender.__main__ import main as send
from tests.pipelines import run_receiver, run_sender, small_sender, wait_until
from tests.sender.video_files import write_image

SECRET = "Tr0ub4dor"
NOWHERE = "127.0.0.1:9"

URLS = [
    f"rtsp://me:{SECRET}@{NOWHERE}/1",
    f"RTSP://me:{SECRET}@{NOWHERE}/1",
    f"http://me:{SECRET}@{NOWHERE}/video.mp4",
    f"http://{SECRET}@{NOWHERE}/",
    f"rtsp://me:{SECRET}@x/y#1% é?{SECRET}@{NOWHERE}/1",
    f"rtsp://me:{SECRET} {SECRET}@{NOWHERE}/1",
    f"http://{NOWHERE}/snap.jpg?user=me&password={SECRET}",
    f"http://{NOWHERE}/snap.jpg?access_token={SECRET}",
    f"rtsp://{NOWHERE}/user=me_password={SECRET}_channel=1_stream=0.sdp",
    f"gopher://me:{SECRET}@{NOWHERE}/1",
    f"rtsp:/me:{SECRET}@{NOWHERE}/1",
    f"rtsp//me:{SECRET}@{NOWHERE}/1",
    f"me:{SECRET}@{NOWHERE}",
]

Main = Callable[[Sequence[str]], int]

LINES: list[tuple[Main, list[str]]] = [
    (send, ["URL"]),
    (send, ["URL", "--stats", "json"]),
    (send, ["URL", "test:"]),
    (send, ["a=URL", "b=URL", "a=URL"]),
    (send, ["test:", "--no-such-option", "URL"]),
    (send, ["test:", "--listen", "URL"]),
    (send, ["test:", "--size", "URL"]),
    (receive, ["URL"]),
    (receive, ["tcp://127.0.0.1:1", "URL"]),
    (play, ["URL"]),
    (bench, ["rd", "URL"]),
    (bench, ["URL"]),
    (narrowcast, ["URL"]),
    (narrowcast, ["send", "URL"]),
]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(("main", "line"), LINES)
def test_no_error_shows_it(
    main: Main, line: list[str], url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [argument.replace("URL", url) for argument in line]
    monkeypatch.setattr("sys.argv", ["narrowcast", *arguments])
    try:
        status = main(arguments)
    except SystemExit as end:
        status = int(end.code or 0)
    output = capsys.readouterr()
    assert status == 2
    assert output.err + output.out and SECRET not in output.err + output.out


@pytest.mark.parametrize("url", URLS)
def test_neither_the_doctor_nor_a_settings_file_shows_it(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SECRET not in finding_line(check_camera(url))
    settings = tmp_path / "send.toml"
    for text in (f"source = '{url}'", f"source = ['{url}', 'test:']", f"fps = '{url}'", f"'{url}' = 1"):
        settings.write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit) if "source" not in text else _nothing():
            send(["--config", str(settings)])
        output = capsys.readouterr()
        assert output.err + output.out and SECRET not in output.err + output.out


class _nothing:
    """A context that expects no error."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


class LockedCamera(http.server.SimpleHTTPRequestHandler):
    """Gives its picture to whoever knows the password."""

    password = "p@ss:w/rd#1% é"

    def do_GET(self) -> None:
        """Ask for the password first."""
        expected = base64.b64encode(f"admin:{self.password}".encode()).decode()
        if self.headers.get("Authorization") == f"Basic {expected}":
            super().do_GET()
        else:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a camera that has a picture and wants a password."""
    write_image(tmp_path / "snap.jpg", 7)
    monkeypatch.chdir(tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), LockedCamera) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}/snap.jpg"
        server.shutdown()


@pytest.mark.parametrize(
    "password", ["p@ss:w/rd#1% é", "p%40ss%3Aw%2Frd%231%25%20%C3%A9", "p%40ss:w/rd#1% é"]
)
def test_a_password_of_any_characters_opens_and_a_running_stream_shows_it_nowhere(
    camera: str, password: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    monkeypatch.setattr(ServiceManager, "_send", lambda self, text: said.append(str(text)), raising=False)
    caplog.set_level(logging.DEBUG)
    config = replace(small_sender(), source=f"http://admin:{password}@{camera}", every=0.1)
    with (
        run_sender(config) as sender,
        run_receiver(ReceiverConfig(url=sender.address(), window=False)) as receiver,
    ):
        wait_until(lambda: bool(receiver.reporter.seconds) and bool(sender.reporter.seconds))
    assert sender.error is None
    spoken = said + sender.reporter.notices + receiver.reporter.notices + caplog.messages
    for part in ("p@ss", "p%40ss", "rd#1", "admin"):
        assert not any(part in text for text in spoken)


def test_reserved_characters_of_a_password_that_is_refused_get_advice(
    camera: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert send([f"http://admin:wr@ng/@{camera}"]) == 2
    error = capsys.readouterr().err
    assert "percent-encoded: @ as %40" in error and "wr@ng" not in error

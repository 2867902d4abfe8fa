"""`--fabric local`: a server of this machine's own, for those alone who can reach its loopback."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_data_path

from narrowcast.fabric.server import (
    START_S,
    ServerError,
    ServerFiles,
    ServerProcess,
    answers,
    configuration_text,
    is_running,
    left_behind,
    stop_process,
)
from narrowcast.runtime.fabric_address import FabricAddress
from narrowcast.runtime.private_files import HOME_VARIABLE, make_private_folder, write_private
from narrowcast.runtime.reporting import Level, Notice

FOLDER = "fabric"
LOCK_FILE = "owner.lock"
"Held by the program that stops the server at its end; the system frees it where that program is killed."
_LOOK_S = 0.05
_RESTART_S = 1.0
"Between two tries to start a server that has ended."


def local_folder() -> Path:
    """Where the server of this user keeps its recordings: $NARROWCAST_HOME/fabric, or its data folder."""
    home = os.environ.get(HOME_VARIABLE)
    return (Path(home) if home else user_data_path("narrowcast", appauthor=False)) / FOLDER


class LocalServer:
    """A server for as long as the block runs.

    The first program that needs it starts it and stops it in the end; others use it meanwhile. Where the
    first one was killed, its server goes on, and the next one takes it over.
    """

    def __init__(
        self, address: FabricAddress, tell: Callable[[Notice], None], folder: Path | None = None
    ) -> None:
        """Prepare; `tell` takes a line of what is done."""
        self._address = address
        self._tell = tell
        self._files = ServerFiles(folder=folder or local_folder())
        self._process: ServerProcess | None = None
        self._left_behind: int | None = None
        self._again_s = 0.0
        self._lock = FileLock(self._files.folder / LOCK_FILE, mode=0o600)

    def __enter__(self) -> LocalServer:
        """Have a server; ServerError where none can be had."""
        make_private_folder(self._files.folder)
        folder, label = self._files.folder, self._address.label
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            self._await_other()
            self._tell(Notice(f"using the server that another program started in {folder}"))
            return self
        try:
            self._left_behind = left_behind(self._files, self._address.host, self._address.port)
            if self._left_behind is not None:
                self._tell(Notice(f"going on with the server in {folder}, whose program was killed"))
                return self
            self._start()
            self._tell(Notice(f"started a server on {label}, which records to {folder}"))
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server, where it is this program's to stop."""
        if self._process is not None:
            self._process.stop()
        if self._left_behind is not None:
            stop_process(self._left_behind)
        self._lock.release()

    def look_after(self) -> None:
        """Start it again where it has ended."""
        if not self._lock.is_locked or time.monotonic() < self._again_s or self._runs():
            return
        self._again_s = time.monotonic() + _RESTART_S
        reason = self._process.failure() if self._process is not None else "it was killed"
        self._left_behind = self._process = None
        try:
            self._start()
            self._tell(Notice(f"the server has ended ({reason}); started it again", level=Level.WARNING))
        except ServerError as error:
            self._tell(Notice(f"the server has ended and does not start: {error}", level=Level.WARNING))

    def _runs(self) -> bool:
        if self._process is not None:
            return self._process.running
        return self._left_behind is not None and is_running(self._left_behind)

    def _start(self) -> None:
        address = self._address
        write_private(self._files.configuration, configuration_text(self._files, address.host, address.port))
        self._process = ServerProcess(self._files, address.host, address.port)

    def _await_other(self) -> None:
        deadline_s = time.monotonic() + START_S
        while not answers(self._address.host, self._address.port):
            if time.monotonic() > deadline_s:
                raise ServerError(
                    f"another program holds {self._files.folder}, and its server does not answer: stop it"
                )
            time.sleep(_LOOK_S)

"""`--fabric local`: a server of this machine's own, for those alone who can reach its loopback."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
    stop_process,
)
from narrowcast.runtime.fabric_address import FabricAddress
from narrowcast.runtime.private_files import HOME_VARIABLE, make_private_folder, write_private

FOLDER = "fabric"
LOCK_FILE = "owner.lock"
"Held by the program that stops the server at its end; the system frees it where that program is killed."
_LOOK_S = 0.05


def local_folder() -> Path:
    """Where the server of this user keeps its recordings: $NARROWCAST_HOME/fabric, or its data folder."""
    home = os.environ.get(HOME_VARIABLE)
    return (Path(home) if home else user_data_path("narrowcast", appauthor=False)) / FOLDER


@contextmanager
def local_server(address: FabricAddress, folder: Path | None = None) -> Iterator[str]:
    """Have a server for as long as the block runs; ServerError where none can be had.

    The first program that needs it starts it and stops it in the end; others use it meanwhile. Where the
    first one was killed, its server goes on, and the next takes it over. Gives one line of what was done.
    """
    files = ServerFiles(folder=folder or local_folder())
    make_private_folder(files.folder)
    lock = FileLock(files.folder / LOCK_FILE, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _await_other(files, address)
        yield f"using the server that another program started in {files.folder}"
        return
    try:
        with lock:
            yield from _owned(files, address)
    finally:
        lock.release()


def _owned(files: ServerFiles, address: FabricAddress) -> Iterator[str]:
    left = _left_behind(files, address)
    if left is not None:
        try:
            yield f"going on with the server in {files.folder}, whose program was killed"
        finally:
            stop_process(left)
        return
    write_private(files.configuration, configuration_text(files, address.host, address.port))
    server = ServerProcess(files, address.host, address.port)
    try:
        yield f"started a server on {address.label}, which records to {files.folder}"
    finally:
        server.stop()


def _left_behind(files: ServerFiles, address: FabricAddress) -> int | None:
    """The process of a server that runs here although its owner is gone."""
    try:
        process = int(files.pid.read_text())
        os.kill(process, 0)
    except (OSError, ValueError):
        return None
    return process if answers(address.host, address.port) else None


def _await_other(files: ServerFiles, address: FabricAddress) -> None:
    deadline_s = time.monotonic() + START_S
    while not answers(address.host, address.port):
        if time.monotonic() > deadline_s:
            raise ServerError(
                f"another program holds {files.folder}, and its server does not answer: stop it"
            )
        time.sleep(_LOOK_S)

"""`--fabric local`: the first program starts the server and stops it, others use it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from narrowcast.fabric.local import LocalServer, local_folder
from narrowcast.fabric.server import ServerError, ServerFiles, answers
from narrowcast.runtime.fabric_address import FabricAddress
from tests.fabric.fabric_servers import free_port
from tests.pipelines import wait_until
from tests.reporters import keep_text


def test_the_first_program_starts_the_server_and_stops_it(tmp_path: Path) -> None:
    address, lines = FabricAddress(host="127.0.0.1", port=free_port(), local=True), list[str]()
    with LocalServer(address, keep_text(lines), tmp_path / "f"):
        assert lines[-1].startswith(f"started a server on nats://127.0.0.1:{address.port}, which records to ")
        with LocalServer(address, keep_text(lines), tmp_path / "f") as second:
            assert lines[-1].startswith("using the server that another program started")
            second.look_after()
        assert answers("127.0.0.1", address.port), "who only used it leaves it alone"
    assert not answers("127.0.0.1", address.port)


def test_a_server_that_was_killed_is_started_again(tmp_path: Path) -> None:
    address, lines = FabricAddress(host="127.0.0.1", port=free_port(), local=True), list[str]()
    files = ServerFiles(folder=tmp_path / "f")
    with LocalServer(address, keep_text(lines), files.folder) as server:
        os.kill(int(files.pid.read_text()), signal.SIGKILL)
        wait_until(lambda: len(lines) > 1, server.look_after)
        assert "started it again" in lines[-1] and answers("127.0.0.1", address.port)


def test_a_server_whose_program_was_killed_is_taken_over(tmp_path: Path) -> None:
    address, lines = FabricAddress(host="127.0.0.1", port=free_port(), local=True), list[str]()
    first = LocalServer(address, keep_text(lines), tmp_path / "f")
    first.__enter__()
    first._lock.release()  # as the system does where the program is killed
    assert first._process is not None
    with LocalServer(address, keep_text(lines), tmp_path / "f") as second:
        assert lines[-1].startswith("going on with the server in ")
        second.look_after()
        assert len(lines) == 2
        # Here the first program lives on, and has to take the end of its child.
        second._left_behind = None
    first._process.stop()


def test_a_port_that_is_in_use_is_told(tmp_path: Path) -> None:
    address = FabricAddress(host="127.0.0.1", port=free_port(), local=True)
    with LocalServer(address, print, tmp_path / "one"), pytest.raises(ServerError, match="is in use"):
        LocalServer(address, print, tmp_path / "two").__enter__()


def test_recordings_lie_beside_the_keys_where_these_have_a_folder(own_home: Path) -> None:
    assert local_folder() == own_home / "fabric"

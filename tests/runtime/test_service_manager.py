"""What systemd is told, over a real socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowcast.runtime.service_manager import ServiceManager


@pytest.fixture(params=["path", "abstract"])
def systemd(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    """The other end."""
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name if request.param == "path" else "\0" + name)
        monkeypatch.setenv("NOTIFY_SOCKET", name if request.param == "path" else "@" + name)
        listening.settimeout(5)
        yield listening


def test_start_and_end_are_told(systemd: socket.socket) -> None:
    manager = ServiceManager()
    manager.ready("listening on tcp://127.0.0.1:5555")
    assert systemd.recv(200) == b"READY=1\nSTATUS=listening on tcp://127.0.0.1:5555"
    manager.alive()
    manager.stopping()
    assert systemd.recv(200) == b"STOPPING=1", "without a watchdog nothing beats"


def test_the_watchdog_is_fed_at_half_its_time(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    manager = ServiceManager()
    for _ in range(100):
        manager.alive()
    assert systemd.recv(200) == b"WATCHDOG=1"
    systemd.setblocking(False)
    with pytest.raises(BlockingIOError):
        systemd.recv(200)


@pytest.mark.parametrize("address", ["", "/nowhere/at/all"])
def test_without_systemd_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "soon")
    manager = ServiceManager()
    manager.ready("")
    manager.alive()
    manager.stopping()

"""Where a socket cannot be opened, one line says why and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.protocol.errors import TransportError
from narrowcast.protocol.zmq.transport import Transport, TransportConfig


def listen(url: str = "tcp://127.0.0.1:0") -> Transport:
    return Transport(TransportConfig(url=url, bind=True))


def test_address_in_use_says_what_to_do() -> None:
    complaint = "it is in use: stop the other program, or listen on another port"
    with listen() as router, pytest.raises(TransportError, match=complaint):
        listen(router.url)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("tcp://192.0.2.1:0", "no such address"),
        ("tcp://no-such-interface:0", "no such address"),
        ("nonsense", "write it as tcp://HOST:PORT"),
    ],
)
def test_addresses_that_cannot_be_listened_on(url: str, complaint: str) -> None:
    with pytest.raises(TransportError, match=complaint):
        listen(url)


def test_missing_folder_of_an_ipc_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="does not exist|cannot listen on"):
        listen(f"ipc://{tmp_path}/missing/socket")

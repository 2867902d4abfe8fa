"""Addresses as people type them."""

from __future__ import annotations

import pytest

from protocol.endpoint import parse_endpoint
from protocol.errors import TransportError


@pytest.mark.parametrize(
    ("url", "bind"),
    [
        ("tcp://127.0.0.1:5555", False),
        ("tcp://camera.local:5555", False),
        ("tcp://[::1]:5555", False),
        ("tcp://*:0", True),
        ("ipc:///tmp/narrowcast", True),
    ],
)
def test_good_addresses_pass(url: str, bind: bool) -> None:
    endpoint = parse_endpoint(url, bind=bind)
    assert endpoint.url == url
    assert endpoint.ipv6 == ("[" in url)


@pytest.mark.parametrize(
    ("url", "bind", "complaint"),
    [
        ("127.0.0.1:5555", True, "write it as tcp://HOST:PORT"),
        ("tcp://127.0.0.1", True, "write it as tcp://HOST:PORT"),
        ("tcp://:5555", True, "write it as tcp://HOST:PORT"),
        ("http://127.0.0.1:5555", False, "write it as tcp://HOST:PORT"),
        ("tcp://127.0.0.1:99999", True, "from 1 to 65535"),
        ("tcp://127.0.0.1:0", False, "give the port that the other side printed"),
        ("tcp://*:5555", False, "names no machine"),
        ("tcp://0.0.0.0:5555", False, "names no machine"),
        ("tcp://a\x1b[2J:1\n", True, "write it as"),
    ],
)
def test_bad_addresses_are_named_and_mended(url: str, bind: bool, complaint: str) -> None:
    with pytest.raises(TransportError, match=complaint) as caught:
        parse_endpoint(url, bind=bind)
    assert str(caught.value).isprintable()

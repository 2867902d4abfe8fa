"""Addresses as people type them."""

from __future__ import annotations

import pytest

from narrowcast.protocol.endpoint import parse_endpoint, with_key
from narrowcast.protocol.errors import TransportError
from narrowcast.protocol.keys import key_text

KEY = bytes(range(32))


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
        (f"tcp://127.0.0.1:5555?key={key_text(KEY)}", True, "to listen, leave out"),
        (f"tcp://127.0.0.1:5555?key={key_text(KEY)[:-1]}", False, "no whole key"),
        ("tcp://127.0.0.1:5555?key=", False, "no whole key"),
        (f"tcp://127.0.0.1:5555?ky={key_text(KEY)}", False, "write it as"),
    ],
)
def test_bad_addresses_are_named_and_mended(url: str, bind: bool, complaint: str) -> None:
    with pytest.raises(TransportError, match=complaint) as caught:
        parse_endpoint(url, bind=bind)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:5555", "tcp://[::1]:5555", "ipc:///tmp/narrowcast"])
def test_an_address_with_a_key_is_read_as_it_was_written(url: str) -> None:
    endpoint = parse_endpoint(with_key(url, KEY), bind=False)
    assert (endpoint.url, endpoint.key) == (url, KEY)
    assert with_key(url, None) == url

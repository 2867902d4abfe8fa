"""Addresses of a fabric as they are typed."""

from __future__ import annotations

import pytest

from narrowcast.errors import ConfigError, SecurityError
from narrowcast.runtime.fabric_address import (
    LOCAL_URL,
    FabricAddress,
    address_of,
    camera_of,
    check_camera,
    check_protected,
    is_fabric,
    parse_fabric,
)

PIN = "ab" * 32


def test_a_server_is_named_by_its_address() -> None:
    assert parse_fabric(LOCAL_URL) == FabricAddress(host="127.0.0.1", port=4222)
    assert parse_fabric("nats://hub") == FabricAddress(host="hub", port=4222)
    assert parse_fabric("local").local and parse_fabric("local").loopback
    pinned = parse_fabric(f"nats://hub:4333?cert={PIN}")
    assert pinned == FabricAddress(host="hub", port=4333, pin=PIN, tls=True)
    assert parse_fabric("tls://hub").tls and not parse_fabric("tls://hub").pin
    assert parse_fabric("nats://[::1]:4222").url == "nats://[::1]:4222"


def test_a_password_is_given_to_the_server_and_shown_to_nobody() -> None:
    address = parse_fabric("tls://me:secret@hub:4222")
    assert address.url == "nats://me:secret@hub:4222" and address.label == "nats://hub:4222"


@pytest.mark.parametrize("text", ["", "hub", "http://hub", "nats://", "nats://hub:99999", "nats://hub/x"])
def test_what_is_no_server_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match="write it as local, nats://HOST:PORT"):
        parse_fabric(text)


@pytest.mark.parametrize("query", ["cert=abc", f"cert={PIN}0", "key=1"])
def test_a_damaged_fingerprint_is_told(query: str) -> None:
    with pytest.raises(ConfigError, match="paste the address whole"):
        parse_fabric(f"nats://hub?{query}")


def test_nothing_leaves_the_machine_in_the_clear_unasked() -> None:
    for text in ("local", LOCAL_URL, "nats://localhost", "tls://hub", f"nats://hub?cert={PIN}"):
        check_protected(parse_fabric(text), insecure=False)
    check_protected(parse_fabric("nats://hub"), insecure=True)
    with pytest.raises(SecurityError, match="nats://hub:4222 has no fingerprint") as raised:
        check_protected(parse_fabric("nats://hub"), insecure=False)
    assert "use --fabric-insecure" in raised.value.on_command_line()


def test_a_camera_is_named_without_what_reaches_others() -> None:
    assert is_fabric("fabric:front") and not is_fabric("tcp://front")
    assert camera_of(address_of("front_2-a")) == "front_2-a"
    for name in ("", "a.b", "*", ">", "a b", "a" * 33, "ä", "a\n"):
        with pytest.raises(ConfigError, match="is no name of a camera"):
            check_camera(name)

"""Tests of runtime/announcement.py."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowcast.runtime.announcement import (
    Announcement,
    AnnouncementError,
    pack_properties,
    unpack_properties,
)

FRONT = Announcement(
    name="front",
    host="cam",
    addresses=("192.168.1.5",),
    port=5555,
    key=bytes(range(32)),
    width=640,
    height=360,
    fps=12.5,
    codec="hybrid",
)


def received(announcement: Announcement, **changes: bytes | None) -> dict[bytes, bytes | None]:
    """Properties as they come off the network."""
    packed: dict[bytes, bytes | None] = {
        name.encode(): text.encode() for name, text in pack_properties(announcement).items()
    }
    return packed | {name.encode(): value for name, value in changes.items()}


@pytest.mark.parametrize("announcement", [FRONT, replace(FRONT, name="", key=None, fps=15.0)])
def test_what_is_announced_arrives(announcement: Announcement) -> None:
    again = unpack_properties(
        received(announcement, other=b"later"), announcement.addresses, announcement.port
    )
    assert again == announcement


def test_the_secret_half_of_a_key_has_no_place() -> None:
    assert set(pack_properties(FRONT)) == {"version", "name", "host", "size", "fps", "codec", "key"}


def test_the_address_to_paste_is_made_of_checked_parts() -> None:
    assert FRONT.url == "tcp://192.168.1.5:5555?key=aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq"
    assert replace(FRONT, addresses=("fd00::1",), key=None).url == "tcp://[fd00::1]:5555"
    odd = ["$(reboot)", "fe80::1%eth0", "fe80::1", "224.0.0.1", "0.0.0.0", "10.0.0.7"]
    assert unpack_properties(received(FRONT), odd, 5555).addresses == ("10.0.0.7",)


def test_names_are_safe_to_print() -> None:
    hostile = received(FRONT, name=b"\x1b[2Jx\n" + b"y" * 100, host=b"\xff\xfe", codec=b"$(x)\x00")
    announcement = unpack_properties(hostile, FRONT.addresses, FRONT.port)
    assert announcement.name.startswith("?[2Jx?") and len(announcement.name) == 32
    assert announcement.host.isprintable() and announcement.codec == "$(x)?"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"version": b"99"}, "speaks protocol version 99"),
        ({"version": None}, "speaks protocol version"),
        ({"size": b"640"}, "does not say its size"),
        ({"fps": b"nan"}, "does not say its size and pace"),
        ({"key": b"short"}, "its key is none"),
        ({"key": b"$" * 52}, "its key is none"),
    ],
)
def test_what_is_of_no_use_says_why(changes: dict[str, bytes | None], complaint: str) -> None:
    with pytest.raises(AnnouncementError, match=complaint):
        unpack_properties(received(FRONT, **changes), FRONT.addresses, FRONT.port)


def test_no_address_and_no_port_are_of_no_use() -> None:
    with pytest.raises(AnnouncementError, match="has no address"):
        unpack_properties(received(FRONT), ["fe80::1"], 5555)
    with pytest.raises(AnnouncementError, match="its port is 0"):
        unpack_properties(received(FRONT), FRONT.addresses, 0)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([b"version", b"name", b"host", b"size", b"fps", b"codec", b"key", b"x"]),
        st.none() | st.binary(max_size=80) | st.sampled_from([b"2", b"640x360", b"15", b"a" * 52]),
    ),
    st.lists(st.text(max_size=20) | st.ip_addresses().map(str), max_size=3),
    st.integers(-1, 70000),
)
def test_anything_is_an_announcement_or_an_error(
    properties: dict[bytes, bytes | None], addresses: list[str], port: int
) -> None:
    try:
        announcement = unpack_properties(properties, addresses, port)
    except AnnouncementError:
        return
    assert announcement.url.startswith("tcp://") and announcement.url.isprintable()
    assert not set(announcement.url) & set(" \"'$`;&|<>()\\")

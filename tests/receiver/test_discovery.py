"""Discovery, over real multicast on the loopback interface."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from narrowcast.errors import DiscoveryError

pytest.importorskip("zeroconf", reason="the extra discover is not installed")

from zeroconf import ServiceInfo, Zeroconf

from narrowcast.protocol import PROTOCOL_VERSION
from narrowcast.receiver.discovery import Discovery, discover
from narrowcast.runtime.announcement import SERVICE_TYPE
from tests.multicast import LOOPBACK, NEEDS_MULTICAST
from tests.pipelines import wait_until

GOOD = {
    "version": str(PROTOCOL_VERSION),
    "name": "front",
    "host": "cam",
    "size": "640x360",
    "fps": "15",
    "codec": "gan",
}


@contextmanager
def network(*properties: dict[str, str]) -> Iterator[None]:
    """Somebody who announces these, each called by its place: test-0, test-1, ..."""
    with Zeroconf(interfaces=[LOOPBACK]) as somebody:
        for number, each in enumerate(properties):
            info = ServiceInfo(
                SERVICE_TYPE,
                f"test-{number}.{SERVICE_TYPE}",
                port=5555 + number,
                parsed_addresses=["10.0.0.7"],
                properties=each,
                server=f"test-{number}.local.",
            )
            # Two of a name do not arise here, and asking for it takes most of a second.
            somebody.register_service(info, cooperating_responders=True)
        yield


def search(count: int) -> Discovery:
    """Search until so many have been found, of use or not."""
    found: list[Discovery] = []

    def enough() -> bool:
        found.append(discover(2.0, [LOOPBACK]))  # what was said within a second is not said again
        return len(found[-1].announcements) + len(found[-1].complaints) >= count

    wait_until(enough)
    return found[-1]


@NEEDS_MULTICAST
def test_senders_are_found_and_other_announcements_are_reported_and_left_out() -> None:
    with network(GOOD, GOOD | {"name": "yard", "fps": "7.5"}, GOOD | {"version": "9"}, {}):
        found = search(4)
    assert [(each.name, each.url, each.fps) for each in found.announcements] == [
        ("front", "tcp://10.0.0.7:5555", 15.0),
        ("yard", "tcp://10.0.0.7:5556", 7.5),
    ]
    assert [text.partition(" is left out")[0] for text in found.complaints] == ["test-2", "test-3"]
    assert "protocol version 9" in found.complaints[0]


@NEEDS_MULTICAST
def test_nobody_there_is_nothing_found() -> None:
    wait_until(lambda: discover(0.2, [LOOPBACK]) == Discovery(announcements=(), complaints=()))


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    with pytest.raises(DiscoveryError, match=r'pip install "narrowcast\[discover\]"'):
        discover(0.1)


def test_an_interface_that_is_not_there_is_told() -> None:
    with pytest.raises(DiscoveryError, match="cannot use multicast DNS here"):
        discover(0.1, ["192.0.2.77"])

"""Where a receiver's frames come from."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from narrowcast.errors import SecurityError
from narrowcast.receiver import feed
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.feed import codec_offers, open_feed
from narrowcast.receiver.network import ReceiverNetwork


def test_an_address_of_a_sender_opens_a_socket() -> None:
    opened = open_feed(ReceiverConfig(url="tcp://127.0.0.1:5555", window=False))
    assert isinstance(opened.feed, ReceiverNetwork) and opened.url == "tcp://127.0.0.1:5555"
    assert [notice.text for notice in opened.notices] == ["connecting to tcp://127.0.0.1:5555"]
    assert not opened.connections.refused
    opened.close()
    with pytest.raises(SecurityError, match="the address has no key"):
        open_feed(ReceiverConfig(url="tcp://10.0.0.7:5555", window=False))


def test_a_camera_of_a_fabric_is_opened_by_what_knows_fabrics(monkeypatch: pytest.MonkeyPatch) -> None:
    other = ModuleType("narrowcast.a_fabric")
    other.open_feed = lambda config: config.url  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, other.__name__, other)
    monkeypatch.setattr(feed, "_FABRIC", other.__name__)
    opened: object = open_feed(ReceiverConfig(url="fabric:front", window=False))
    assert opened == "fabric:front"


def test_every_codec_of_this_installation_is_offered() -> None:
    assert {"hybrid", "gan", "jpeg"} <= {offer.name for offer in codec_offers()}

"""Both sides of a link find keys of their own, and the receiver is let in."""

from __future__ import annotations

from pathlib import Path

from narrowcast.benchmark.link.keys import (
    RECEIVER_KEYS,
    SENDER_KEYS,
    key_environment,
    make_link_keys,
    with_sender_key,
)
from narrowcast.protocol import parse_endpoint
from narrowcast.runtime.key_store import KeyStore
from narrowcast.runtime.private_files import HOME_VARIABLE


def test_the_sender_lets_the_receiver_in_and_the_receiver_knows_the_sender(tmp_path: Path) -> None:
    folder = make_link_keys(tmp_path)
    homes = {
        side: Path(key_environment(folder, side)[HOME_VARIABLE]) for side in (SENDER_KEYS, RECEIVER_KEYS)
    }
    sender, receiver = (KeyStore(homes[side]) for side in (SENDER_KEYS, RECEIVER_KEYS))
    assert [entry.key for entry in sender.allowed()] == [receiver.own_keys().public]
    assert receiver.allowed() == []
    url = with_sender_key("tcp://10.77.0.1:5555", folder)
    assert parse_endpoint(url, bind=False).key == sender.own_keys().public != receiver.own_keys().public


def test_without_keys_nothing_is_set() -> None:
    assert key_environment(None, SENDER_KEYS) == {}

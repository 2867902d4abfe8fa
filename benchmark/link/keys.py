"""The keys of both sides of a measured link, in a folder that lasts as long as the trial."""

from __future__ import annotations

from pathlib import Path

from narrowcast.protocol import with_key
from narrowcast.runtime.key_store import KeyStore
from narrowcast.runtime.private_files import HOME_VARIABLE

SENDER_KEYS, RECEIVER_KEYS = "sender-keys", "receiver-keys"
"""The folders of the two sides: narrowcast's own format, each a home of its own."""


def make_link_keys(folder: Path) -> Path:
    """Make the keys of both sides in a folder, and let the receiver connect; returns the folder."""
    sender, receiver = (KeyStore(folder / name) for name in (SENDER_KEYS, RECEIVER_KEYS))
    sender.own_keys()
    sender.allow(receiver.own_keys().public, "receiver")
    return folder


def key_environment(folder: Path | None, side: str) -> dict[str, str]:
    """Return the variables with which a side finds its keys; none where there are no keys."""
    return {} if folder is None else {HOME_VARIABLE: str(folder / side)}


def with_sender_key(url: str, folder: Path) -> str:
    """Return the sender's address with its key, as the sender would print it."""
    return with_key(url, KeyStore(folder / SENDER_KEYS).own_keys().public)

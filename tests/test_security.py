"""Keys from end to end: real senders and receivers that let each other in, or not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from narrowcast.errors import SecurityError
from narrowcast.protocol import key_text, make_key_pair, with_key
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.runtime.key_store import KeyStore
from tests.pipelines import RunningPipeline, run_receiver, run_sender, small_sender, wait_until

LOOPBACK = "tcp://127.0.0.1:0"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyStore:
    """The keys of this machine, which is both ends in these tests: what is allowed is its own key."""
    monkeypatch.setenv("NARROWCAST_HOME", str(tmp_path / "keys"))
    return KeyStore()


@pytest.fixture
def sender(store: KeyStore) -> Iterator[RunningPipeline]:
    """A sender that wants keys."""
    with run_sender(replace(small_sender(url=LOOPBACK), secure=True)) as running:
        yield running
    assert running.error is None


def receive(url: str) -> RunningPipeline:
    return run_receiver(ReceiverConfig(url=url, window=False))


def told(running: RunningPipeline, words: str) -> bool:
    return any(words in text for text in running.reporter.notices)


def sees_frames(running: RunningPipeline) -> bool:
    return any(second["shown"] for second in running.reporter.seconds)


def test_a_newcomer_is_refused_reads_what_to_do_is_allowed_and_sees(
    sender: RunningPipeline, store: KeyStore
) -> None:
    own_key = store.own_keys().public
    assert sender.address().endswith(f"?key={key_text(own_key)}")
    assert told(sender, f'run: narrowcast receive "{sender.address()}"')
    with receive(sender.address()) as receiver:
        wait_until(lambda: told(receiver, f"narrowcast keys allow {key_text(own_key)} --name"))
        wait_until(lambda: told(sender, "refused a machine at 127.0.0.1"))
        assert not receiver.reporter.seconds
        store.allow(own_key, "this machine")
        wait_until(lambda: sees_frames(receiver))
    assert receiver.error is None


def test_a_revoked_receiver_is_cut_while_it_watches(sender: RunningPipeline, store: KeyStore) -> None:
    store.allow(store.own_keys().public, "this machine")
    with receive(sender.address()) as receiver:
        wait_until(lambda: sees_frames(receiver))
        store.revoke("this machine")
        wait_until(lambda: told(sender, "is not allowed any more"))
        wait_until(lambda: told(sender, "left"))
        wait_until(lambda: told(receiver, "does not know this machine yet"))
        store.allow(store.own_keys().public, "this machine")
        wait_until(lambda: sum("receiving" in text for text in receiver.reporter.notices) == 2)


@pytest.mark.parametrize("key", ["wrong", "none"])
def test_a_receiver_with_a_wrong_key_or_none_gets_nothing(
    sender: RunningPipeline, store: KeyStore, key: str
) -> None:
    store.allow(store.own_keys().public, "this machine")
    plain_url = sender.address().partition("?")[0]
    url = with_key(plain_url, make_key_pair().public) if key == "wrong" else plain_url
    with receive(url) as receiver:
        wait_until(lambda: told(receiver, "broke off"))
    assert receiver.error is None and not receiver.reporter.seconds
    assert not told(sender, "joined")


def test_a_plain_client_that_says_hello_gets_no_answer(sender: RunningPipeline, store: KeyStore) -> None:
    port = int(sender.address().partition("?")[0].rpartition(":")[2])
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(20)
        client.sendall(
            greeting + b"\x04\x26\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x00"
        )
        heard = b""
        while received := _receive(client):
            heard += received
    assert len(heard) <= 64 and b"narrowcast" not in heard


def _receive(client: socket.socket) -> bytes:
    """What comes next; empty once the other side has hung up."""
    try:
        return client.recv(4096)
    except ConnectionResetError:
        return b""


def test_the_receiver_may_listen_with_keys_too(store: KeyStore) -> None:
    own_key = store.own_keys().public
    with run_receiver(ReceiverConfig(url=LOOPBACK, bind=True, secure=True, window=False)) as receiver:
        config = replace(small_sender(url=receiver.address(), bind=False))
        with run_sender(config) as sender:
            wait_until(lambda: told(sender, f"narrowcast keys allow {key_text(own_key)}"))
            wait_until(lambda: told(receiver, "refused a machine"))
            store.allow(own_key, "camera")
            wait_until(lambda: sees_frames(receiver))
        assert sender.error is None
    assert told(receiver, f'narrowcast send SOURCE --connect "{receiver.reporter.urls[0]}"')


def test_keys_that_others_can_read_stop_the_start(store: KeyStore) -> None:
    store.own_keys()
    store.secret_path.chmod(0o644)
    sender = run_sender(small_sender(url="tcp://0.0.0.0:0"))
    sender.join()
    assert "chmod 600" in str(sender.error) and not sender.reporter.urls


def test_without_a_key_nothing_else_than_loopback_is_connected_to(store: KeyStore) -> None:
    receiver = receive("tcp://192.0.2.5:5555")
    receiver.join()
    assert isinstance(receiver.error, SecurityError)


def test_insecure_is_plain_and_warns() -> None:
    with run_sender(replace(small_sender(url="tcp://0.0.0.0:0"), insecure=True)) as sender:
        wait_until(lambda: told(sender, "insecure: nothing is encrypted"))
        assert "?key=" not in sender.address() and told(sender, "--insecure")

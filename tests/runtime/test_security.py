"""Which addresses are plain, which have keys, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.errors import SecurityError
from narrowcast.protocol import TransportError, key_text
from narrowcast.runtime.key_store import KeyStore
from narrowcast.runtime.security import (
    choose_security,
    command_line,
    invitation_url,
)

OTHER = b"\x01" * 32
WITH_KEY = f"tcp://192.0.2.5:5555?key={key_text(OTHER)}"


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:5555", "tcp://[::1]:5555", "ipc:///tmp/socket"])
@pytest.mark.parametrize("bind", [True, False])
def test_this_machine_alone_needs_no_keys_and_makes_none(url: str, bind: bool, store: KeyStore) -> None:
    assert choose_security(url, bind=bind, store=store) is None
    assert not store.has_own_keys()


@pytest.mark.parametrize("url", ["tcp://*:5555", "tcp://0.0.0.0:5555", "tcp://[::]:5555", "tcp://eth0:5555"])
def test_listening_for_others_has_keys(url: str, store: KeyStore) -> None:
    security = choose_security(url, bind=True, store=store)
    assert security is not None and security.own == store.own_keys()
    assert security.allowed() == frozenset()
    store.allow(OTHER, "phone")
    assert security.allowed() == {OTHER}


def test_an_address_with_a_key_is_connected_to_with_keys(store: KeyStore) -> None:
    security = choose_security(WITH_KEY, bind=False, store=store)
    assert security is not None and security.other == OTHER and security.own == store.own_keys()


def test_connecting_elsewhere_without_a_key_is_refused(store: KeyStore) -> None:
    with pytest.raises(SecurityError, match="paste it whole"):
        choose_security("tcp://192.0.2.5:5555", bind=False, store=store)


def test_insecure_is_plain_wherever_it_leads(store: KeyStore) -> None:
    assert choose_security("tcp://*:5555", bind=True, insecure=True, store=store) is None
    assert choose_security("tcp://192.0.2.5:5555", bind=False, insecure=True, store=store) is None
    assert not store.has_own_keys()


def test_secure_has_keys_even_on_loopback(store: KeyStore) -> None:
    assert choose_security("tcp://127.0.0.1:5555", bind=True, secure=True, store=store) is not None
    with pytest.raises(SecurityError, match="has no key"):
        choose_security("tcp://127.0.0.1:5555", bind=False, secure=True, store=store)


def test_wishes_that_contradict_each_other_are_told(store: KeyStore) -> None:
    with pytest.raises(SecurityError, match="contradict"):
        choose_security("tcp://*:5555", bind=True, insecure=True, secure=True, store=store)
    with pytest.raises(SecurityError, match="insecure wants none"):
        choose_security(WITH_KEY, bind=False, insecure=True, store=store)
    with pytest.raises(TransportError, match="to listen, leave out"):
        choose_security(WITH_KEY, bind=True, store=store)
    with pytest.raises(TransportError, match="no whole key"):
        choose_security(WITH_KEY[:-1], bind=False, store=store)


def test_the_invitation_can_be_pasted(store: KeyStore) -> None:
    security = choose_security("tcp://*:5555", bind=True, store=store)
    assert security is not None
    url = invitation_url("tcp://0.0.0.0:5555", security, "camera.example")
    assert url == f"tcp://camera.example:5555?key={key_text(security.own.public)}"
    assert command_line("receive", url) == f'narrowcast receive "{url}"'
    assert invitation_url("tcp://0.0.0.0:5555", None, "camera.example:99") == "tcp://camera.example:99"
    plain = command_line("receive", "tcp://h:1", insecure=True)
    assert plain == "narrowcast receive tcp://h:1 --insecure"

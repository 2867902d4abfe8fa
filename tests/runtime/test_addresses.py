"""Which addresses others can reach."""

from __future__ import annotations

import pytest

from narrowcast.runtime.addresses import any_interface_url, is_loopback, outward_address, reachable_url


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("tcp://127.0.0.1:5555", True),
        ("tcp://127.1.2.3:5555", True),
        ("tcp://localhost:5555", True),
        ("tcp://[::1]:5555", True),
        ("ipc:///tmp/socket", True),
        ("tcp://0.0.0.0:5555", False),
        ("tcp://*:5555", False),
        ("tcp://192.168.1.5:5555", False),
        ("tcp://camera.example:5555", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback


@pytest.mark.parametrize("url", ["tcp://*:5555", "tcp://0.0.0.0:5555", "tcp://[::]:5555"])
def test_every_interface_becomes_the_outward_address(url: str) -> None:
    assert reachable_url(url) == f"tcp://{outward_address()}:5555"


def test_a_named_interface_stays() -> None:
    assert reachable_url("tcp://192.168.1.5:5555") == "tcp://192.168.1.5:5555"


@pytest.mark.parametrize(
    ("advertise", "url"),
    [
        ("camera.example", "tcp://camera.example:5555"),
        ("camera.example:80", "tcp://camera.example:80"),
        ("[2001:db8::5]", "tcp://[2001:db8::5]:5555"),
        ("[2001:db8::5]:80", "tcp://[2001:db8::5]:80"),
    ],
)
def test_what_the_user_knows_better_is_taken(advertise: str, url: str) -> None:
    assert reachable_url("tcp://0.0.0.0:5555", advertise) == url


def test_the_other_side_listens_everywhere_unless_it_is_this_machine() -> None:
    assert any_interface_url("tcp://192.168.1.5:5555") == "tcp://*:5555"
    assert any_interface_url("tcp://127.0.0.1:5555") == "tcp://127.0.0.1:5555"

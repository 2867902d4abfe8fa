"""The commands of the systems are read by the programs that they start."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import pytest

import narrowcast.receiver.__main__
import narrowcast.sender.__main__
from narrowcast.benchmark.link.keys import make_link_keys
from narrowcast.benchmark.link.peers.peer_program import PeerSettings, settings_from
from narrowcast.benchmark.link.systems import DEFAULT_SYSTEMS, SYSTEMS
from narrowcast.runtime.key_store import KeyStore
from narrowcast.runtime.private_files import HOME_VARIABLE
from narrowcast.sender.config import DEFAULT_CODEC

SETTINGS = PeerSettings(
    source="street.mp4",
    width=320,
    height=180,
    fps=12.5,
    kbps=64.0,
    jpeg_quality=20,
    pictures=Path("kept"),
)
ADDRESS = ("10.77.0.1", 5555)


@pytest.mark.parametrize("name", ["imagezmq", "netgear", "x264"])
def test_a_peer_gets_its_settings_back(name: str) -> None:
    for side, make in (("send", SYSTEMS[name].sender), ("receive", SYSTEMS[name].receiver)):
        command = make(SETTINGS, ADDRESS)
        assert command.arguments[:2] == (side, "tcp://10.77.0.1:5555")
        assert settings_from(command.arguments[2]) == SETTINGS
        assert callable(getattr(importlib.import_module(command.module), side))


@pytest.mark.parametrize(("name", "max_kbps"), [("narrowcast", 0.0), ("narrowcast-told", 64.0)])
def test_narrowcast_is_run_as_a_user_would(name: str, max_kbps: float) -> None:
    command = SYSTEMS[name].sender(SETTINGS, ADDRESS)
    assert (command.module, command.arguments[0]) == ("narrowcast", "send")
    config = narrowcast.sender.__main__.config_from(
        narrowcast.sender.__main__.make_parser().parse_args(command.arguments[1:])
    )
    assert (config.source, config.width, config.height, config.fps) == ("street.mp4", 320, 180, 12.5)
    assert (config.url, config.bind, config.loop) == ("tcp://10.77.0.1:5555", True, True)
    assert (config.codec, config.max_kbps) == (DEFAULT_CODEC, max_kbps)


def test_narrowcasts_receiver_takes_the_receivers_arguments_and_a_folder() -> None:
    command = SYSTEMS["narrowcast"].receiver(SETTINGS, ADDRESS)
    parser = narrowcast.receiver.__main__.make_parser()
    parser.add_argument("--pictures", type=Path)
    arguments = parser.parse_args(command.arguments)
    assert arguments.pictures == Path("kept")
    config = narrowcast.receiver.__main__.config_from(arguments)
    assert (config.url, config.bind, config.window) == ("tcp://10.77.0.1:5555", False, False)
    assert config.expected is not None and config.expected.codec == DEFAULT_CODEC


def test_with_keys_both_sides_of_narrowcast_have_them_and_peers_are_not_told(tmp_path: Path) -> None:
    settings = replace(SETTINGS, keys=make_link_keys(tmp_path))
    sender_side = SYSTEMS["narrowcast"].sender(settings, ADDRESS)
    receiver_side = SYSTEMS["narrowcast"].receiver(settings, ADDRESS)
    for command in (sender_side, receiver_side):
        assert "--secure" in command.arguments and "--insecure" not in command.arguments
        assert KeyStore(Path(command.environment[HOME_VARIABLE])).has_own_keys()
    assert "?key=" in receiver_side.arguments[0] and "?key=" not in " ".join(sender_side.arguments)
    assert str(tmp_path) not in SYSTEMS["x264"].sender(settings, ADDRESS).arguments[2]


def test_what_is_missing_is_noticed() -> None:
    assert SYSTEMS["x264"].installed
    assert not replace(SYSTEMS["x264"], needs=("no_such_module",)).installed


def test_the_defaults_are_there() -> None:
    assert set(DEFAULT_SYSTEMS) <= set(SYSTEMS)

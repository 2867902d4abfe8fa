"""Tests of sender/named_sources.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.errors import ConfigError
from narrowcast.protocol import TransportError
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.named_sources import NamedSource, configs_for, parse_sources

KEY = "a" * 52


@pytest.mark.parametrize(
    ("text", "name", "source"),
    [
        ("0", "", "0"),
        ("front=0", "front", "0"),
        ("front=rtsp://u:p=1@host/a?b=c", "front", "rtsp://u:p=1@host/a?b=c"),
        ("rtsp://host/a?b=c", "", "rtsp://host/a?b=c"),
        ("shots/a=1.png", "", "shots/a=1.png"),
        ("clip.v=2.mp4", "", "clip.v=2.mp4"),
    ],
)
def test_a_name_is_what_stands_before_the_sign(text: str, name: str, source: str) -> None:
    assert parse_sources([text]) == (NamedSource(name=name, source=source),)


def test_a_file_of_that_name_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("door=open").touch()
    assert parse_sources(["door=open"]) == (NamedSource(source="door=open"),)


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        (["front=0", "1"], "source '1' has no name; .* as in front=1"),
        (["front=0", "front=1"], "two sources are called 'front'"),
        ([f"c{number}=test:" for number in range(33)], "33 sources; one sender takes 32"),
        (["front door=0"], "name is 'front door'; it may have letters"),
        (["=0"], "name is '='"),
        ([f"{'x' * 33}=0"], "32 characters at most"),
        (["front="], "no source"),
    ],
)
def test_mistakes_are_told(texts: list[str], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        configs_for(SenderConfig(source="test:"), parse_sources(texts))


def test_each_gets_the_next_port_and_its_share_of_the_cap() -> None:
    config = SenderConfig(
        source="0", url="tcp://*:5555", max_kbps=90, advertise="cam.example:80", save_frames=Path("all")
    )
    front, yard, gate = configs_for(config, parse_sources(["front=0", "yard=1", "gate=2"]))
    assert [(each.name, each.source) for each in (front, yard, gate)] == [
        ("front", "0"),
        ("yard", "1"),
        ("gate", "2"),
    ]
    assert [each.url for each in (front, yard, gate)] == ["tcp://*:5555", "tcp://*:5556", "tcp://*:5557"]
    assert gate.advertise == "cam.example:82" and gate.save_frames == Path("all/gate")
    assert front.max_kbps + yard.max_kbps + gate.max_kbps == 90


def test_one_alone_gets_all() -> None:
    config = SenderConfig(source="0", url="tcp://*:5555", max_kbps=90, advertise="cam.example")
    (front,) = configs_for(config, parse_sources(["front=1"]))
    assert (front.name, front.source, front.url, front.max_kbps) == ("front", "1", "tcp://*:5555", 90)


def test_free_ports_stay_free_and_keys_stay_with_their_addresses() -> None:
    sources = parse_sources(["front=0", "yard=1"])
    free = configs_for(SenderConfig(source="0", url="tcp://127.0.0.1:0", advertise="a"), sources)
    assert {config.url for config in free} == {"tcp://127.0.0.1:0"} and free[1].advertise == "a"
    there = f"tcp://[::1]:7?key={KEY}"
    _, yard = configs_for(SenderConfig(source="0", url=there, bind=False), sources)
    assert yard.url == f"tcp://[::1]:8?key={KEY}"


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        (SenderConfig(source="0", url="tcp://*:65535"), "none above 65535"),
        (SenderConfig(source="0", url="ipc:///tmp/x"), "has no port"),
        (SenderConfig(source="0", max_kbps=1), "it has to be 2 at least"),
    ],
)
def test_what_cannot_be_shared_is_told(config: SenderConfig, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        configs_for(config, parse_sources(["front=0", "yard=1"]))


def test_an_address_that_is_none_is_told_as_ever() -> None:
    with pytest.raises(TransportError, match="is no address"):
        configs_for(SenderConfig(source="0", url="udp://x"), parse_sources(["front=0", "yard=1"]))

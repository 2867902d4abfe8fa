"""Announcing, over real multicast on the loopback interface."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from narrowcast.errors import ConfigError
from tests.reporters import keep_text

pytest.importorskip("zeroconf", reason="the extra discover is not installed")

from narrowcast.errors import DiscoveryError
from narrowcast.receiver.discovery import discover
from narrowcast.runtime.announcement import Announcement
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender.announce import Announcer, announcing, check_announced
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.notices import WAITING
from narrowcast.sender.pipeline import SenderPipeline
from tests.multicast import LOOPBACK, NEEDS_MULTICAST
from tests.pipelines import RunningPipeline, small_sender, wait_until
from tests.reporters import RememberingReporter

HALL = Announcement(
    name="hall-7",
    host="hall-pc",
    addresses=("10.0.0.7",),
    port=5555,
    key=None,
    width=640,
    height=360,
    fps=15.0,
    codec="jpeg",
)


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        (SenderConfig(source="0", url="tcp://h:1", bind=False), "for a sender that listens"),
        (SenderConfig(source="0"), r'only this machine can reach; use listen="tcp://\*:5555"'),
    ],
)
def test_what_nobody_could_use_is_not_announced(config: SenderConfig, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        check_announced([config])
    check_announced([SenderConfig(source="0", url="tcp://*:5555")])


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    with pytest.raises(DiscoveryError, match=r'pip install "narrowcast\[discover\]"'):
        Announcer(print)


def test_nothing_is_announced_unasked() -> None:
    reporter, stop = RememberingReporter(), StopSignal()
    with announcing(False, print, ["not an interface"]) as announce:
        pipeline = SenderPipeline(small_sender(), reporter, stop, on_ready=announce)
        with RunningPipeline(pipeline, reporter, stop) as sender:
            wait_until(lambda: WAITING.text in reporter.notices)
    assert sender.error is None


@NEEDS_MULTICAST
def test_a_stream_is_announced_while_it_runs() -> None:
    reporter, stop, said = RememberingReporter(), StopSignal(), list[str]()
    config = replace(small_sender(codec="webp", width=96), name="hall-7")

    def listed() -> list[str]:
        found = discover(0.3, [LOOPBACK]).announcements
        return [
            f"{each.url} {each.width}x{each.height} {each.codec}" for each in found if each.name == "hall-7"
        ]

    with announcing(True, keep_text(said), [LOOPBACK]) as announce:
        pipeline = SenderPipeline(config, reporter, stop, on_ready=announce)
        with RunningPipeline(pipeline, reporter, stop) as sender:
            expected = [f"{sender.address()} 96x64 webp"]
            wait_until(lambda: listed() == expected)
    wait_until(lambda: listed() == [])
    assert said == []


@NEEDS_MULTICAST
def test_what_cannot_be_announced_is_told() -> None:
    said: list[str] = []
    announcer = Announcer(keep_text(said), [LOOPBACK])
    announcer.add(lambda: replace(HALL, addresses=()))
    wait_until(lambda: bool(said))
    announcer.close()
    assert said == ["cannot announce: it has no address; the stream goes on"]


@NEEDS_MULTICAST
def test_two_machines_of_one_name_are_both_found() -> None:
    announcers = [Announcer(print, [LOOPBACK]) for _ in range(2)]
    announcers[0].add(lambda: HALL)
    announcers[1].add(lambda: replace(HALL, addresses=("10.0.0.8",)))

    def found() -> set[str]:
        return {each.url for each in discover(0.3, [LOOPBACK]).announcements if each.name == "hall-7"}

    wait_until(lambda: found() == {"tcp://10.0.0.7:5555", "tcp://10.0.0.8:5555"})
    for announcer in announcers:
        announcer.close()

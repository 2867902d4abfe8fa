"""What browsers wish is done within the settings, and not too often."""

from __future__ import annotations

from typing import cast

import pytest

from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.decoding import DecodeThread
from narrowcast.receiver.network import ReceiverNetwork
from narrowcast.receiver.stream_choice import StreamChoice
from narrowcast.receiver.stream_control import APPLY_INTERVAL_US, StreamControl


class FakeReceiver:
    """Takes what a receiver's network and decoder would be told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def restore(self, when: str) -> None:
        self.told.append(when)

    def ask_for(self, *, max_kbps: float, max_fps: float) -> None:
        self.told.append((max_kbps, max_fps))


def control_of(fake: FakeReceiver, **settings: object) -> StreamControl:
    config = ReceiverConfig(url="tcp://camera:5555", **settings)  # type: ignore[arg-type]
    return StreamControl(config, cast(ReceiverNetwork, fake), cast(DecodeThread, fake))


def test_it_begins_with_the_settings() -> None:
    control = control_of(FakeReceiver(), restore="never", max_kbps=100, max_fps=5)
    assert control.choice == StreamChoice(restore="never", max_kbps=100, max_fps=5)


def test_each_wish_is_carried_out_by_the_part_that_it_concerns() -> None:
    fake = FakeReceiver()
    control = control_of(fake)
    assert control.obey([StreamChoice(restore="never")], 0)
    assert not control.obey([], 0) and fake.told == ["never"]
    assert control.obey([StreamChoice(max_kbps=64), StreamChoice(max_fps=5)], APPLY_INTERVAL_US)
    assert fake.told == ["never", (64, 5)]
    assert control.choice == StreamChoice(restore="never", max_kbps=64, max_fps=5)
    assert not control.obey([StreamChoice(max_kbps=64)], 2 * APPLY_INTERVAL_US), "nothing new"


def test_wishes_that_come_too_fast_wait_and_the_last_one_counts() -> None:
    fake = FakeReceiver()
    control = control_of(fake)
    for kbps in range(10, 20):
        control.obey([StreamChoice(max_kbps=kbps)], 1000 * kbps)
    assert fake.told == [(10, 0)]
    assert control.obey([], 10_000 + APPLY_INTERVAL_US) and fake.told == [(10, 0), (19, 0)]


@pytest.mark.parametrize(("wished", "kbps"), [(500, 100), (0, 100), (50, 50)])
def test_no_limit_goes_beyond_that_of_the_settings(wished: float, kbps: float) -> None:
    control = control_of(FakeReceiver(), max_kbps=100)
    control.obey([StreamChoice(max_kbps=50)], 0)
    control.obey([StreamChoice(max_kbps=wished)], APPLY_INTERVAL_US)
    assert control.choice.max_kbps == kbps


def test_where_the_settings_do_not_allow_it_nothing_is_done() -> None:
    fake = FakeReceiver()
    control = control_of(fake, web_controls=False)
    assert not control.obey([StreamChoice(restore="always", max_kbps=64)], 0) and fake.told == []

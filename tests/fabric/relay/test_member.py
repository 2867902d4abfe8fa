"""A camera of the relay with its lease and its link."""

from __future__ import annotations

from typing import cast

from narrowcast.fabric.lease import Holder, this_run
from narrowcast.fabric.relay.config import RelayConfig, RelaySource
from narrowcast.fabric.relay.member import RelayMember
from narrowcast.fabric.relay.publisher import Publisher
from narrowcast.fabric.relay.totals import Totals
from narrowcast.protocol import Rejected
from tests.fabric.relay.test_camera import FakePublisher
from tests.reporters import keep_text

URL = "tcp://127.0.0.1:1"


def member(lines: list[str]) -> RelayMember:
    config = RelayConfig(cameras=(f"front={URL}",))
    return RelayMember(0, RelaySource(name="front", url=URL), config, this_run(), keep_text(lines))


def test_a_link_is_open_only_while_the_lease_is_held() -> None:
    import asyncio

    async def run() -> None:
        lines: list[str] = []
        front, publisher = member(lines), cast(Publisher, FakePublisher())
        front.hold(publisher)
        link = front._link
        assert link is not None and front.camera.publisher is publisher and not front.linked
        front.hold(publisher)
        assert front._link is link
        front.lease.holder = Holder(run="b", host="elsewhere", process=1)
        front.stand_by()
        front.stand_by()
        assert front._link is None and front.camera.publisher is None
        assert lines == ["front: a relay on elsewhere has this camera; standing by for it"]
        front.hold(publisher)
        assert front._link is not None and lines[-1] == "front: the other relay is gone: this one goes on"
        front.say_goodbye()
        front.close_link()
        front.close_link()

    asyncio.run(run())


def test_a_sender_that_turned_the_relay_away_is_asked_again_later() -> None:
    import asyncio

    async def run() -> None:
        lines: list[str] = []
        front, publisher = member(lines), cast(Publisher, FakePublisher())
        front.hold(publisher)
        first = front.camera.session
        first._events.append(Rejected(code=1, text="update it", final=True))
        front._step()
        assert lines == ["front: the sender turned us away: update it"]
        front.hold(publisher)
        assert front.camera.session is first
        front._refused_us = -(10**9)
        front.hold(publisher)
        assert front.camera.session is not first
        front.close_link()

    asyncio.run(run())


def test_what_cameras_count_is_added_up() -> None:
    lines: list[str] = []
    members = [member(lines), member(lines)]
    totals = Totals(members)
    assert totals.second() is None
    for each, frames in zip(members, (3, 4), strict=True):
        each.camera.counts.frames = frames
    totals._second_us -= 1_000_000
    second = totals.second()
    assert second is not None and (second.frames, second.cameras, second.linked) == (7, 2, 0)
    members[0].camera.counts.frames += 1
    totals._second_us -= 1_000_000
    following = totals.second()
    assert following is not None and following.frames == 1 and totals.whole().frames == 8

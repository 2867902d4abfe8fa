"""Parts wait for the cap, in order, and are forgotten with their receiver."""

from __future__ import annotations

from protocol.rate.frame_pacer import FramePacer
from protocol.rate.wire_cap import WireCap
from protocol.session.receiver_state import FrameInFlight
from protocol.wire.frame_parts import split_frame
from protocol.wire.messages import FrameMessage


def flight() -> FrameInFlight:
    return FrameInFlight(sequence=1, frame_bytes=6000, wire_bytes=6600, coded_us=0)


def test_without_a_cap_all_goes_at_once_and_the_times_are_noted() -> None:
    pacer = FramePacer(WireCap(0.0), keys=False)
    way = flight()
    pacer.put(b"a", way, split_frame(_frame(6000), 1200))
    assert [part.last for part in pacer.due(70)] == [False] * 4 + [True]
    assert (way.first_us, way.last_us) == (70, 70)
    assert pacer.idle


def test_under_a_cap_parts_go_when_there_is_room() -> None:
    pacer = FramePacer(WireCap(18.0), keys=False)
    way = flight()
    pacer.put(b"a", way, split_frame(_frame(6000), 1200))
    assert len(pacer.due(0)) == 3
    assert pacer.due(1000) == []
    assert not pacer.idle
    later_us = pacer.ready_us(1000)
    assert 2_000_000 < later_us < 2_200_000
    assert len(pacer.due(later_us)) == 2
    assert (way.first_us, way.last_us) == (0, later_us)


def test_what_waits_for_one_receiver_is_forgotten_alone() -> None:
    pacer = FramePacer(WireCap(0.0), keys=False)
    for peer in (b"a", b"b"):
        pacer.put(peer, flight(), split_frame(_frame(2000), 1200))
    pacer.forget(b"a")
    assert [part.peer for part in pacer.due(0)] == [b"b", b"b"]


def _frame(size: int) -> FrameMessage:
    return FrameMessage(epoch=1, sequence=1, capture_sender_us=0, send_delay_us=0, payload=b"p" * size)

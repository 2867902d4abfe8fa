"""What an ACK or a copy of a frame costs is the same however many receivers there are: lines are counted."""

from __future__ import annotations

import pytest

from narrowcast.protocol.rate.congestion_window import FrameInFlight
from narrowcast.protocol.rate.pacing import FramePacer
from narrowcast.protocol.rate.wire_cap import WireCap
from narrowcast.protocol.session import outbox
from narrowcast.protocol.wire.messages import FrameMessage, FramePair, Message
from narrowcast.protocol.wire.packing import pack
from tests.protocol.simulated_crowd import SETTLE_FRAMES, Crowd, counted_lines

FEW, MANY = 8, 128


def lines_an_ack(receivers: int) -> float:
    """Lines of Python that the sender runs for each ACK, where every ACK comes by itself."""
    crowd = Crowd(receivers)
    crowd.run(SETTLE_FRAMES)
    lines = acks = 0
    for _ in range(3):
        crowd.now_us += 100_000
        before = crowd.acks
        crowd.send_frame()
        with counted_lines() as count:
            crowd.take_in()
        lines, acks = lines + count.lines, acks + crowd.acks - before
    assert acks == 3 * receivers
    return lines / acks


def lines_a_delivery(receivers: int) -> float:
    """Lines of Python that the sender runs for each copy of a frame that it sends."""
    crowd = Crowd(receivers, packets_a_poll=64)
    crowd.run(SETTLE_FRAMES)
    crowd.now_us += 100_000
    before = crowd.acks
    with counted_lines() as count:
        crowd.send_frame()
    assert crowd.acks - before == receivers
    return count.lines / receivers


def test_an_ack_among_many_costs_what_one_among_few_costs() -> None:
    assert lines_an_ack(MANY) < 1.1 * lines_an_ack(FEW)


def test_a_copy_of_a_frame_for_many_costs_no_more_than_for_few() -> None:
    assert lines_a_delivery(MANY) < 1.1 * lines_a_delivery(FEW)


def test_a_frame_for_all_is_packed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    packed: list[type] = []

    def counting_pack(message: Message, riders: list[Message] | None = None) -> bytes:
        packed.append(type(message))
        return pack(message, riders)

    crowd = Crowd(FEW, packets_a_poll=64)
    crowd.run(SETTLE_FRAMES)
    monkeypatch.setattr(outbox, "pack", counting_pack)
    crowd.now_us += 100_000
    crowd.send_frame()
    assert crowd.acks > 0 and packed == [FrameMessage]


def test_small_frames_that_share_a_message_are_packed_once_for_all() -> None:
    pacer = FramePacer(WireCap(0.0), keys=False)
    frames = [FrameMessage(sequence=n, capture_sender_us=n, payload=b"x") for n in (1, 2)]
    for frame in frames:
        for peer in (b"a", b"b"):
            in_flight = FrameInFlight(
                peer=peer, sequence=frame.sequence, payload_bytes=1, wire_bytes=80, coded_local_us=0
            )
            in_flight.unsent.append(frame)
            in_flight.held_until_local_us = 100
            pacer.put(in_flight)
    (_, first), (_, second) = pacer.due(1)
    assert isinstance(first, FramePair) and first is second

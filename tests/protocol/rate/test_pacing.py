"""The cap holds over any two seconds; parts wait for it in order, and are dropped with their receiver."""

from __future__ import annotations

import random
from collections import deque

from protocol.rate.congestion_window import FrameInFlight
from protocol.rate.pacing import CAP_INTERVAL_US, WINDOW_US, FramePacer, WireCap
from protocol.wire.frame_parts import split_frame
from protocol.wire.messages import FrameMessage


def frame_in_flight(size: int, peer: bytes = b"a") -> FrameInFlight:
    frame = FrameMessage(sequence=1, capture_sender_us=0, send_delay_us=0, payload=b"p" * size)
    return FrameInFlight(
        peer=peer,
        sequence=1,
        payload_bytes=size,
        wire_bytes=size + 600,
        coded_local_us=0,
        unsent=deque(split_frame(frame, 1200)),
    )


def test_without_a_cap_all_goes_at_once_and_the_times_are_noted() -> None:
    pacer = FramePacer(WireCap(0.0), keys=False)
    frame = frame_in_flight(6000)
    pacer.put(frame)
    assert [peer for peer, _ in pacer.due(70)] == [b"a"] * 5
    assert (frame.first_sent_local_us, frame.last_sent_local_us) == (70, 70)
    assert pacer.idle


def test_under_a_cap_parts_go_when_there_is_room() -> None:
    pacer = FramePacer(WireCap(18.0), keys=False)
    frame = frame_in_flight(6000)
    pacer.put(frame)
    assert len(pacer.due(0)) == 3
    assert pacer.due(1000) == []
    assert not pacer.idle
    later_us = pacer.ready_us(1000)
    assert 2_000_000 < later_us < 2_200_000
    assert len(pacer.due(later_us)) == 2
    assert (frame.first_sent_local_us, frame.last_sent_local_us) == (0, later_us)


def test_what_waits_for_one_receiver_is_dropped_alone() -> None:
    pacer = FramePacer(WireCap(0.0), keys=False)
    for peer in (b"a", b"b"):
        pacer.put(frame_in_flight(2000, peer))
    pacer.drop(b"a")
    assert [peer for peer, _ in pacer.due(0)] == [b"b", b"b"]


def test_without_a_cap_there_is_always_room() -> None:
    cap = WireCap(0.0)
    cap.count(10**9, 0, frame=True)
    assert cap.ready_us(10**9, 5) == 5
    assert cap.frame_bps(5) is None
    assert cap.free_bytes(5) == float("inf")


def test_any_two_seconds_hold_what_the_cap_allows_and_nearly_all_of_it_is_used() -> None:
    random.seed(5)
    cap = WireCap(48.0)
    sent: list[tuple[int, int]] = []
    now_us = 0
    while now_us < 20_000_000:
        wire_bytes = random.randint(100, 3000)
        now_us = cap.ready_us(wire_bytes, now_us)
        cap.count(wire_bytes, now_us, frame=True)
        sent.append((now_us, wire_bytes))
        now_us += 1000
    for start_us, _ in sent:
        in_window = sum(size for at_us, size in sent if start_us <= at_us < start_us + CAP_INTERVAL_US)
        assert in_window <= 48 * 250
    total = sum(size for _, size in sent)
    assert total > 0.85 * 48 * 125 * 20


def test_what_never_fits_goes_with_an_empty_window() -> None:
    cap = WireCap(8.0)
    cap.count(500, 0, frame=True)
    assert cap.ready_us(50_000, 100) == WINDOW_US


def test_frames_get_what_the_rest_leaves() -> None:
    cap = WireCap(48.0)
    alone = cap.frame_bps(0)
    cap.count(2400, 0, frame=False)
    cap.count(2400, 0, frame=True)
    beside = cap.frame_bps(0)
    assert alone is not None and beside is not None
    assert round(beside / alone, 3) == 0.8
    assert cap.free_bytes(0) == 12_000 - 4800
    assert cap.frame_bps(WINDOW_US) == alone

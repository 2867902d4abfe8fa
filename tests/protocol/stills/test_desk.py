"""Tests of protocol/stills/desk.py."""

from __future__ import annotations

import random

import pytest

from protocol.stills.desk import (
    FORGOTTEN_US,
    FULL_SHARE,
    MAX_FILES,
    NEW_STILL_US,
    STILL_SHARE,
    Slice,
    StillDesk,
)
from protocol.wire.messages import StillPart, StillRequest

PNG = random.Random(1).randbytes(5000)
LINK_BPS = 64_000.0


def asked_desk(credit_bytes: int = 100_000) -> StillDesk:
    desk = StillDesk(keys=False)
    desk.ask(b"r", StillRequest(sequence=5, credit_bytes=credit_bytes), 0)
    assert desk.take_wanted() == [5] and desk.take_wanted() == []
    desk.provide(5, PNG)
    return desk


def take(desk: StillDesk, now_us: int, peer: bytes = b"r") -> Slice | None:
    slice_ = desk.next_slice(peer, link_bps=LINK_BPS, cap_bps=LINK_BPS, min_rtt_us=0, now_us=now_us)
    if slice_ is not None:
        desk.sent(slice_, LINK_BPS)
    return slice_


@pytest.mark.parametrize(
    ("frames_share", "still_share"), [(0.7, STILL_SHARE), (0.0, FULL_SHARE), (0.3, FULL_SHARE - 0.3)]
)
def test_a_file_leaves_in_slices_at_its_share_of_the_rate(frames_share: float, still_share: float) -> None:
    desk = asked_desk()
    for before_us in range(-5_000_000, 0, 1000):
        desk.frame_sent(round(frames_share * LINK_BPS / 8e3), before_us)
    got, sizes, now_us = b"", 0, 0
    while len(got) < len(PNG):
        slice_ = take(desk, now_us)
        if slice_ is not None:
            assert slice_.message.offset == len(got) and slice_.message.total_bytes == len(PNG)
            got += slice_.message.payload
            sizes += slice_.wire_bytes
            request = StillRequest(sequence=5, offset=len(got), credit_bytes=100_000)
            assert desk.ask(b"r", request, now_us) == [slice_]
        desk.frame_sent(round(frames_share * LINK_BPS / 8e3), now_us)
        now_us += 1000
    assert got == PNG
    assert 8e6 * sizes / now_us == pytest.approx(still_share * LINK_BPS, rel=0.15)
    assert not desk.busy, "the receiver has said that it has everything"


def test_no_more_is_under_way_than_two_slices_and_the_credit() -> None:
    desk = asked_desk()
    slices = [slice_ for now_us in range(0, 5_000_000, 10_000) if (slice_ := take(desk, now_us))]
    assert len(slices) == 2 and desk.next_us(b"r") is None
    desk = asked_desk(credit_bytes=100)
    first = take(desk, 0)
    assert first is not None and len(first.message.payload) == 100
    assert take(desk, 5_000_000) is None


def test_what_was_lost_is_sent_again() -> None:
    desk = asked_desk()
    first = take(desk, 0)
    assert first is not None
    desk.take_back(b"r", first.message)
    again = take(desk, 1_000_000)
    assert again is not None and again.message == first.message
    assert take(desk, 2_000_000) is not None
    desk.ask(b"r", StillRequest(sequence=5, offset=0, credit_bytes=100_000, again=True), 3_000_000)
    third = take(desk, 3_000_000)
    assert third is not None and third.message == first.message


def test_a_receiver_that_lost_its_connection_goes_on_where_it_was() -> None:
    desk = asked_desk()
    desk.forget(b"r")
    assert not desk.busy
    assert desk.ask(b"new", StillRequest(sequence=5, offset=3000, credit_bytes=9000), 1_000_000) == []
    slice_ = take(desk, 1_000_000, b"new")
    assert slice_ is not None and slice_.message.offset == 3000


def test_a_picture_that_is_not_there_is_told_to_all_who_ask() -> None:
    desk = StillDesk(keys=False)
    for peer in (b"a", b"b"):
        desk.ask(peer, StillRequest(sequence=5, credit_bytes=9), 0)
    assert desk.take_wanted() == [5]
    part = StillPart(sequence=5, reason="gone")
    assert desk.refuse(5, "gone") == [(b"a", part), (b"b", part)]
    assert take(desk, 0) is None and not desk.busy


def test_a_receiver_cannot_make_the_sender_code_without_pause() -> None:
    desk = StillDesk(keys=False)
    for sequence in range(100):
        desk.ask(b"r", StillRequest(sequence=sequence, credit_bytes=9), sequence)
    assert desk.take_wanted() == [0]
    desk.ask(b"r", StillRequest(sequence=7, credit_bytes=9), NEW_STILL_US)
    assert desk.take_wanted() == [7]


def test_a_receiver_that_says_nothing_more_costs_the_stream_nothing_more() -> None:
    desk = asked_desk()
    take(desk, 0)
    assert desk.busy
    assert take(desk, FORGOTTEN_US + 1) is None
    assert not desk.busy


def test_files_do_not_pile_up() -> None:
    desk = StillDesk(keys=False)
    for sequence in range(20):
        desk.provide(sequence, PNG)
    for sequence in range(20):
        desk.ask(b"%d" % sequence, StillRequest(sequence=sequence, credit_bytes=9), 0)
    assert desk.take_wanted() == list(range(20 - MAX_FILES)), "the others are still at hand"

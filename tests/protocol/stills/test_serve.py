"""Tests of protocol/stills/serve.py."""

from __future__ import annotations

import random

import pytest

from narrowcast.protocol.stills.serve import (
    FULL_SHARE,
    MAX_FILES,
    NEW_STILL_US,
    STILL_SHARE,
    TRANSFER_TIMEOUT_US,
    Slice,
    StillServer,
)
from narrowcast.protocol.wire.messages import StillPart, StillRequest

PNG = random.Random(1).randbytes(5000)
LINK_BPS = 64_000.0


def asked_server(credit_bytes: int = 100_000) -> StillServer:
    server = StillServer(keys=False)
    server.request(b"r", StillRequest(sequence=5, credit_bytes=credit_bytes), 0)
    assert server.take_wanted() == [5] and server.take_wanted() == []
    server.provide(5, PNG)
    return server


def take(server: StillServer, now_us: int, peer: bytes = b"r") -> Slice | None:
    slice_ = server.next_slice(peer, link_bps=LINK_BPS, cap_bps=LINK_BPS, min_rtt_us=0, now_us=now_us)
    if slice_ is not None:
        server.sent(slice_, LINK_BPS)
    return slice_


@pytest.mark.parametrize(
    ("frames_share", "still_share"), [(0.7, STILL_SHARE), (0.0, FULL_SHARE), (0.3, FULL_SHARE - 0.3)]
)
def test_a_file_leaves_in_slices_at_its_share_of_the_rate(frames_share: float, still_share: float) -> None:
    server = asked_server()
    for before_us in range(-5_000_000, 0, 1000):
        server.frame_sent(round(frames_share * LINK_BPS / 8e3), before_us)
    got, sizes, now_us = b"", 0, 0
    while len(got) < len(PNG):
        slice_ = take(server, now_us)
        if slice_ is not None:
            assert slice_.message.offset == len(got) and slice_.message.total_bytes == len(PNG)
            got += slice_.message.payload
            sizes += slice_.wire_bytes
            request = StillRequest(sequence=5, offset=len(got), credit_bytes=100_000)
            assert server.request(b"r", request, now_us) == [slice_]
        server.frame_sent(round(frames_share * LINK_BPS / 8e3), now_us)
        now_us += 1000
    assert got == PNG
    assert 8e6 * sizes / now_us == pytest.approx(still_share * LINK_BPS, rel=0.15)
    assert not server.busy, "the receiver has said that it has everything"


def test_no_more_is_under_way_than_two_slices_and_the_credit() -> None:
    server = asked_server()
    slices = [slice_ for now_us in range(0, 5_000_000, 10_000) if (slice_ := take(server, now_us))]
    assert len(slices) == 2 and server.next_us(b"r") is None
    server = asked_server(credit_bytes=100)
    first = take(server, 0)
    assert first is not None and len(first.message.payload) == 100
    assert take(server, 5_000_000) is None


def test_what_was_lost_is_sent_again() -> None:
    server = asked_server()
    first = take(server, 0)
    assert first is not None
    server.take_back(b"r", first.message)
    again = take(server, 1_000_000)
    assert again is not None and again.message == first.message
    assert take(server, 2_000_000) is not None
    server.request(b"r", StillRequest(sequence=5, offset=0, credit_bytes=100_000, again=True), 3_000_000)
    third = take(server, 3_000_000)
    assert third is not None and third.message == first.message


def test_a_receiver_that_lost_its_connection_goes_on_where_it_was() -> None:
    server = asked_server()
    server.forget(b"r")
    assert not server.busy
    assert server.request(b"new", StillRequest(sequence=5, offset=3000, credit_bytes=9000), 1_000_000) == []
    slice_ = take(server, 1_000_000, b"new")
    assert slice_ is not None and slice_.message.offset == 3000


def test_a_picture_that_is_not_there_is_told_to_all_who_ask() -> None:
    server = StillServer(keys=False)
    for peer in (b"a", b"b"):
        server.request(peer, StillRequest(sequence=5, credit_bytes=9), 0)
    assert server.take_wanted() == [5]
    part = StillPart(sequence=5, reason="gone")
    assert server.refuse(5, "gone") == [(b"a", part), (b"b", part)]
    assert take(server, 0) is None and not server.busy


def test_a_receiver_cannot_make_the_sender_code_without_pause() -> None:
    server = StillServer(keys=False)
    for sequence in range(100):
        server.request(b"r", StillRequest(sequence=sequence, credit_bytes=9), sequence)
    assert server.take_wanted() == [0]
    server.request(b"r", StillRequest(sequence=7, credit_bytes=9), NEW_STILL_US)
    assert server.take_wanted() == [7]


def test_a_receiver_that_says_nothing_more_costs_the_stream_nothing_more() -> None:
    server = asked_server()
    take(server, 0)
    assert server.busy
    assert take(server, TRANSFER_TIMEOUT_US + 1) is None
    assert not server.busy


def test_files_do_not_pile_up() -> None:
    server = StillServer(keys=False)
    for sequence in range(20):
        server.provide(sequence, PNG)
    for sequence in range(20):
        server.request(b"%d" % sequence, StillRequest(sequence=sequence, credit_bytes=9), 0)
    assert server.take_wanted() == list(range(20 - MAX_FILES)), "the others are still at hand"

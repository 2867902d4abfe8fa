"""The byte layout of messages that come with every frame: sizes, golden bytes, round trips, refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowcast.protocol.errors import MessageError
from narrowcast.protocol.wire.fields import MAX_COUNT
from narrowcast.protocol.wire.frame_layout import LaidOut, message_bytes, pack_laid_out, unpack_laid_out
from narrowcast.protocol.wire.messages import Ack, FrameMessage, FramePair, FramePart, StillPart

GOLDEN: list[tuple[LaidOut, str]] = [
    (
        FrameMessage(sequence=5, capture_sender_us=66_667, payload=b"\xab\xcd", send_delay_us=30_000),
        "400005 01046b 012c abcd",
    ),
    (
        FrameMessage(
            sequence=65_536, capture_sender_us=10**12, payload=b"k", keyframe=True, full=True, parts=3
        ),
        "55 0000000000010000 000000e8d4a51000 0000 0003 6b",
    ),
    (
        FrameMessage(sequence=7, capture_sender_us=1, payload=b"", droppable=True, chain_distance=2),
        "4a 0007 000001 0000 0002",
    ),
    (
        FramePair(
            first=FrameMessage(sequence=5, capture_sender_us=66_667, payload=b"\xab", first_of_pair=True),
            second=FrameMessage(sequence=6, capture_sender_us=133_333, payload=b"\xcd\xef"),
        ),
        "18 0009 400005 01046b 0000 ab 400006 0208d5 0000 cdef",
    ),
    (FramePart(sequence=9, part=2, payload=b"part"), "20 0009 0002 70617274"),
    (Ack(sequence=9, hold_us=3000), "10 0009 000bb8"),
    (
        StillPart(sequence=9, offset=1, total_bytes=4, payload=b"png"),
        "30 0000000000000009 00000001 00000004 706e67",
    ),
    (StillPart(sequence=9, reason="gone"), "30 0000000000000009 00000000 00000000 676f6e65"),
]

inter_frames = st.builds(
    FrameMessage,
    sequence=st.integers(0, 2**16 - 1),
    capture_sender_us=st.integers(0, 2**24 - 1),
    payload=st.binary(max_size=50),
    send_delay_us=st.integers(0, 65_535).map(lambda steps: 100 * steps),
    droppable=st.booleans(),
    chain_distance=st.integers(1, 65_535),
    parts=st.integers(1, 65_535),
)
full_frames = st.builds(
    replace,
    inter_frames,
    sequence=st.integers(0, MAX_COUNT),
    capture_sender_us=st.integers(-MAX_COUNT, MAX_COUNT),
    keyframe=st.booleans(),
    full=st.just(True),
)
whole_frames = st.builds(replace, inter_frames | full_frames, parts=st.just(1))
pairs = st.builds(
    FramePair, first=st.builds(replace, whole_frames, first_of_pair=st.just(True)), second=whole_frames
)
others = st.one_of(
    st.builds(
        FramePart,
        sequence=st.integers(0, 65_535),
        part=st.integers(0, 65_535),
        payload=st.binary(max_size=50),
    ),
    st.builds(Ack, sequence=st.integers(0, 65_535), hold_us=st.integers(0, 2**24 - 1)),
    st.builds(
        StillPart,
        sequence=st.integers(0, MAX_COUNT),
        offset=st.integers(0, 2**25),
        total_bytes=st.integers(1, 2**25),
        payload=st.binary(max_size=50),
    ),
    st.builds(StillPart, sequence=st.integers(0, MAX_COUNT), reason=st.text(max_size=300)),
)


@pytest.mark.parametrize(("message", "golden"), GOLDEN)
def test_golden_bytes(message: LaidOut, golden: str) -> None:
    assert pack_laid_out(message) == bytes.fromhex(golden)
    assert unpack_laid_out(bytes.fromhex(golden)) == message


@given(inter_frames | full_frames | pairs | others)
def test_what_is_packed_comes_back(message: LaidOut) -> None:
    packed = pack_laid_out(message)
    assert unpack_laid_out(packed) == message
    if isinstance(message, (FrameMessage, FramePair, FramePart)):
        assert len(packed) == message_bytes(message)


def test_sizes_that_are_promised() -> None:
    usual = FrameMessage(sequence=10**6, capture_sender_us=10**13, payload=b"", send_delay_us=30_000)
    assert len(pack_laid_out(usual)) == 8
    assert len(pack_laid_out(replace(usual, droppable=True, chain_distance=2))) == 10
    assert len(pack_laid_out(replace(usual, keyframe=True))) == 19
    assert len(pack_laid_out(Ack(sequence=2**40, hold_us=10**9))) == 6


def test_times_beyond_the_layout_become_the_longest() -> None:
    frame = FrameMessage(sequence=1, capture_sender_us=1, payload=b"", send_delay_us=10**9)
    assert unpack_laid_out(pack_laid_out(frame)) == replace(frame, send_delay_us=6_553_500)
    frame = replace(frame, send_delay_us=-5)
    assert unpack_laid_out(pack_laid_out(frame)) == replace(frame, send_delay_us=0)
    assert unpack_laid_out(pack_laid_out(Ack(sequence=1, hold_us=10**9))) == Ack(
        sequence=1, hold_us=2**24 - 1
    )


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ("40", "ends early"),
        ("40 0005 01046b 01", "ends early"),
        ("41 0005 01046b 012c", "flags of a FRAME"),
        ("60 0005 01046b 012c", "flags of a FRAME"),
        ("48 0005 01046b 012c 0001", "chain_distance only where"),
        ("48 0005 01046b 012c", "ends early"),
        ("44 ffffffffffffffff 0000000000000000 0000", "at most 2\\^53"),
        ("18 0009", "a pair of FRAMEs"),
        ("18 ffff 400005 01046b 0000 ab 400006 0208d5 0000 cdef", "a pair of FRAMEs"),
        ("18 0009 400005 01046b 0000 ab 200006 0208d5", "a pair of FRAMEs"),
        ("18 0009 400005 01046b 0000 ab 400006", "ends early"),
        ("18 0009 400005 01046b 0000 ab 500006 0208d5 0000 0002", "whole frames"),
        ("18 0000", "a pair of FRAMEs"),
        ("10 0009", "begin with 0x10"),
        ("10 0009 000bb8 00", "begin with 0x10"),
        ("20 0009", "ends early"),
        ("30 00", "ends early"),
        ("30 0000000000000009 ffffffff 00000000", "a still of at most"),
        ("30 0000000000000009 00000000 00000000 ff", "no text"),
        ("30 0000000000000009 00000000 00000000" + 301 * "61", "300 characters"),
        ("08", "begin with 0x08"),
    ],
)
def test_what_is_no_message_is_refused(data: str, complaint: str) -> None:
    with pytest.raises(MessageError, match=complaint):
        unpack_laid_out(bytes.fromhex(data))


def test_numbers_that_do_not_fit_are_refused_here() -> None:
    with pytest.raises(MessageError, match="FramePart: a number does not fit"):
        pack_laid_out(FramePart(sequence=1, part=70_000, payload=b""))
    with pytest.raises(MessageError, match="StillPart: a number does not fit"):
        pack_laid_out(StillPart(sequence=-1, total_bytes=1))

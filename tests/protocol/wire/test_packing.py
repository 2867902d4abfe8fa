"""pack and unpack are inverses, and unpack survives anything."""

from __future__ import annotations

import random

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import MessageError
from protocol.wire.messages import (
    Ack,
    FrameMessage,
    FramePart,
    KeyframeRequest,
    Message,
    Ping,
    Pong,
    Report,
    StillPart,
    StillRequest,
)
from protocol.wire.packing import FRAME_HEADER_BYTES, MAX_CONTROL_BYTES, pack, unpack
from protocol.wire.session_messages import Bye, CodecOffer, Hello, Reject, StreamParameters, Welcome

counts = st.integers(0, 2**53)
times = st.integers(-(2**53), 2**53)
id16 = st.integers(0, 2**16 - 1)
id63 = st.integers(0, 2**63 - 1)
sides = st.integers(0, 16384)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=64)
lines = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
rates = st.floats(0, 1e9)
offers = st.builds(CodecOffer, name=names, model_id=names)
streams = st.builds(
    StreamParameters,
    width=sides,
    height=sides,
    fps=rates,
    codec=names,
    model_id=names,
    max_kbps=rates,
    max_payload_bytes=counts,
    stream=id16,
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=32),
)
messages = st.one_of(
    st.builds(
        Hello,
        version=id16,
        role=id16,
        instance=id63,
        codecs=st.lists(offers, max_size=4).map(tuple),
        stream=id16,
        max_kbps=rates,
        max_fps=rates,
        max_payload_bytes=counts,
        name=names,
    ),
    st.builds(Welcome, version=id16, session=counts, epoch=id16, parameters=streams),
    st.builds(Reject, version=id16, code=id16, text=lines),
    st.builds(
        FrameMessage,
        epoch=id16,
        sequence=counts,
        capture_sender_us=times,
        send_delay_us=times,
        payload=st.binary(max_size=6000),
        encode_us=times,
        keyframe=st.booleans(),
        droppable=st.booleans(),
        chain_distance=counts,
        quality_permille=st.integers(0, 1000),
        stream=id16,
        codec=names,
        width=sides,
        height=sides,
    ),
    st.builds(FramePart, epoch=id16, sequence=counts, part=counts, payload=st.binary(max_size=300)),
    st.builds(Ack, sequence=counts, hold_us=times),
    st.builds(
        Report,
        fps=rates,
        decode_p50_ms=rates,
        decode_p95_ms=rates,
        drops=counts,
        displayed_age_ms=st.none() | rates,
    ),
    st.builds(KeyframeRequest, after_sequence=counts, reason=lines),
    st.builds(Ping, number=counts, sent_receiver_us=times, min_rtt_us=st.none() | times),
    st.builds(
        Pong,
        number=counts,
        epoch=id16,
        ping_sent_receiver_us=times,
        ping_received_sender_us=times,
        pong_sent_sender_us=times,
    ),
    st.builds(StillRequest, sequence=counts, offset=counts, credit_bytes=counts, again=st.booleans()),
    st.builds(
        StillPart,
        sequence=counts,
        offset=counts,
        total_bytes=counts,
        payload=st.binary(max_size=6000),
        reason=lines,
    ),
    st.builds(Bye, reason=lines, say_hello=st.booleans()),
)


@settings(max_examples=300, deadline=None)
@given(messages)
def test_unpack_gives_back_what_was_packed(message: Message) -> None:
    assert unpack(pack(message), max_payload_bytes=6000) == message


def test_frame_header_is_small_and_within_its_bound() -> None:
    usual = FrameMessage(
        epoch=40_000,
        sequence=100_000,
        capture_sender_us=10**11,
        send_delay_us=30_000,
        payload=b"",
        encode_us=20_000,
        quality_permille=300,
    )
    assert len(pack(usual)) <= 44
    largest = FrameMessage(
        epoch=2**16 - 1,
        sequence=2**53,
        capture_sender_us=-(2**53),
        send_delay_us=-(2**53),
        payload=b"",
        encode_us=-(2**53),
        keyframe=True,
        droppable=True,
        chain_distance=2**53,
        quality_permille=1000,
        stream=2**16 - 1,
        codec="c" * 64,
        width=16384,
        height=16384,
    )
    assert len(pack(largest)) <= FRAME_HEADER_BYTES


def test_unknown_fields_are_ignored_and_missing_ones_are_named() -> None:
    later_version = msgpack.packb({0: 5, 1: 77, 2: 5, 60: "new", "also": [1, 2]})
    assert unpack(later_version) == Ack(sequence=77, hold_us=5)
    with pytest.raises(MessageError, match="Ack needs sequence"):
        unpack(msgpack.packb({0: 5, 2: 5}))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "1 to 4096 bytes, got 0"),
        (msgpack.packb({0: 5, 1: "x"}), "sequence: needed an integer"),
        (msgpack.packb({0: 5, 1: True}), "sequence: needed an integer"),
        (msgpack.packb({0: 5, 1: -1}), "sequence: needed an integer"),
        (msgpack.packb({0: 6, 1: float("nan")}), "fps: needed a number"),
        (msgpack.packb({0: 10, 1: "x" * 301}), "reason: needed text"),
        (msgpack.packb({0: 10, 2: 1}), "say_hello: needed true or false"),
        (msgpack.packb({0: 1, 1: 1, 2: 1, 3: 1, 4: [[]]}), "codecs: needed a map"),
        (msgpack.packb({0: 1, 1: 1, 2: 1, 3: 1, 4: [{}] * 33}), "exceeds max_array_len"),
        (msgpack.packb({0: 99}), "kind of message from 1 to 13"),
        (msgpack.packb({1: 5}), "kind of message as the first field"),
        (msgpack.packb({}), "1 to 64 fields"),
        (msgpack.packb([0, 5]), "needed a msgpack map"),
        (msgpack.packb({0: 5, 1: 1}) + b"\x00", "bytes behind it"),
        (msgpack.packb({0: 5, 1: 1})[:-1], "needed a msgpack map"),
        (b"\xdf\xff\xff\xff\xff\x00\x05", "1 to 64 fields"),
        (b"\x82\x00\x05\x01" + b"\x91" * 3000, "needed a msgpack map"),
        (msgpack.packb({0: 5, 1: msgpack.ExtType(4, b"xx")}), "needed a msgpack map"),
        (msgpack.packb({0: 10, 1: b"\xff\xfe"}), "reason: needed text"),
        (b"\x82\x00\x0a\x01\xa2\xff\xfe", "needed a msgpack map"),
    ],
)
def test_malformed_messages_are_refused_with_what_was_needed(data: bytes, complaint: str) -> None:
    with pytest.raises(MessageError, match=complaint):
        unpack(data)


def test_sizes_are_checked_before_anything_is_decoded() -> None:
    frame = pack(
        FrameMessage(
            epoch=1, sequence=1, capture_sender_us=1, send_delay_us=1, payload=bytes(MAX_CONTROL_BYTES + 1)
        )
    )
    with pytest.raises(MessageError, match="bytes, got"):
        unpack(frame)
    assert isinstance(unpack(frame, max_payload_bytes=5000), FrameMessage)
    with pytest.raises(MessageError, match="at most 4096 bytes for BYE"):
        unpack(msgpack.packb({0: 10, 9: b"x" * 5000}), max_payload_bytes=10_000)
    nested = msgpack.packb({0: 4, 1: [[1] * 30] * 200})
    with pytest.raises(MessageError, match="exceeds max_array_len"):
        unpack(nested, max_payload_bytes=10_000)


def test_pack_refuses_what_unpack_would_refuse() -> None:
    with pytest.raises(MessageError, match="quality_permille"):
        pack(
            FrameMessage(
                epoch=1, sequence=1, capture_sender_us=0, send_delay_us=0, payload=b"", quality_permille=1001
            )
        )


def test_unpack_survives_thousands_of_mutated_messages() -> None:
    random.seed(7)
    originals = [
        pack(Hello(version=1, role=1, instance=5, codecs=(CodecOffer(name="gan", model_id="ab"),))),
        pack(
            Welcome(
                version=1,
                session=1,
                epoch=2,
                parameters=StreamParameters(width=64, height=64, fps=15.0, codec="gan"),
            )
        ),
        pack(
            FrameMessage(
                epoch=1, sequence=9, capture_sender_us=10**9, send_delay_us=9, payload=b"payload" * 9
            )
        ),
        pack(Report(fps=15.0, displayed_age_ms=80.5)),
        pack(
            Pong(number=1, epoch=1, ping_sent_receiver_us=1, ping_received_sender_us=2, pong_sent_sender_us=3)
        ),
        pack(Bye(reason="over")),
    ]
    refused = 0
    for _ in range(5000):
        data = bytearray(random.choice(originals))
        for _ in range(random.randint(1, 4)):
            position = random.randrange(len(data))
            change = random.randrange(4)
            if change == 0:
                data[position] = random.randrange(256)
            elif change == 1:
                del data[position:]
            elif change == 2:
                data[position:position] = random.randbytes(random.randint(1, 9))
            else:
                data[position] ^= 1 << random.randrange(8)
            if not data:
                break
        try:
            message = unpack(bytes(data), max_payload_bytes=1000)
        except MessageError:
            refused += 1
        else:
            assert unpack(pack(message), max_payload_bytes=1000) == message
    assert 1000 < refused < 5000

"""pack and unpack are inverses, and unpack survives anything."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowcast.protocol.errors import MessageError
from narrowcast.protocol.wire.messages import (
    Ack,
    FrameMessage,
    FramePair,
    KeyframeRequest,
    Message,
    Ping,
    Pong,
    Report,
    StillPart,
    StillRequest,
)
from narrowcast.protocol.wire.packing import MAX_CONTROL_BYTES, pack, unpack, unpack_all
from narrowcast.protocol.wire.session_messages import (
    Bye,
    CodecOffer,
    Hello,
    Reject,
    StreamParameters,
    Welcome,
)

encode = msgspec.msgpack.encode
counts = st.integers(0, 2**53)
times = st.integers(-(2**53), 2**53)
durations = st.integers(0, 600_000_000)
id16 = st.integers(0, 2**16 - 1)
id63 = st.integers(0, 2**63 - 1)
sides = st.integers(1, 16384)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=64)
lines = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
milliseconds = st.floats(0, 86_400_000)
kbps = st.just(0.0) | st.floats(1, 1e7)
limits = st.integers(1, 2**30)
offers = st.builds(CodecOffer, name=names, model_id=names)
streams = st.builds(
    StreamParameters,
    width=sides,
    height=sides,
    fps=st.floats(0.1, 1000),
    codec=names,
    model_id=names,
    max_kbps=kbps,
    max_payload_bytes=limits,
    stream=id16,
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=32),
)
messages = st.one_of(
    st.builds(
        Hello,
        version=st.just(3),
        role=id16,
        instance=id63,
        codecs=st.lists(offers, max_size=4).map(tuple),
        stream=id16,
        max_kbps=kbps,
        max_fps=st.just(0.0) | st.floats(0.1, 1000),
        max_payload_bytes=limits,
        name=names,
    ),
    st.builds(Welcome, version=id16, session=counts, epoch=id16, parameters=streams),
    st.builds(Reject, version=id16, code=id16, text=lines),
    st.builds(
        Report,
        fps=st.floats(0, 1000),
        decode_p50_ms=milliseconds,
        decode_p95_ms=milliseconds,
        drops=counts,
        displayed_age_ms=st.none() | milliseconds,
    ),
    st.builds(KeyframeRequest, after_sequence=counts, reason=lines),
    st.builds(Ping, number=counts, sent_receiver_us=times, min_rtt_us=st.none() | durations),
    st.builds(
        Pong,
        number=counts,
        epoch=id16,
        ping_sent_receiver_us=times,
        ping_received_sender_us=times,
        pong_sent_sender_us=times,
        encode_us=durations,
        quality_permille=st.integers(0, 1000),
    ),
    st.builds(StillRequest, sequence=counts, offset=counts, credit_bytes=counts, again=st.booleans()),
    st.builds(Bye, reason=lines, say_hello=st.booleans()),
)

GOLDEN: list[tuple[Message, str]] = [
    (
        Hello(version=3, role=1, instance=5, codecs=(CodecOffer(name="jpeg"),), max_fps=7.5),
        "860001 0103 0201 0305 0491 8101a46a706567 07cb401e000000000000",
    ),
    (Reject(version=3, code=1, text="no"), "84 0003 0103 0201 03a26e6f"),
    (
        Welcome(
            version=3,
            session=1,
            epoch=2,
            parameters=StreamParameters(width=64, height=48, fps=15.0, codec="gan"),
        ),
        "95 02 03 01 02 99 40 30 cb402e000000000000 a367616e a0 cb0000000000000000 ce02000000 00 a0",
    ),
    (Report(fps=15.0), "96 06 cb402e000000000000 cb0000000000000000 cb0000000000000000 00 c0"),
    (KeyframeRequest(after_sequence=7), "93 07 07 a0"),
    (Ping(number=1, sent_receiver_us=1000, min_rtt_us=300), "94 08 01 cd03e8 cd012c"),
    (
        Pong(
            number=1,
            epoch=2,
            ping_sent_receiver_us=3,
            ping_received_sender_us=4,
            pong_sent_sender_us=5,
            encode_us=6,
            quality_permille=7,
        ),
        "98 09 01 02 03 04 05 06 07",
    ),
    (Bye(reason="over"), "93 0a a46f766572 c2"),
    (StillRequest(sequence=3, offset=100, credit_bytes=5), "95 0c 03 64 05 c2"),
]


@pytest.mark.parametrize(("message", "golden"), GOLDEN)
def test_golden_bytes(message: Message, golden: str) -> None:
    assert pack(message) == bytes.fromhex(golden)
    assert unpack(bytes.fromhex(golden)) == message


@settings(max_examples=300, deadline=None)
@given(messages)
def test_unpack_gives_back_what_was_packed(message: Message) -> None:
    assert unpack(pack(message), max_payload_bytes=6000) == message


def test_a_hello_of_another_version_says_its_version_and_no_more_is_read_of_it() -> None:
    version_2 = encode({0: 1, 1: 2, 2: 1, 3: 77, 4: [{1: "gan", 2: "abc"}], 7: "not a number", 9: "name"})
    assert unpack(version_2) == Hello(version=2, role=1, instance=77)
    later = encode({0: 1, 1: 99, 2: 2, 3: 77, 4: "something new", "also": [[1]]})
    assert unpack(later) == Hello(version=99, role=2, instance=77)


def test_a_reject_and_a_hello_are_maps_that_version_2_reads() -> None:
    """Version 2 wanted a map, key 0 first, fields numbered from 1, codecs as a list of maps."""
    assert msgspec.msgpack.decode(pack(Reject(version=3, code=1, text="update"))) == {
        0: 3,
        1: 3,
        2: 1,
        3: "update",
    }
    hello = Hello(version=3, role=1, instance=5, codecs=(CodecOffer(name="gan", model_id="ab"),))
    assert msgspec.msgpack.decode(pack(hello)) == {0: 1, 1: 3, 2: 1, 3: 5, 4: [{1: "gan", 2: "ab"}]}


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "1 to 4096 bytes, got 0"),
        (encode([6, "x"]), r"Report: Expected `float`, got `str` - at `\$.fps`"),
        (encode([7, True]), "Expected `int`, got `bool`"),
        (encode([7, -1]), "Expected `int` >= 0"),
        (encode([6, float("nan")]), "Expected `float` >= 0.0"),
        (encode([10, "x" * 301]), "length <= 300"),
        (encode([10, "", 1]), "Expected `bool`"),
        (encode([7]), "missing required field `after_sequence`"),
        (encode({0: 1, 1: 3, 2: 1, 3: 1, 4: [[]]}), "missing required field `name`"),
        (encode({0: 1, 1: 3, 2: 1, 3: 1, 4: [{1: "a"}] * 33}), "length <= 32"),
        (encode({0: 1, 1: 3, 2: 1, 3: 1, 7: 5e-324}), "max_fps needs to be 0"),
        (encode({0: 1, 1: 3, 2: 1, 3: 1, 6: 5e-324}), "max_kbps needs to be 0"),
        (encode({0: 1, 1: 2}), "Hello: Expected `int`, got `null` - at `\\$.role`"),
        (encode([99]), "the kind of a message first"),
        (encode({1: 5}), "the kind of a message first"),
        (encode([]), "the kind of a message first"),
        (encode([1, 3, 1, 1]), "the form of another version"),
        (encode({0: 8, 1: 1, 2: 1}), "the form of another version"),
        (encode("text"), "array or map"),
        (encode([7, 1]) + b"\x00", "trailing"),
        (encode([7, 1])[:-1], "truncated"),
        (b"\xdd\xff\xff\xff\xff\x05", "truncated"),
        (b"\xdf\xff\xff\xff\xff\x00\x05", "truncated"),
        (b"\x92\x07" + b"\x91" * 3000, "needed msgpack"),
        (b"\x81" * 3000, "needed msgpack"),
        (b"\x81\x91\x00\x00", "needed msgpack|the kind of a message"),
        (encode([7, msgspec.msgpack.Ext(4, b"xx")]), "Expected `int`"),
        (b"\x92\x0a\xa2\xff\xfe", "needed msgpack"),
    ],
)
def test_malformed_messages_are_refused_with_what_was_needed(data: bytes, complaint: str) -> None:
    with pytest.raises(MessageError, match=complaint):
        unpack(data)


def test_sizes_are_checked_before_anything_is_decoded() -> None:
    frame = pack(FrameMessage(sequence=1, capture_sender_us=1, payload=bytes(MAX_CONTROL_BYTES + 1)))
    with pytest.raises(MessageError, match="bytes, got"):
        unpack(frame)
    assert isinstance(unpack(frame, max_payload_bytes=5000), FrameMessage)
    long = pack(StillPart(sequence=1, total_bytes=9000, payload=bytes(5001)))
    with pytest.raises(MessageError, match="a payload of at most 5000 bytes, got 5001"):
        unpack(long, max_payload_bytes=5000)
    with pytest.raises(MessageError, match="at most 4096 bytes without a payload"):
        unpack(encode([10, "x" * 5000]), max_payload_bytes=10_000)
    with pytest.raises(MessageError, match="at most 4096 bytes without a payload"):
        unpack(encode([7, [[1] * 30] * 200]), max_payload_bytes=10_000)


def test_a_rider_comes_before_what_it_rides_on() -> None:
    ping, ack = Ping(number=9, sent_receiver_us=10**9), Ack(sequence=3)
    data = pack(ack, [ping])
    assert len(data) == len(pack(ping)) + len(pack(ack)) + 2
    assert unpack_all(data) == [ping, ack]
    assert unpack_all(pack(ack)) == [ack]


def test_the_frames_of_a_pair_are_two_messages() -> None:
    first, second = (FrameMessage(sequence=n, capture_sender_us=n, payload=b"p" * 300) for n in (1, 2))
    data = pack(FramePair(first=first, second=second))
    assert len(data) == len(pack(first)) + len(pack(second)) + 3
    assert unpack_all(data, max_payload_bytes=300) == [replace(first, first_of_pair=True), second]
    long = FramePair(first=first, second=replace(second, payload=bytes(5000)))
    with pytest.raises(MessageError, match="at most 4096 bytes without a payload"):
        unpack_all(pack(long), max_payload_bytes=10_000)


@pytest.mark.parametrize(
    "data", [b"\x08", b"\x08\x03abc", b"\x08\x00", 3 * b"\x08\x04\x93\x07\x07\xa0" + b"\x10"]
)
def test_riders_that_are_none_or_too_many_are_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        unpack_all(data)


LIMITS: list[Any] = [0, 1, -1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1, 5e-324, 0.1, 1e308]
LIMITS += [float("inf"), float("-inf"), float("nan"), "", "x" * 400, b"", [], [[]], {}, None, True]


@pytest.mark.parametrize("message", [message for message, _ in GOLDEN])
def test_every_field_at_its_limits_is_taken_or_refused_by_name(message: Message) -> None:
    packed = msgspec.msgpack.decode(pack(message))
    places = list(packed)[1:] if isinstance(packed, dict) else range(1, len(packed))
    for place in places:
        for value in LIMITS:
            bent = packed.copy()
            bent[place] = value
            try:
                came = unpack(encode(bent))
            except MessageError:
                continue
            assert unpack(pack(came)) == came


def test_pack_refuses_what_unpack_would_refuse() -> None:
    with pytest.raises(MessageError, match="fps"):
        pack(Report(fps=-1.0))


def test_unpack_survives_thousands_of_mutated_messages() -> None:
    random.seed(7)
    originals = [
        pack(Hello(version=3, role=1, instance=5, codecs=(CodecOffer(name="gan", model_id="ab"),))),
        pack(
            Welcome(
                version=3,
                session=1,
                epoch=2,
                parameters=StreamParameters(width=64, height=64, fps=15.0, codec="gan"),
            )
        ),
        pack(FrameMessage(sequence=9, capture_sender_us=10**9, send_delay_us=9, payload=b"payload" * 9)),
        pack(Report(fps=15.0, displayed_age_ms=80.5)),
        pack(
            Pong(number=1, epoch=1, ping_sent_receiver_us=1, ping_received_sender_us=2, pong_sent_sender_us=3)
        ),
        pack(Bye(reason="over")),
        pack(Ack(sequence=3, hold_us=9)),
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

"""Records of a recording: there and back, and no byte altered unseen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowcast.receiver.recording.payload_records import (
    HEAD_BYTES,
    MARK_1,
    FileHeader,
    FrameRecord,
    RecordDamaged,
    StreamRecord,
    body_length,
    frame_record,
    pack,
    pack_header,
    salt_of,
    unpack,
    unpack_header,
)
from tests.receiver.frame_samples import arrived_frame

STREAM = StreamRecord(
    codec="gan", model_id="abc", width=640, height=360, recorded_at="2026-01-02T03:04:05+00:00", time_us=7
)
HEADER = FileHeader(salt=0xDEADBEEF)
FRAME = frame_record(
    arrived_frame(sequence=2**53, payload=b"payload", capture_sender_us=-(2**53), epoch=65535),
    time_us=2**53,
    entry_bytes=2**40,
    painted=True,
)
PACKED = pack(FRAME, HEADER)


@pytest.mark.parametrize("record", [STREAM, FRAME])
def test_there_and_back(record: StreamRecord | FrameRecord) -> None:
    data = pack(record, HEADER)
    assert unpack(data, HEADER) == record
    assert body_length(data[:HEAD_BYTES], HEADER) == len(data) - HEAD_BYTES


def test_a_frame_tells_whether_a_network_painted_what_was_shown() -> None:
    plain = frame_record(arrived_frame(), time_us=0, entry_bytes=0, painted=False)
    assert unpack(PACKED, HEADER) == FRAME and FRAME.painted
    assert unpack(pack(plain, HEADER), HEADER) == plain and not plain.painted


def test_a_frame_costs_little_beside_its_payload() -> None:
    assert len(PACKED) - len(FRAME.payload) == 50


@given(place=st.integers(0, len(PACKED) - 1), change=st.integers(1, 255))
def test_an_altered_byte_is_seen(place: int, change: int) -> None:
    data = bytearray(PACKED)
    data[place] ^= change
    with pytest.raises(RecordDamaged):
        length = body_length(bytes(data[:HEAD_BYTES]), HEADER)
        if length != len(data) - HEAD_BYTES:
            raise RecordDamaged("another length")
        unpack(bytes(data), HEADER)


def test_the_header_comes_back_and_no_altered_one_does() -> None:
    data = pack_header(HEADER)
    assert unpack_header(data) == HEADER and HEADER.size == len(data) == 16
    assert unpack_header(b"NCAST\x01\r\n" + data[8:]) == FileHeader(version=1)
    for place in range(len(data)):
        if place != 5:  # the version
            with pytest.raises(RecordDamaged):
                unpack_header(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])


def test_a_record_of_another_file_is_none_of_this_one() -> None:
    """So no sender, who cannot know the salt, puts a record into a payload that is found there."""
    other = FileHeader(salt=1)
    assert HEADER.mark != other.mark and len(HEADER.mark) == 4 and FileHeader(version=1).mark == MARK_1
    with pytest.raises(RecordDamaged):
        body_length(PACKED[:HEAD_BYTES], other)
    with pytest.raises(RecordDamaged):
        unpack(PACKED, other)


def test_a_stream_record_tells_the_salt_where_the_header_is_lost() -> None:
    data = pack(STREAM, HEADER)
    assert salt_of(data) == HEADER.salt
    others = (PACKED, data[:-1] + b" ", b"", bytes(12) + b"S[]", bytes(12) + b'S{"salt": true}')
    assert [salt_of(other) for other in others] == [None] * len(others)


def stream_body(**changes: str) -> bytes:
    fields = {"codec": '"gan"', "model_id": '"a"', "width": "64", "height": "64", "recorded_at": '"now"'}
    fields["time_us"] = "1"
    return ("S{" + ", ".join(f'"{name}": {text}' for name, text in (fields | changes).items()) + "}").encode()


@pytest.mark.parametrize(
    "body",
    [
        b"F12",
        b"S{}",
        b"Snot json",
        b'S{"codec": [}',
        b"X",
        b"S" + b"[" * 5000,
        b"S" + b"[" * 2000,
        stream_body(width="1e999"),
        stream_body(width="9" * 500),
        stream_body(height="0"),
        stream_body(height="16385"),
        stream_body(time_us="-1"),
        stream_body(time_us=str(2**53 + 1)),
        b"F" + FRAME.payload * 5 + b"\xff" * 20,
        stream_body(codec='"' + "x" * 65 + '"'),
        stream_body(codec='["gan"]'),
        stream_body() + b" " * 3000,
    ],
)
def test_a_body_that_means_nothing_is_refused(body: bytes) -> None:
    from narrowcast.receiver.recording import payload_records

    checksum = payload_records._checksum(body, HEADER)
    head = payload_records._HEAD.pack(HEADER.mark, len(body), checksum)
    with pytest.raises(RecordDamaged):
        unpack(head + body, HEADER)

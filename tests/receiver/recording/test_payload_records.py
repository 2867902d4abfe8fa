"""Records of a recording: there and back, and no byte altered unseen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receiver.recording.payload_records import (
    HEAD_BYTES,
    FrameRecord,
    RecordDamaged,
    StreamRecord,
    body_length,
    frame_record,
    pack,
    unpack,
)
from tests.receiver.frame_samples import arrived_frame

STREAM = StreamRecord(
    codec="gan", model_id="abc", width=640, height=360, recorded_at="2026-01-02T03:04:05+00:00"
)
FRAME = frame_record(
    arrived_frame(sequence=2**53, payload=b"payload", capture_sender_us=-(2**53), epoch=65535),
    painted=True,
)


@pytest.mark.parametrize("record", [STREAM, FRAME])
def test_there_and_back(record: StreamRecord | FrameRecord) -> None:
    data = pack(record)
    assert unpack(data) == record
    assert body_length(data[:HEAD_BYTES]) == len(data) - HEAD_BYTES


def test_a_frame_tells_whether_a_network_painted_what_was_shown() -> None:
    plain = frame_record(arrived_frame(), painted=False)
    assert unpack(pack(FRAME)) == FRAME and FRAME.painted
    assert unpack(pack(plain)) == plain and not plain.painted


def test_a_frame_costs_little_beside_its_payload() -> None:
    assert len(pack(FRAME)) - len(FRAME.payload) == 42


@given(place=st.integers(0, len(pack(FRAME)) - 1), change=st.integers(1, 255))
def test_an_altered_byte_is_seen(place: int, change: int) -> None:
    data = bytearray(pack(FRAME))
    data[place] ^= change
    with pytest.raises(RecordDamaged):
        length = body_length(bytes(data[:HEAD_BYTES]))
        if length != len(data) - HEAD_BYTES:
            raise RecordDamaged("another length")
        unpack(bytes(data))


def stream_body(**changes: str) -> bytes:
    fields = {"codec": '"gan"', "model_id": '"a"', "width": "64", "height": "64", "recorded_at": '"now"'}
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
        stream_body(codec='"' + "x" * 65 + '"'),
        stream_body(codec='["gan"]'),
        stream_body() + b" " * 3000,
    ],
)
def test_a_body_that_means_nothing_is_refused(body: bytes) -> None:
    from receiver.recording import payload_records

    head = payload_records._HEAD.pack(payload_records.MARK, len(body), payload_records._checksum(body))
    with pytest.raises(RecordDamaged):
        unpack(head + body)

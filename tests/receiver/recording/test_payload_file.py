"""Recordings of payloads: what was written is read, and whatever happened to the file, what is whole."""

from __future__ import annotations

import random
import struct
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from narrowcast.receiver.recording.file import RecordError
from narrowcast.receiver.recording.payload_file import Damage, Located, PayloadFile, PayloadFileError
from narrowcast.receiver.recording.payload_recorder import PayloadRecorder
from narrowcast.receiver.recording.payload_records import (
    HEAD_BYTES,
    HEADER_BYTES,
    MAGIC,
    FileHeader,
    FrameRecord,
    StreamRecord,
    pack_header,
    unpack,
    unpack_header,
)
from tests.receiver.ncast_samples import coded_frames, read, record, sequences


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording of twelve frames."""
    made = tmp_path / "r.ncast"
    record(made, coded_frames(12))
    return made


def test_payloads_come_back_as_they_came(path: Path) -> None:
    frames = coded_frames(12)
    first, *rest = read(path)
    assert isinstance(first, Located) and isinstance(first.record, StreamRecord)
    assert (first.record.codec, first.record.width, first.record.height) == ("jpeg", 64, 64)
    records = [item.record for item in rest if isinstance(item, Located)]
    payloads = [record.payload for record in records if isinstance(record, FrameRecord)]
    assert payloads == [frame.payload for frame in frames]
    assert sequences(rest) == list(range(12))


def test_another_stream_is_said_once(tmp_path: Path) -> None:
    frames = coded_frames(4)
    frames[2:] = [replace(frame, epoch=2, width=96) for frame in frames[2:]]
    record(tmp_path / "r.ncast", frames)
    kinds = [type(item.record).__name__ for item in read(tmp_path / "r.ncast") if isinstance(item, Located)]
    assert kinds == ["StreamRecord", "FrameRecord", "FrameRecord"] * 2


def test_all_of_it_is_there_before_it_is_closed(tmp_path: Path) -> None:
    recorder = PayloadRecorder(tmp_path / "r.ncast")
    for frame in coded_frames(3):
        recorder.add(frame)
    assert sequences(read(tmp_path / "r.ncast")) == [0, 1, 2]
    recorder.close()
    recorder.close()


def test_a_truncated_file_is_read_up_to_its_last_whole_record(path: Path) -> None:
    whole = path.read_bytes()
    lasts = [item.first_byte for item in read(path) if isinstance(item, Located)]
    for end in (len(whole) - 1, lasts[-1] + 5, lasts[-1] + 1):
        path.write_bytes(whole[:end])
        *found, damage = read(path)
        assert sequences(found) == list(range(11))
        assert damage == Damage(first_byte=lasts[-1], end_byte=end, reason="the file ends within a record")


def test_behind_altered_bytes_the_next_whole_record_is_found(path: Path) -> None:
    places = [item.first_byte for item in read(path) if isinstance(item, Located)]
    data = bytearray(path.read_bytes())
    # Frames 2 to 4, and with the last of them an entry point: JPEG has one every 0.4 s.
    data[places[3] + 3 : places[5] + 20] = bytes(places[5] + 17 - places[3])
    path.write_bytes(data)
    found = read(path)
    (damage,) = [item for item in found if isinstance(item, Damage)]
    assert damage.first_byte == places[3]
    # Nothing says what the frames are that follow the damaged entry point, up to the next one.
    assert sequences(found) == [0, 1, 8, 9, 10, 11]


def test_no_damage_makes_it_fail_or_invents_a_frame(path: Path) -> None:
    whole, chance = path.read_bytes(), random.Random(1)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(MAGIC), len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.randrange(len(MAGIC), len(data) + 1)])
        numbers = sequences(read(path))
        assert numbers == sorted(set(numbers)) and set(numbers) <= set(range(12))


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.ncast"
    with pytest.raises(PayloadFileError, match="cannot read .*no such file"):
        PayloadFile(path)
    path.write_bytes(b"")
    with pytest.raises(PayloadFileError, match="is empty"):
        PayloadFile(path)
    path.write_bytes(MAGIC.replace(b"\r\n", b"\n"))
    with pytest.raises(PayloadFileError, match="no recording of payloads"):
        PayloadFile(path)


def test_without_a_frame_no_file_is_left(tmp_path: Path) -> None:
    PayloadRecorder(tmp_path / "r.ncast").close()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_reported(tmp_path: Path) -> None:
    (tmp_path / "r.ncast").symlink_to("/dev/full")
    with pytest.raises(RecordError, match="no space left on device; is the disk full"):
        PayloadRecorder(tmp_path / "r.ncast")


def test_a_file_full_of_marks_is_refused_soon(tmp_path: Path) -> None:
    """Each mark begins a record that reaches to the end: their checksums would take as many passes."""
    path, marks = tmp_path / "marks.ncast", 20_000
    size = HEADER_BYTES + marks * HEAD_BYTES
    heads = (
        struct.pack(
            "<4sII", FileHeader().mark, size - (HEADER_BYTES + number * HEAD_BYTES) - HEAD_BYTES, number
        )
        for number in range(marks - 1)
    )
    path.write_bytes(pack_header(FileHeader()) + b"".join(heads) + bytes(HEAD_BYTES))
    with (
        patch("narrowcast.receiver.recording.payload_file.unpack", wraps=unpack) as checked,
        pytest.raises(PayloadFileError, match="tampered with"),
    ):
        read(path)
    assert checked.call_count < 10


def test_damage_to_every_record_is_no_tampering(tmp_path: Path) -> None:
    path = tmp_path / "damaged.ncast"
    record(path, coded_frames(20))
    data = bytearray(path.read_bytes())
    place = HEADER_BYTES
    mark = unpack_header(bytes(data[:HEADER_BYTES])).mark
    while (place := data.find(mark, place)) >= 0:
        place += HEAD_BYTES + 5
        data[place] ^= 1
    path.write_bytes(data)
    [damage] = read(path)
    assert isinstance(damage, Damage) and damage.end_byte == len(data)

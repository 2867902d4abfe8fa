"""Any time of a recording is found, in a whole file and in what damage has left of one."""

from __future__ import annotations

import random
from pathlib import Path
from unittest.mock import patch

import pytest

from narrowcast.receiver.recording.payload_file import Located, PayloadFile
from narrowcast.receiver.recording.payload_index import Entry, PayloadIndex
from narrowcast.receiver.recording.payload_recorder import PayloadRecorder
from narrowcast.receiver.recording.payload_records import (
    MARK_1,
    STREAM_START,
    FrameRecord,
    StreamRecord,
    unpack,
)
from tests.receiver.frame_samples import arrived_frame
from tests.receiver.ncast_samples import read

STEP_US = 100_000
EVERY = 20
"Frames from one keyframe to the next: two seconds."


def recording(path: Path, frames: int) -> Path:
    """Ten frames a second, of all sizes, some with the mark of a record in them."""
    chance = random.Random(2)
    recorder = PayloadRecorder(path)
    for number in range(frames):
        payload = chance.randbytes(chance.choice((3, 50, 900))) + (
            MARK_1 + STREAM_START if number % 7 == 0 else b""
        )
        recorder.add(
            arrived_frame(
                sequence=number,
                payload=payload,
                keyframe=number % EVERY == 0,
                capture_sender_us=number * STEP_US,
            )
        )
    recorder.close()
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes."""
    return recording(tmp_path_factory.mktemp("whole") / "r.ncast", 1200)


def entries(path: Path) -> list[int]:
    """Times of all entry points, by reading everything."""
    return [
        item.record.time_us
        for item in read(path)
        if isinstance(item, Located) and isinstance(item.record, StreamRecord)
    ]


def time_of(entry: Entry | None) -> int | None:
    return None if entry is None else entry.time_us


def test_the_entry_point_before_and_after_any_time(whole: Path) -> None:
    with PayloadFile(whole) as file:
        index = PayloadIndex(file)
        assert index.end_us == 1199 * STEP_US
        for time_us in (0, 1, 1_999_999, 2_000_000, 60_050_000, 119_900_000, 10**12):
            before = time_us - time_us % 2_000_000 if time_us < 10**9 else 118_000_000
            assert time_of(index.entry_before(time_us)) == before
            assert time_of(index.entry_after(time_us)) == (
                before + 2_000_000 if before < 118_000_000 else None
            )
        assert time_of(index.entry_before(-5)) == 0


def test_a_seek_reads_few_records(whole: Path) -> None:
    with (
        PayloadFile(whole) as file,
        patch("narrowcast.receiver.recording.payload_file.unpack", wraps=unpack) as read_records,
    ):
        PayloadIndex(file).entry_before(77_000_000)
    assert read_records.call_count < 60


@pytest.mark.parametrize("seed", range(4))
def test_damage_moves_a_seek_to_the_entry_point_before(whole: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(whole.read_bytes())
    for _ in range(40):
        place = chance.randrange(16, len(data) - 200)
        data[place : place + 150] = bytes(150)
    path = tmp_path / "r.ncast"
    path.write_bytes(data[: chance.randrange(len(data) // 2, len(data))])
    there = entries(path)
    with PayloadFile(path) as file:
        index = PayloadIndex(file)
        for time_us in (chance.randrange(index.end_us) for _ in range(50)):
            found = index.entry_before(time_us)
            assert found is not None
            assert found.time_us == max([each for each in there if each <= time_us], default=there[0])
            after = min([each for each in there if each > time_us], default=None)
            assert time_of(index.entry_after(time_us)) == after


def test_a_file_without_an_entry_point_has_none(tmp_path: Path, whole: Path) -> None:
    path = tmp_path / "r.ncast"
    path.write_bytes(whole.read_bytes()[:60])
    with PayloadFile(path) as file:
        index = PayloadIndex(file)
        assert index.entry_before(0) is None and index.entry_after(0) is None and index.end_us == 0


def test_without_its_beginning_a_file_is_still_found_out(tmp_path: Path, whole: Path) -> None:
    path = tmp_path / "r.ncast"
    path.write_bytes(bytes(16) + whole.read_bytes()[16:])
    with PayloadFile(path) as file:
        assert file.header_damaged
        assert time_of(PayloadIndex(file).entry_before(50_000_000)) == 50_000_000
        assert len([item for item in file.records() if isinstance(item, Located)]) == 1260


def test_pointers_that_lie_lead_nowhere_and_end(tmp_path: Path, whole: Path) -> None:
    """A file made for it: each frame points to what is no entry point, or out of the file."""
    from dataclasses import replace

    from narrowcast.receiver.recording.payload_records import FileHeader, pack, pack_header

    path, header, frames = tmp_path / "r.ncast", FileHeader(salt=7), []
    for item in read(whole):
        assert isinstance(item, Located)
        if isinstance(item.record, FrameRecord):
            for lie in (0, 1, 2**63, 2**64 - 1):
                frames.append(pack(replace(item.record, entry_bytes=lie), header))
    path.write_bytes(pack_header(header) + b"".join(frames))
    with PayloadFile(path) as file:
        index = PayloadIndex(file)
        assert index.entry_before(60_000_000) is None and index.entry_after(60_000_000) is None

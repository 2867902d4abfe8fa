"""Recordings of payloads as they are written: entry points, times, and nothing that cannot be decoded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from narrowcast.receiver.recording.payload_file import Located
from narrowcast.receiver.recording.payload_recorder import PayloadRecorder, wall_clock
from narrowcast.receiver.recording.payload_records import FrameRecord, StreamRecord
from narrowcast.runtime.clock import now_us
from tests.receiver.frame_samples import arrived_frame
from tests.receiver.ncast_samples import read


def kinds(path: Path) -> str:
    """The letters of the records, in order."""
    return "".join(
        "S" if isinstance(item.record, StreamRecord) else "F"
        for item in read(path)
        if isinstance(item, Located)
    )


def write(path: Path, times_s: list[float], keyframes: set[int]) -> list[bool]:
    recorder = PayloadRecorder(path)
    written = []
    for number, time_s in enumerate(times_s):
        time_us = round(1e6 * time_s)
        frame = arrived_frame(sequence=number, keyframe=number in keyframes, capture_sender_us=time_us)
        written.append(recorder.add(frame))
    recorder.close()
    return written


def test_each_keyframe_is_an_entry_point_but_not_each_of_a_stream_of_keyframes(tmp_path: Path) -> None:
    write(tmp_path / "a.ncast", [0, 1, 2, 3, 4], {0, 3})
    assert kinds(tmp_path / "a.ncast") == "SFFFSFF"
    write(tmp_path / "b.ncast", [number / 10 for number in range(9)], set(range(9)))
    assert kinds(tmp_path / "b.ncast") == "SFFFFSFFFFSF"


def test_every_frame_points_to_its_entry_point_and_has_its_time(tmp_path: Path) -> None:
    path = tmp_path / "r.ncast"
    write(path, [5, 6, 7, 3600, 3601], {0, 3})
    entry = -1
    times = []
    for item in read(path):
        assert isinstance(item, Located)
        if isinstance(item.record, StreamRecord):
            entry = item.first_byte
        else:
            assert item.first_byte - item.record.entry_bytes == entry
        times.append(item.record.time_us)
    assert times == [0, 0, 1_000_000, 2_000_000, 3_595_000_000, 3_595_000_000, 3_596_000_000]


def test_frames_that_no_keyframe_came_before_are_left_out(tmp_path: Path) -> None:
    assert write(tmp_path / "r.ncast", [0, 1, 2, 3], {2}) == [False, False, True, True]
    assert kinds(tmp_path / "r.ncast") == "SFF"
    recorder = PayloadRecorder(tmp_path / "other.ncast")
    assert recorder.add(arrived_frame(sequence=0))
    other = replace(arrived_frame(sequence=1, keyframe=False), width=96)
    assert not recorder.add(other) and recorder.frames_written == 1
    recorder.close()


def test_an_entry_point_says_when_its_frame_was_taken(tmp_path: Path) -> None:
    taken_us = now_us() - 90_000_000
    recorder = PayloadRecorder(tmp_path / "r.ncast")
    recorder.add(replace(arrived_frame(), capture_local_us=taken_us, arrival_local_us=taken_us + 500_000))
    recorder.close()
    first = read(tmp_path / "r.ncast")[0]
    assert isinstance(first, Located) and isinstance(first.record, StreamRecord)
    recorded_at = datetime.fromisoformat(first.record.recorded_at)
    age = datetime.now().astimezone() - recorded_at
    assert timedelta(seconds=90) <= age < timedelta(seconds=100)
    assert recorded_at.utcoffset() == wall_clock(taken_us).utcoffset() is not None


def test_two_files_of_the_same_frames_share_no_checksum(tmp_path: Path) -> None:
    """Each draws a number of its own, so that nobody can make records for a file that he has not seen."""
    for name in ("a.ncast", "b.ncast"):
        write(tmp_path / name, [0], {0})
    one, other = ((tmp_path / name).read_bytes()[-12:] for name in ("a.ncast", "b.ncast"))
    assert one == other
    assert (tmp_path / "a.ncast").read_bytes()[8:16] != (tmp_path / "b.ncast").read_bytes()[8:16]
    records = [item.record for item in read(tmp_path / "a.ncast") if isinstance(item, Located)]
    assert isinstance(records[-1], FrameRecord) and records[-1].payload == arrived_frame().payload

"""Frames are dated and losses followed the same way, whoever reads a recording."""

from __future__ import annotations

from narrowcast.receiver.play.losses import FrameDater, clock_text
from narrowcast.receiver.recording.payload_file import Damage, Located
from narrowcast.receiver.recording.payload_records import FrameRecord


def located(time_us: int | None, *, keyframe: bool = False, capture_us: int = 0) -> Located:
    record = FrameRecord(
        payload=b"",
        keyframe=keyframe,
        droppable=False,
        quality_permille=500,
        epoch=1,
        sequence=0,
        capture_sender_us=capture_us,
        time_us=time_us,
    )
    return Located(record=record, first_byte=9, end_byte=10)


def add(dater: FrameDater, found: Located) -> tuple[int, bool]:
    assert isinstance(found.record, FrameRecord)
    frame = dater.frame(found.record, found)
    return frame.time_us, frame.usable


def test_a_loss_lasts_from_the_frame_before_it_to_the_next_keyframe() -> None:
    dater = FrameDater()
    assert add(dater, located(5_000_000, keyframe=True)) == (5_000_000, True)
    dater.damaged(Damage(first_byte=10, end_byte=30, reason="altered bytes"))
    assert add(dater, located(5_200_000)) == (5_200_000, False)
    dater.damaged(Damage(first_byte=40, end_byte=45, reason="altered bytes"))
    found = located(7_000_000, keyframe=True)
    assert isinstance(found.record, FrameRecord)
    loss = dater.frame(found.record, found).loss
    assert loss is not None and loss.text() == (
        "lost from 0:00:05.0 to 0:00:07.0, at byte 10: altered bytes, 25 bytes cannot be used, "
        "nor 1 frames behind them"
    )
    assert dater.finish() is None and dater.time_us == 7_000_000


def test_a_loss_at_the_end_has_none() -> None:
    dater = FrameDater()
    add(dater, located(3_000_000, keyframe=True))
    dater.damaged(Damage(first_byte=10, end_byte=17, reason="the file ends within a record"))
    loss = dater.finish()
    assert loss is not None and loss.until_us is None
    assert loss.text().startswith("the recording stops behind 0:00:03.0, at byte 10: the file ends within")


def test_without_times_the_capture_times_count() -> None:
    dater = FrameDater(start_us=40)
    assert [add(dater, located(None, capture_us=capture_us))[0] for capture_us in (7, 107_000)] == [
        40,
        107_033,
    ]


def test_times_are_written_as_on_a_clock() -> None:
    assert clock_text(3_723_450_000) == "1:02:03.4"

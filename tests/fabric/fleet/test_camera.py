"""One camera of a worker, without server and without decode process."""

from __future__ import annotations

from narrowcast.fabric.fleet.camera import QUARANTINE_US, FleetCamera, FleetCounts, due_cameras
from narrowcast.fabric.fleet.decode_messages import CameraDone, SceneEvent
from narrowcast.fabric.state import CameraState
from narrowcast.receiver.events.event import EventKind, EventState
from narrowcast.receiver.recording.payload_records import RecordDamaged
from tests.fabric.fabric_samples_of_messages import STREAM, frames, unpacked

S = 1_000_000
JPEG = b"\xff\xd8x"


def camera(lines: list[str] | None = None, name: str = "front", due_us: int = 0) -> FleetCamera:
    told = [] if lines is None else lines
    return FleetCamera(name, 7, FleetCounts(), told.append, due_us)


def test_frames_become_work_and_work_a_tile() -> None:
    made = camera()
    for frame in unpacked(frames(3)):
        made.came(frame, 5 * S)
    work = made.take_work(5 * S)
    assert work is not None and (work.slot, work.codec, len(work.payloads)) == (7, "jpeg", 3)
    black = SceneEvent(kind=EventKind.BLACK, state=EventState.BEGIN)
    made.done(CameraDone(slot=7, decoded=3, jpeg=JPEG, events=(black,)), 5 * S)
    assert [event.kind for event in made.tick(5 * S)] == [EventKind.BLACK]
    tile = made.tile(6 * S, 100 * S)
    assert (tile.jpeg, [alert.kind for alert in tile.alerts]) == (JPEG, ["black"])
    assert tile.alerts[0].since_us == 99 * S, "by the calendar"
    assert made.take_work(6 * S) is None


def test_a_camera_without_a_base_layer_says_so() -> None:
    made = camera()
    for frame in unpacked(frames(1, codec="gan")):
        made.came(frame, 0)
    assert made.take_work(0) is None and "gan has no base layer" in made.tile(0, 0).note
    assert camera().tile(0, 0).note == "no picture yet"


def test_what_is_damaged_is_told_once_and_decoding_goes_on_at_a_keyframe() -> None:
    lines: list[str] = []
    made, messages = camera(lines), unpacked(frames(6))
    for _ in range(3):
        made.damaged(RecordDamaged("its checksum is wrong"))
    made.came(messages[0], 0)
    made.take_work(0)
    made.done(CameraDone(slot=7, decoded=0, refusal="broken"), 0)
    made.came(messages[1], 0)
    assert made.take_work(0) is None
    made.came(messages[5], 0)
    assert made.take_work(0) is not None and len(lines) == 2 and "broken" in lines[1]


def test_frames_that_end_a_process_are_left_out_for_a_while() -> None:
    lines: list[str] = []
    made = camera(lines)
    made.process_died(0, alone=False)
    assert made.suspected
    made.process_died(0, alone=True)
    made.came(unpacked(frames(1))[0], 0)
    assert made.take_work(1) is None and "left out for a minute" in lines[0]
    made.came(unpacked(frames(1, epoch=2))[0], QUARANTINE_US)
    assert made.take_work(QUARANTINE_US + 1) is not None, "it begins at a keyframe"


def test_what_the_relay_says_counts_until_a_frame_comes() -> None:
    made, messages = camera(), unpacked(frames(2))
    made.came(messages[0], 0)
    made.tick(0)
    made.state(CameraState(stream=STREAM, linked=False, reason="the sender said goodbye"))
    made.tick(S)
    assert [alert.kind for alert in made.tile(S, S).alerts] == ["offline"]
    made.came(messages[1], 2 * S)
    made.tick(2 * S)
    assert made.tile(2 * S, 2 * S).alerts == ()


def test_the_tile_that_waits_longest_is_first() -> None:
    first, second, later = camera(due_us=3), camera(due_us=1), camera(due_us=9)
    assert due_cameras([first, second, later], 5) == [second, first]

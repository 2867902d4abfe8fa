"""Playing what a real server has recorded of a camera."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from narrowcast.errors import FabricError
from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.names import frame_subject, keyframe_subject
from narrowcast.fabric.records import MessageWriter
from narrowcast.fabric.replay.recording import FabricRecording, open_recording
from narrowcast.receiver.play.__main__ import main
from narrowcast.receiver.play.config import PlayConfig
from narrowcast.receiver.play.contents import examine
from narrowcast.receiver.recording.payload_file import Damage, Located, PayloadFileError
from narrowcast.receiver.recording.payload_records import FrameRecord
from tests.fabric.fabric_samples import FRAME_US, START_US, frames, messages, publish, record
from tests.fabric.fabric_servers import TestServer, running_server
from tests.receiver.ncast_samples import coded_frames
from tests.receiver.test_pipeline import recorded_frames


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    """A server for all of these tests; each has a camera of its own."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


def recorded(server: TestServer, camera: str, data: list[bytes]) -> PlayConfig:
    """Have messages recorded; how they are played."""

    async def run(connection: FabricConnection) -> None:
        await record(connection, camera, data)

    server.ask(run)
    return PlayConfig(file=Path(f"fabric:{camera}"), fabric=server.url)


def numbers(recording: FabricRecording, place: int | None = None) -> list[int | str]:
    found: list[int | str] = []
    for each in recording.records(place):
        if isinstance(each, Damage):
            found.append(each.reason)
        elif isinstance(each, Located) and isinstance(each.record, FrameRecord):
            found.append(each.record.sequence)
    return found


def test_a_camera_is_read_as_a_file_would_be(server: TestServer) -> None:
    with open_recording(recorded(server, "whole", messages(frames(300)))) as recording:
        assert numbers(recording) == list(range(300))
        contents = examine(recording)
        assert (contents.frames, contents.keyframes, contents.entries) == (300, 60, 60)
        assert contents.duration_us == 299 * FRAME_US and not contents.losses


def test_every_second_is_found(server: TestServer) -> None:
    with open_recording(recorded(server, "seek", messages(frames(200)))) as recording:
        for wanted in range(0, 200, 7):
            entry = recording.entry_before(wanted * FRAME_US)
            assert entry is not None and entry.time_us == wanted // 5 * 5 * FRAME_US
            assert numbers(recording, entry.first_byte)[0] == wanted // 5 * 5
            after = recording.entry_after(wanted * FRAME_US)
            assert (after is None) == (wanted >= 195)
            assert after is None or after.time_us == (wanted // 5 * 5 + 5) * FRAME_US
        assert recording.end_us == 195 * FRAME_US
        before = recording.entry_before(-(10**9))
        assert before is not None and before.time_us == 0


def test_missing_and_damaged_frames_are_told(server: TestServer) -> None:
    whole = messages(frames(20))
    config = recorded(server, "holes", [*whole[:2], *whole[3:8]])

    async def damage(connection: FabricConnection) -> None:
        stream = connection.client.jetstream()
        await stream.publish(frame_subject("holes"), b"nonsense")
        await stream.publish(keyframe_subject("holes"), b"nonsense")
        await publish(connection, "holes", whole[8:])

    server.ask(damage)
    with open_recording(config) as recording:
        found = numbers(recording)
        assert [each for each in found if isinstance(each, int)] == [0, 1, 5, 6, 7, *range(10, 20)]
        assert found[2] == "frames are missing" and found[6] == "a message that is cut off"
        losses = [loss.text() for loss in examine(recording).losses]
        assert "lost from 0:00:00.1 to 0:00:00.5, in the fabric: frames are missing" in losses[0]


def test_what_comes_while_it_is_read_is_live(server: TestServer) -> None:
    writer = MessageWriter()
    with open_recording(recorded(server, "live", messages(frames(5), writer))) as recording:
        found = []
        for each in recording.records():
            found.append(each)

            async def more(connection: FabricConnection) -> None:
                await publish(connection, "live", messages(frames(1, first=len(found) + 10), writer))

            server.ask(more)
        assert len([each for each in found if isinstance(each.record, FrameRecord)]) == 5  # type: ignore[union-attr]


def test_a_part_is_exported_by_the_time_of_day(
    server: TestServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = recorded(server, "video", messages(coded_frames(30)))
    begun = datetime.fromtimestamp((START_US + 5_000_000) / 1e6, timezone.utc).astimezone()
    arguments = ["fabric:video", "--fabric", config.fabric, "--export"]
    first, last = (begun + timedelta(seconds=seconds) for seconds in (0.95, 1.95))
    span = ["--from", str(first.replace(tzinfo=None)), "--to", str(last.replace(tzinfo=None))]
    assert main([*arguments, str(tmp_path / "a.mp4"), *span]) == 0
    assert recorded_frames(tmp_path / "a.mp4") == 10
    assert main([*arguments, str(tmp_path / "b.mp4"), "--from", "1", "--to", "1.55"]) == 0
    assert recorded_frames(tmp_path / "b.mp4") == 6
    assert main(["fabric:video", "--fabric", config.fabric, "--info"]) == 0
    assert "every record is as it was written" in capsys.readouterr().out


def test_what_is_not_there_is_told(server: TestServer, capsys: pytest.CaptureFixture[str]) -> None:
    config = recorded(server, "empty", [])
    with pytest.raises(PayloadFileError, match="nothing is recorded of this camera"), open_recording(config):
        pass
    nowhere = PlayConfig(file=Path("fabric:nowhere"), fabric=server.url)
    with pytest.raises(FabricError, match="knows no camera nowhere"), open_recording(nowhere):
        pass
    assert main(["fabric:a.b", "--fabric", server.url, "--info"]) == 2
    assert "is no name of a camera" in capsys.readouterr().err

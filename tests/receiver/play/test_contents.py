"""What is told of a recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.protocol import ArrivedFrame
from narrowcast.receiver.play.contents import examine
from narrowcast.receiver.recording.payload_file import Located, PayloadFile
from tests.receiver.ncast_samples import FRAME_US, coded_frames, read, record


@pytest.fixture(scope="module")
def gan_frames() -> list[ArrivedFrame]:
    """Twelve frames of the learned codec, every fifth a keyframe."""
    return coded_frames(12, "gan")


def test_what_is_in_a_recording_is_told(tmp_path: Path, gan_frames: list[ArrivedFrame]) -> None:
    record(tmp_path / "r.ncast", gan_frames)
    with PayloadFile(tmp_path / "r.ncast") as file:
        contents = examine(file)
    assert contents.frames == 12 and not contents.losses
    assert (contents.keyframes, contents.entries, contents.longest_us) == (3, 3, 4 * FRAME_US)
    assert contents.duration_us == 11 * FRAME_US
    assert contents.payload_bytes == sum(len(frame.payload) for frame in gan_frames)
    assert contents.streams[0].model_id


def test_every_loss_is_told_with_its_times(tmp_path: Path, gan_frames: list[ArrivedFrame]) -> None:
    path = tmp_path / "r.ncast"
    record(path, gan_frames)
    places = [item.first_byte for item in read(path) if isinstance(item, Located)]
    data = bytearray(path.read_bytes())
    data[places[3] + 30] ^= 1  # frame 2, behind an entry point and frames 0 and 1
    path.write_bytes(data[:-1])  # and the last one is cut off
    with PayloadFile(path) as file:
        contents = examine(file)
    first, last = contents.losses
    assert (first.from_us, first.until_us, first.frames) == (FRAME_US, 5 * FRAME_US, 2)
    assert (last.from_us, last.until_us) == (10 * FRAME_US, None)
    assert contents.frames == 10 and contents.losses_count == 2


def test_the_recording_of_the_version_before_is_described() -> None:
    with PayloadFile(Path(__file__).parents[2] / "golden" / "recording-1.ncast") as file:
        contents = examine(file)
    assert (contents.frames, contents.keyframes, contents.entries) == (15, 5, 5)
    assert [stream.codec for stream in contents.streams] == ["hybrid", "jpeg"] and not contents.losses

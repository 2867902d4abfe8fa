"""A repaired recording holds what can be played, and says what is lost."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from narrowcast.errors import NarrowcastError
from narrowcast.protocol import ArrivedFrame
from narrowcast.receiver.play.contents import examine
from narrowcast.receiver.play.repair import repair, repair_in_place
from narrowcast.receiver.recording.file import FileExistsAlready
from narrowcast.receiver.recording.payload_file import Located, PayloadFile, PayloadFileError
from narrowcast.receiver.recording.payload_records import FrameRecord
from tests.receiver.ncast_samples import FRAME_US, coded_frames, read, record, sequences
from tests.receiver.play.test_replay import replayed


@pytest.fixture(scope="module")
def frames() -> list[ArrivedFrame]:
    """Thirty frames of the default codec, every fifth a keyframe."""
    return coded_frames(30, "hybrid")


def damaged(path: Path, frames: list[ArrivedFrame]) -> Path:
    """The recording without frames 7 and 22 to 24, and without its header."""
    record(path, frames)
    located = [item for item in read(path) if isinstance(item, Located)]
    places = {item.record.sequence: item for item in located if isinstance(item.record, FrameRecord)}
    data = bytearray(path.read_bytes())
    for number in (7, 22, 23, 24):
        data[places[number].first_byte + 5 : places[number].end_byte] = bytes(
            places[number].end_byte - places[number].first_byte - 5
        )
    data[:16] = bytes(16)
    path.write_bytes(data)
    return path


def test_what_can_be_played_is_kept_with_its_times(tmp_path: Path, frames: list[ArrivedFrame]) -> None:
    source = damaged(tmp_path / "r.ncast", frames)
    before = source.read_bytes()
    repaired = repair(source, tmp_path / "out.ncast")
    assert source.read_bytes() == before
    lost = {7, 8, 9, 22, 23, 24}
    assert sequences(read(tmp_path / "out.ncast")) == [n for n in range(30) if n not in lost]
    assert (repaired.frames, repaired.left_out, repaired.losses_count) == (24, 2, 2)
    assert [(loss.from_us, loss.until_us) for loss in repaired.losses] == [
        (6 * FRAME_US, 10 * FRAME_US),
        (21 * FRAME_US, 25 * FRAME_US),
    ]
    with PayloadFile(tmp_path / "out.ncast") as file:
        contents = examine(file)
        assert not file.header_damaged and not contents.losses and contents.entries == 6
    pictures, notices = replayed(tmp_path / "out.ncast")
    originals, _ = replayed(source)
    assert not notices and [each.time_us for each in pictures] == [each.time_us for each in originals]
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(pictures, originals, strict=True))
    assert {each.stream.recorded_at for each in pictures} == {each.stream.recorded_at for each in originals}


def test_in_place_only_the_result_is_left(tmp_path: Path, frames: list[ArrivedFrame]) -> None:
    path = damaged(tmp_path / "r.ncast", frames)
    assert repair_in_place(path).frames == 24
    assert list(tmp_path.iterdir()) == [path]
    assert repair_in_place(path).losses == ()


def test_a_recording_of_the_version_before_becomes_one_of_this(tmp_path: Path) -> None:
    golden = Path(__file__).parents[2] / "golden" / "recording-1.ncast"
    repaired = repair(golden, tmp_path / "out.ncast")
    assert repaired.frames == 15 and not repaired.losses
    with PayloadFile(tmp_path / "out.ncast") as file:
        assert file.version == 2 and examine(file).entries == 3 + 0
    old, new = replayed(golden)[0], replayed(tmp_path / "out.ncast")[0]
    assert [each.time_us for each in old] == [each.time_us for each in new]
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(old, new, strict=True))


def test_no_damage_makes_it_fail_or_invents_a_frame(tmp_path: Path, frames: list[ArrivedFrame]) -> None:
    record(tmp_path / "whole.ncast", frames)
    whole, chance = (tmp_path / "whole.ncast").read_bytes(), random.Random(3)
    for number in range(40):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 9)):
            place = chance.randrange(len(data))
            data[place : place + chance.randrange(200)] = chance.randbytes(chance.randrange(200))
        path, out = tmp_path / f"{number}.ncast", tmp_path / f"{number}-out.ncast"
        path.write_bytes(data)
        try:
            repair(path, out)
        except NarrowcastError:
            assert not out.exists()
            continue
        kept = sequences(read(out))
        assert kept == sorted(set(kept)) and set(kept) <= set(range(30))
        if number % 10 == 0:
            assert not replayed(out)[1], "what was kept can be decoded"


def test_nothing_is_written_over_and_nothing_left_of_a_failure(tmp_path: Path) -> None:
    source, target = tmp_path / "r.ncast", tmp_path / "out.ncast"
    record(source, coded_frames(3))
    target.write_bytes(b"precious")
    with pytest.raises(FileExistsAlready):
        repair(source, target)
    assert target.read_bytes() == b"precious"
    source.write_bytes(source.read_bytes()[:40])
    with pytest.raises(PayloadFileError, match="nothing can be repaired"):
        repair(source, tmp_path / "new.ncast")
    assert not (tmp_path / "new.ncast").exists()

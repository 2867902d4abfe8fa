"""Pictures out of recordings of payloads, whole and damaged, also with another generator."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from narrowcast import codec
from narrowcast.codec.latent.weights import load_analysis, load_exact, load_synthesis, save_model
from narrowcast.protocol import ArrivedFrame
from narrowcast.receiver.play.config import ReplayConfig
from narrowcast.receiver.play.contents import examine
from narrowcast.receiver.play.replay import Replay, ReplayedFrame, wall_clock_of
from narrowcast.receiver.play.source import source_of
from narrowcast.receiver.recording.payload_file import Located, PayloadFile, PayloadFileError
from narrowcast.receiver.recording.payload_index import PayloadIndex
from narrowcast.receiver.recording.payload_records import StreamRecord
from narrowcast.receiver.window.overlay import time_text, with_mark, with_time
from tests.codec.picture_samples import camera_like
from tests.receiver.ncast_samples import FRAME_US, coded_frames, read, record

UNMARKED = ReplayConfig(threads=1, mark=False)


def replayed(
    path: Path, config: ReplayConfig | None = None, from_us: int = 0
) -> tuple[list[ReplayedFrame], list[str]]:
    """Every picture from the keyframe before a time on, and what was told."""
    notices: list[str] = []
    with PayloadFile(path) as file:
        replay = Replay(source_of(file), config or UNMARKED, notices.append)
        return list(replay.pictures(replay.entry_before(from_us))), notices


@pytest.fixture(scope="module")
def gan_frames() -> list[ArrivedFrame]:
    """Twelve frames of the learned codec, every fifth a keyframe."""
    return coded_frames(12, "gan")


def test_pictures_are_those_that_were_received(tmp_path: Path, gan_frames: list[ArrivedFrame]) -> None:
    record(tmp_path / "r.ncast", gan_frames)
    pictures, notices = replayed(tmp_path / "r.ncast")
    decoder = codec.create_decoder("gan", width=64, height=64, threads=1)
    assert [frame.time_us for frame in pictures] == [number * FRAME_US for number in range(12)]
    for frame, received in zip(pictures, gan_frames, strict=True):
        assert np.array_equal(frame.rgb, decoder.decode(received.payload))
    assert not notices
    later, _ = replayed(tmp_path / "r.ncast", from_us=7 * FRAME_US)
    assert [frame.time_us for frame in later] == [number * FRAME_US for number in range(5, 12)]
    assert np.array_equal(later[-1].rgb, pictures[-1].rgb)


def test_behind_a_hole_it_goes_on_with_the_next_keyframe(
    tmp_path: Path, gan_frames: list[ArrivedFrame]
) -> None:
    path = tmp_path / "r.ncast"
    record(path, gan_frames)
    places = [item.first_byte for item in read(path) if isinstance(item, Located)]
    data = bytearray(path.read_bytes())
    data[places[3] + 30] ^= 1  # of frame 2, for a stream record comes first
    path.write_bytes(data)
    pictures, notices = replayed(path)
    assert len(pictures) == 2 + 7
    (notice,) = notices
    assert notice.startswith(f"lost from 0:00:00.1 to 0:00:00.5, at byte {places[3]}: altered bytes")
    assert notice.endswith("nor 2 frames behind them")


def test_frames_that_were_never_received_break_the_chain_up_to_the_next_keyframe(
    tmp_path: Path, gan_frames: list[ArrivedFrame]
) -> None:
    record(tmp_path / "r.ncast", gan_frames[:2] + gan_frames[3:])
    pictures, notices = replayed(tmp_path / "r.ncast")
    assert len(pictures) == 2 + 7 and len(notices) == 1 and notices[0].startswith("at 0:00:00.3: ")


def test_a_truncated_recording_plays_what_is_whole_and_says_where_it_stops(tmp_path: Path) -> None:
    path = tmp_path / "r.ncast"
    record(path, coded_frames(10))
    path.write_bytes(path.read_bytes()[:-7])
    pictures, (notice,) = replayed(path)
    assert len(pictures) == 9
    assert notice.startswith("the recording stops behind 0:00:00.8, at byte ")


def test_another_generator_paints_other_pictures(tmp_path: Path, gan_frames: list[ArrivedFrame]) -> None:
    record(tmp_path / "r.ncast", gan_frames[:2])
    synthesis = load_synthesis()
    with torch.no_grad():
        synthesis.detail_out.weight.mul_(0)
    save_model(tmp_path / "weights", load_exact(), load_analysis(), synthesis)
    ours, _ = replayed(tmp_path / "r.ncast")
    theirs, _ = replayed(tmp_path / "r.ncast", replace(UNMARKED, weights=tmp_path / "weights"))
    assert not np.array_equal(ours[0].rgb, theirs[0].rgb)
    assert abs(float(ours[0].rgb.mean()) - float(theirs[0].rgb.mean())) < 20


def test_a_generator_that_does_not_fit_is_refused(tmp_path: Path, gan_frames: list[ArrivedFrame]) -> None:
    path = tmp_path / "r.ncast"
    record(path, coded_frames(1))
    with pytest.raises(codec.WeightsError, match="jpeg has no generator"):
        replayed(path, ReplayConfig(weights=tmp_path))
    record(path, gan_frames[:1])
    with pytest.raises(codec.WeightsError, match="no weights in"):
        replayed(path, ReplayConfig(weights=tmp_path / "none"))


def test_a_recording_of_another_model_or_without_a_keyframe_cannot_be_shown(
    tmp_path: Path, gan_frames: list[ArrivedFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.ncast"
    record(path, gan_frames[:1])
    path.write_bytes(path.read_bytes()[:-1])
    with PayloadFile(path) as file:
        assert PayloadIndex(file).entry_before(0) is not None, "an entry point, and nothing behind it"
    assert replayed(path)[0] == []
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(PayloadFileError, match="no whole keyframe"):
        replayed(path)
    others = (codec.CodecInfo(name="gan", model_id="another"),)
    monkeypatch.setattr(codec, "available_codecs", lambda: others)
    record(path, gan_frames)
    with pytest.raises(PayloadFileError, match="recorded with the model another"):
        replayed(path)


def test_a_picture_larger_than_is_taken_is_refused_before_a_decoder_is_made(tmp_path: Path) -> None:
    huge = [replace(frame, width=3840, height=2160) for frame in coded_frames(1)]
    record(tmp_path / "r.ncast", huge)
    with pytest.raises(PayloadFileError, match="3840x2160, more than is taken here") as raised:
        replayed(tmp_path / "r.ncast", ReplayConfig(max_size=(640, 360)))
    assert raised.value.remedy is not None and raised.value.remedy.setting == "max_size"
    _, notices = replayed(tmp_path / "r.ncast", ReplayConfig(max_size=(3840, 2160), decoder_process="never"))
    assert "the stream is 3840x2160" in notices[0]


def test_a_recording_that_changes_all_the_time_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrowcast.receiver.play.replay._MAX_CHANGES", 3)
    frames = coded_frames(6)
    record(tmp_path / "r.ncast", [replace(each, width=64 + 16 * (n // 2)) for n, each in enumerate(frames)])
    config = ReplayConfig(decoder_process="never")
    assert len(replayed(tmp_path / "r.ncast", config)[0]) == 2
    record(tmp_path / "s.ncast", [replace(each, width=64 + 16 * n) for n, each in enumerate(frames)])
    with pytest.raises(PayloadFileError, match="changes more than 3 times"):
        replayed(tmp_path / "s.ncast", config)


def test_the_same_stream_begun_anew_keeps_its_decoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrowcast.receiver.play.replay._MAX_CHANGES", 1)
    record(tmp_path / "r.ncast", [replace(each, epoch=n) for n, each in enumerate(coded_frames(4))])
    assert len(replayed(tmp_path / "r.ncast", ReplayConfig(decoder_process="never"))[0]) == 4


@pytest.mark.parametrize("choice", ["auto", "never"])
def test_pictures_are_the_same_wherever_they_are_decoded(
    tmp_path: Path, choice: Literal["auto", "never"]
) -> None:
    record(tmp_path / "r.ncast", coded_frames(3, "png"))
    pictures, _ = replayed(tmp_path / "r.ncast", ReplayConfig(decoder_process=choice))
    for number, frame in enumerate(pictures):
        assert np.array_equal(frame.rgb, camera_like(64, 64, seed=number))


def test_what_a_generator_painted_is_marked(tmp_path: Path, gan_frames: list[ArrivedFrame]) -> None:
    for frames, painted in ((gan_frames[:1], True), (coded_frames(1), False)):
        record(tmp_path / "r.ncast", frames)
        (marked,), (plain,) = (
            replayed(tmp_path / "r.ncast", replace(UNMARKED, mark=mark))[0] for mark in (True, False)
        )
        assert np.array_equal(marked.rgb, with_mark(plain.rgb) if painted else plain.rgb)


def test_of_frames_that_are_not_wanted_no_picture_is_made(
    tmp_path: Path, gan_frames: list[ArrivedFrame]
) -> None:
    path = tmp_path / "r.ncast"
    record(path, gan_frames)
    whole, _ = replayed(path)
    with PayloadFile(path) as file:
        replay = Replay(source_of(file), UNMARKED, pytest.fail)
        late = list(replay.pictures(replay.entry_before(7 * FRAME_US), 7 * FRAME_US))
        sparse = list(replay.pictures(replay.entry_before(0), 0, 3 * FRAME_US))
    assert [frame.time_us for frame in late] == [number * FRAME_US for number in range(7, 12)]
    assert [frame.time_us for frame in sparse] == [number * FRAME_US for number in (0, 3, 6, 9)]
    for frame in (*late, *sparse):
        assert np.array_equal(frame.rgb, whole[frame.time_us // FRAME_US].rgb)


def test_the_time_of_capture_is_written_into_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "r.ncast"
    record(path, coded_frames(8))
    plain, stamped = (replayed(path, replace(UNMARKED, timestamp=stamp))[0] for stamp in (False, True))
    first = datetime.fromisoformat(stamped[0].stream.recorded_at)
    for number, (before, after) in enumerate(zip(plain, stamped, strict=True)):
        taken = wall_clock_of(after.stream, after.time_us)
        assert taken is not None and taken.utcoffset() == first.utcoffset()
        assert abs((taken - first).total_seconds() - number / 10) < 0.01
        assert np.array_equal(after.rgb, with_time(before.rgb, time_text(taken)))


def test_a_date_that_is_none_is_left_out() -> None:
    stream = StreamRecord(codec="jpeg", model_id="", width=64, height=64, recorded_at="yesterday")
    assert wall_clock_of(stream, 0) is None
    assert wall_clock_of(replace(stream, recorded_at="9999-12-31T23:59:59+00:00"), 2**53) is None


def test_a_recording_of_the_version_before_still_plays(tmp_path: Path) -> None:
    """Made by version 1's recorder: twelve frames of hybrid, then three of JPEG by another sender."""
    path = Path(__file__).parents[2] / "golden" / "recording-1.ncast"
    pictures, notices = replayed(path)
    assert not notices and len(pictures) == 15
    assert [frame.time_us for frame in pictures[:12]] == [number * FRAME_US for number in range(12)]
    for number, frame in enumerate(pictures):
        original = camera_like(64, 64, seed=number % 12)
        assert np.abs(frame.rgb.astype(int) - original).mean() < 25
    later, _ = replayed(path, from_us=900_000)
    assert [frame.time_us for frame in later] == [frame.time_us for frame in pictures[6:]]
    copy = tmp_path / "cut.ncast"
    copy.write_bytes(path.read_bytes()[:-5])
    assert len(replayed(copy)[0]) == 14


def test_a_few_zeroed_bytes_cost_no_more_than_a_segment(tmp_path: Path) -> None:
    """Of the default codec, twelve seconds with a keyframe every two: 20 bytes at a quarter of the file."""
    path = tmp_path / "r.ncast"
    record(path, coded_frames(120, "hybrid", keyframe_every=20))
    data = bytearray(path.read_bytes())
    quarter = len(data) // 4
    data[quarter : quarter + 20] = bytes(20)
    path.write_bytes(data)
    with PayloadFile(path) as file:
        (loss,) = examine(file).losses
        index = PayloadIndex(file)
        last = index.entry_before(index.end_us)
    assert loss.until_us is not None and loss.until_us - loss.from_us <= 2_000_000
    assert last is not None and last.time_us == 10_000_000, "two seconds are decoded for a seek to the end"
    pictures, (told,) = replayed(path)
    assert told == loss.text() and len(pictures) >= 100
    assert pictures[-1].time_us == 119 * FRAME_US

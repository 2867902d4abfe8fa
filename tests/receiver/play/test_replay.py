"""Pictures out of recordings of payloads, whole and damaged, also with another generator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import codec
from codec.latent.weights import load_analysis, load_exact, load_synthesis, save_model
from protocol import ArrivedFrame
from receiver.play.config import ReplayConfig
from receiver.play.replay import Replay, ReplayedFrame, clock_text, examine
from receiver.recording.payload_file import Located, PayloadFile, PayloadFileError
from receiver.window.overlay import with_mark
from tests.receiver.ncast_samples import FRAME_US, coded_frames, read, record

UNMARKED = ReplayConfig(threads=1, mark=False)


def replayed(
    path: Path, config: ReplayConfig | None = None, from_us: int = 0
) -> tuple[list[ReplayedFrame], list[str]]:
    """Every picture from the keyframe before a time on, and what was told."""
    notices: list[str] = []
    with PayloadFile(path) as file:
        replay = Replay(file, examine(file), config or UNMARKED, notices.append)
        return list(replay.pictures(replay.keyframe_before(from_us))), notices


@pytest.fixture(scope="module")
def gan_frames() -> list[ArrivedFrame]:
    """Twelve frames of the learned codec, every fifth a keyframe."""
    return coded_frames(12, "gan")


def test_what_is_in_a_recording_is_told(tmp_path: Path, gan_frames: list[ArrivedFrame]) -> None:
    record(tmp_path / "r.ncast", gan_frames)
    with PayloadFile(tmp_path / "r.ncast") as file:
        contents = examine(file)
    assert contents.frames == 12 and not contents.damages
    assert [keyframe.time_us for keyframe in contents.keyframes] == [0, 5 * FRAME_US, 10 * FRAME_US]
    assert contents.duration_us == 11 * FRAME_US
    assert contents.payload_bytes == sum(len(frame.payload) for frame in gan_frames)
    assert contents.streams[0].model_id


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
    assert notice.startswith(f"behind 0:00:00.1, at byte {places[3]}: altered bytes")
    assert notice.endswith("going on at the next keyframe")


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
    record(path, [replace(frame, keyframe=False) for frame in gan_frames])
    with pytest.raises(PayloadFileError, match="no whole keyframe"):
        replayed(path)
    others = (codec.CodecInfo(name="gan", model_id="another"),)
    monkeypatch.setattr(codec, "available_codecs", lambda: others)
    record(path, gan_frames)
    with pytest.raises(PayloadFileError, match="recorded with the model another"):
        replayed(path)


def test_what_a_generator_painted_is_marked(tmp_path: Path, gan_frames: list[ArrivedFrame]) -> None:
    for frames, painted in ((gan_frames[:1], True), (coded_frames(1), False)):
        record(tmp_path / "r.ncast", frames)
        (marked,), (plain,) = (
            replayed(tmp_path / "r.ncast", replace(UNMARKED, mark=mark))[0] for mark in (True, False)
        )
        assert np.array_equal(marked.rgb, with_mark(plain.rgb) if painted else plain.rgb)


def test_times_are_written_as_on_a_clock() -> None:
    assert clock_text(3_723_450_000) == "1:02:03.4"

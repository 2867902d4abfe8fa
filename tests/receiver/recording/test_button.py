"""The recording that a button begins and ends."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from narrowcast.receiver.recording.button import ButtonRecording
from narrowcast.receiver.recording.video import Recorder, RecordError
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until
from tests.receiver.frame_samples import decoded_frame
from tests.reporters import keep_text

PICTURE = camera_like(64, 64, seed=1)


def add(recording: ButtonRecording, capture_us: int) -> None:
    recording.add(decoded_frame(capture_sender_us=capture_us), PICTURE)


def test_a_button_begins_a_recording_and_ends_it(tmp_path: Path) -> None:
    told: list[str] = []
    recording = ButtonRecording(tmp_path / "new folder", keep_text(told))
    add(recording, 0)
    recording.toggle()
    path = recording.path
    assert path is not None and told == [f"recording to {path}"]
    for number in range(5):
        add(recording, 66_667 * number)
    recording.toggle()
    assert recording.path is None, "and nobody waits for the end of the file"
    add(recording, 0)

    def ended() -> bool:
        recording.check()
        return len(told) > 1

    wait_until(ended)
    assert told[1] == f"recorded 5 frames to {path}"
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 5


def test_a_folder_that_cannot_be_made_is_told_and_nothing_recorded(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "file").touch()
    recording = ButtonRecording(tmp_path / "file", keep_text(told))
    recording.toggle()
    add(recording, 0)
    assert recording.path is None and len(told) == 1


def test_closing_waits_for_the_file(tmp_path: Path) -> None:
    told: list[str] = []
    recording = ButtonRecording(tmp_path, keep_text(told))
    for _ in range(2):
        recording.toggle()
        add(recording, 0)
    recording.toggle()
    add(recording, 0)
    recording.close()
    assert sum(text.startswith("recorded 1 frames to ") for text in told) == 2


def test_a_full_disk_stops_the_recording_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    recording = ButtonRecording(tmp_path, keep_text(told))

    def full(*_: object) -> None:
        raise RecordError("cannot write: is the disk full?")

    monkeypatch.setattr(Recorder, "add", full)
    recording.toggle()
    for number in range(3):
        add(recording, 66_667 * number)
    recording.close()
    assert recording.path is None and len(told) == 3
    assert "is the disk full?" in told[1] and "the stream goes on" in told[1]
    assert told[2].startswith("recorded 0 frames") and told[2].endswith("; 3 are missing")

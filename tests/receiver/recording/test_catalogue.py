"""Which files a catalogue holds: this run's, those of the pattern, and no others."""

from __future__ import annotations

import os
from pathlib import Path

from narrowcast.receiver.recording import catalogue as module
from narrowcast.receiver.recording.catalogue import RecordingCatalogue
from narrowcast.receiver.recording.options import RecordOptions
from narrowcast.receiver.recording.recording import Recording
from tests.codec.picture_samples import camera_like
from tests.receiver.frame_samples import decoded_frame
from tests.reporters import keep_text


def write(path: Path, changed_s: float) -> Path:
    path.write_bytes(b"film")
    os.utime(path, (changed_s, changed_s))
    return path


def names(catalogue: RecordingCatalogue) -> list[str]:
    return [file.path.name for file in catalogue.files()]


def test_what_this_run_makes_is_listed_the_newest_first_and_nothing_beside_it(tmp_path: Path) -> None:
    catalogue = RecordingCatalogue()
    assert catalogue.files() == ()
    write(tmp_path / "other.mp4", 3)
    catalogue.begun(write(tmp_path / "a.mp4", 1))
    catalogue.begun(write(tmp_path / "b.mp4", 2))
    catalogue.finished(tmp_path / "a.mp4")
    newest, oldest = catalogue.files()
    assert (newest.path.name, newest.size, newest.being_written) == ("b.mp4", 4, True)
    assert (oldest.path.name, oldest.changed_s, oldest.being_written) == ("a.mp4", 1, False)


def test_a_pattern_stands_for_the_segments_of_earlier_runs_and_a_name_for_itself(tmp_path: Path) -> None:
    for name in (
        "cam-20260131-2359.mp4",
        "cam-20260131-2359-2.mp4",
        "cam-secret.mp4",
        "out.mp4",
        "out-2.mp4",
    ):
        write(tmp_path / name, 1)
    catalogue = RecordingCatalogue()
    catalogue.add_names(tmp_path / "cam-%Y%m%d-%H%M.mp4")
    assert sorted(names(catalogue)) == ["cam-20260131-2359-2.mp4", "cam-20260131-2359.mp4"]
    catalogue.add_names(tmp_path / "out.mp4")
    assert names(catalogue) == []
    catalogue.add_names(tmp_path / "no such folder" / "cam-%Y.mp4")
    assert names(catalogue) == []


def test_a_number_finds_the_file_that_was_listed_as_long_as_it_is_there(tmp_path: Path) -> None:
    catalogue = RecordingCatalogue()
    catalogue.begun(write(tmp_path / "a.mp4", 1))
    assert catalogue.find(1) is None, "it was not listed yet"
    (listed,) = catalogue.files()
    assert catalogue.find(listed.number) == listed and catalogue.find(listed.number + 1) is None
    catalogue.begun(write(tmp_path / "b.mp4", 2))
    assert [file.number for file in catalogue.files()] == [listed.number + 1, listed.number]
    listed.path.unlink()
    assert catalogue.find(listed.number) is None and names(catalogue) == ["b.mp4"]


def test_links_pipes_and_folders_are_not_handed_out(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret", 1)
    (tmp_path / "cam-2026.mp4").symlink_to(secret)
    (tmp_path / "cam-2027.mp4").mkdir()
    os.mkfifo(tmp_path / "cam-2028.mp4")
    catalogue = RecordingCatalogue()
    catalogue.add_names(tmp_path / "cam-%Y.mp4")
    catalogue.begun(tmp_path / "cam-2028.mp4")
    assert catalogue.files() == ()


def test_a_long_run_forgets_its_oldest_files(tmp_path: Path) -> None:
    catalogue = RecordingCatalogue()
    for number in range(module.MAX_REMEMBERED + 1):
        catalogue.begun(tmp_path / f"{number}.mp4")
    write(tmp_path / "0.mp4", 1)
    write(tmp_path / "1.mp4", 1)
    assert names(catalogue) == ["1.mp4"]


def test_a_recording_tells_of_its_file(tmp_path: Path) -> None:
    catalogue = RecordingCatalogue()
    recording = Recording(RecordOptions(path=tmp_path / "a.mp4"), keep_text([]), catalogue)
    recording.add(decoded_frame(capture_sender_us=0), camera_like(64, 64, seed=1))
    recording.close()
    (file,) = catalogue.files()
    assert (file.path, file.being_written) == (tmp_path / "a.mp4", False)

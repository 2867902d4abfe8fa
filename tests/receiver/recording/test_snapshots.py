"""Tests of receiver/snapshots.py."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from narrowcast import codec
from narrowcast.protocol import StillArrived, StillFailed, StillProgress
from narrowcast.receiver.frame import DecodedFrame
from narrowcast.receiver.recording.snapshots import Snapshot, Snapshots
from tests.codec.picture_samples import camera_like
from tests.receiver.frame_samples import decoded_frame
from tests.reporters import keep_text

EXACT = camera_like(64, 64, seed=1)
PNG = codec.create_encoder("png", width=64, height=64).encode(EXACT).payload


class Watcher:
    """Takes snapshots of one frame, and remembers all that was said and shown."""

    def __init__(self, folder: Path) -> None:
        self.told: list[str] = []
        self.shown: list[Snapshot] = []
        self.snapshots = Snapshots(folder, keep_text(self.told), self.shown.append)
        self.decoded: DecodedFrame = decoded_frame(sequence=5, capture_sender_us=1)


def test_both_pictures_are_saved_and_shown(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path)
    snapshots = watcher.snapshots
    assert snapshots.take(watcher.decoded)
    assert snapshots.take_requests() == [5] and snapshots.take_requests() == []
    snapshots.progress(None)
    snapshots.progress(StillProgress(sequence=5, received_bytes=50, total_bytes=200))
    snapshots.progress(StillProgress(sequence=5, received_bytes=50, total_bytes=200))
    assert snapshots.ended(StillArrived(sequence=5, png=PNG)) is None
    assert [snapshot.share for snapshot in watcher.shown] == [0.0, 0.25, None]
    last = watcher.shown[-1]
    assert last.exact is not None and np.array_equal(last.exact, EXACT)
    assert last.path.read_bytes() == PNG
    assert last.shown_path.read_bytes() == last.shown_png
    assert last.shown_path.name == last.path.stem + "-shown.png"


def test_what_does_not_come_is_told_and_what_was_shown_stays(tmp_path: Path) -> None:
    for event in (StillFailed(sequence=5, reason="it is gone"), StillArrived(sequence=5, png=b"\x89PNG no")):
        watcher = Watcher(tmp_path)
        watcher.snapshots.take(watcher.decoded)
        wrong = watcher.snapshots.ended(event)
        assert wrong is not None and wrong.startswith("no exact frame: ") and wrong in watcher.told
        last = watcher.shown[-1]
        assert last.exact is None and last.share is None and last.shown_path.exists()
        assert not last.path.exists()


def test_a_picture_of_another_size_is_not_taken_for_the_frame(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path)
    watcher.snapshots.take(watcher.decoded)
    larger = codec.create_encoder("png", width=96, height=64).encode(camera_like(96, 64)).payload
    assert "no such picture" in (watcher.snapshots.ended(StillArrived(sequence=5, png=larger)) or "")


def test_stills_that_nobody_asked_for_are_left_alone(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path)
    assert watcher.snapshots.ended(StillArrived(sequence=6, png=PNG)) is None
    assert watcher.told == [] and watcher.shown == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    watcher = Watcher(tmp_path / "file")
    assert not watcher.snapshots.take(watcher.decoded)
    assert "cannot save" in watcher.told[0] and watcher.snapshots.take_requests() == []


@pytest.mark.parametrize(("painted", "words"), [(True, b"reconstructed"), (False, b"no network painted")])
def test_the_file_of_what_was_shown_tells_whether_a_network_painted_it(
    tmp_path: Path, painted: bool, words: bytes
) -> None:
    watcher = Watcher(tmp_path)
    decoded = decoded_frame(sequence=5, capture_sender_us=1, painted=painted)
    watcher.snapshots.take(decoded)
    (snapshot,) = watcher.shown
    assert snapshot.painted is painted and words in snapshot.shown_path.read_bytes()
    assert ("(a network painted it)" in watcher.told[0]) is painted
    shown = cv2.imread(str(snapshot.shown_path))
    assert shown is not None and np.array_equal(shown[..., ::-1], decoded.rgb), (
        "a comment, and the same picture"
    )


def test_with_the_link_down_it_says_at_once_what_it_waits_for(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path)
    snapshots = watcher.snapshots
    snapshots.link_changed(up=False)
    snapshots.take(watcher.decoded)
    assert watcher.shown[-1].state.startswith("the link is down") and "the link is down" in watcher.told[-1]
    snapshots.link_changed(up=True)
    assert watcher.shown[-1].state == "fetching the exact frame"
    snapshots.link_changed(up=False)
    assert watcher.shown[-1].state.startswith("the link is down")
    assert watcher.told[-1].startswith("the link is down") and len(watcher.told) == 2
    assert snapshots.ended(StillArrived(sequence=5, png=PNG)) is None


def test_pictures_that_are_there_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "door.png"
    watcher = Watcher(tmp_path)
    assert watcher.snapshots.take(watcher.decoded, path)
    path.write_bytes(b"precious")
    assert "cannot be saved" in (watcher.snapshots.ended(StillArrived(sequence=5, png=PNG)) or "")
    assert not watcher.snapshots.take(watcher.decoded, path), "the picture as it was shown is there too"
    assert path.read_bytes() == b"precious"

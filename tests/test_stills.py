"""A still from end to end: bit for bit the picture that the sender coded."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.recording.snapshots import SnapshotError
from narrowcast.sender import still_keeper
from narrowcast.sender.config import SenderConfig
from tests.pipelines import run_receiver, run_sender, small_sender


def test_snapshot_saves_the_exact_frame_beside_the_one_that_was_shown_and_stops(tmp_path: Path) -> None:
    config = SenderConfig(
        source="test:",
        url="tcp://127.0.0.1:0",
        codec="jpeg",
        quality=0.0,
        size=(96, 64),
        fps=60.0,
        threads=1,
        save_frames=tmp_path / "sent",
    )
    with run_sender(config) as sender:
        path = tmp_path / "still.png"
        receiver = run_receiver(ReceiverConfig(url=sender.address(), window=False, snapshot=path))
        receiver.join()
        assert receiver.error is None
    exact, shown = cv2.imread(str(path)), cv2.imread(str(tmp_path / "still-shown.png"))
    assert exact is not None and shown is not None
    sources = [cv2.imread(str(source)) for source in sorted((tmp_path / "sent").glob("*.png"))]
    assert any(source is not None and np.array_equal(source, exact) for source in sources)
    assert np.abs(exact.astype(int) - shown.astype(int)).max() > 20, "JPEG of the lowest quality shows"


def test_a_frame_that_is_gone_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still_keeper.StillKeeper, "keep", lambda *_: None)
    with run_sender(small_sender()) as sender:
        receiver = run_receiver(
            ReceiverConfig(url=sender.address(), window=False, snapshot=tmp_path / "still.png")
        )
        receiver.join()
    assert isinstance(receiver.error, SnapshotError)
    assert still_keeper.GONE in str(receiver.error)
    assert (tmp_path / "still-shown.png").exists() and not (tmp_path / "still.png").exists()

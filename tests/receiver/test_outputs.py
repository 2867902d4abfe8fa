"""Pictures go to every output that is asked for, and all are closed with the stack."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from narrowcast.errors import OutputError
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.frame import DecodedFrame
from narrowcast.receiver.outputs import Outputs
from narrowcast.receiver.window.overlay import Picture
from tests.pipelines import wait_until
from tests.receiver.frame_samples import decoded_frame
from tests.reporters import keep_text

URL = "tcp://127.0.0.1:9"


def mark(decoded: DecodedFrame) -> Picture:
    return np.zeros((64, 64, 3), np.uint8)


def test_a_recording_and_a_folder_get_each_picture(tmp_path: Path) -> None:
    config = ReceiverConfig(url=URL, record=tmp_path / "r.mp4", save_frames=tmp_path / "frames")
    told: list[str] = []
    with ExitStack() as stack:
        outputs = Outputs(config, keep_text(told), stack)
        for number in range(3):
            decoded = decoded_frame(sequence=number, capture_sender_us=number * 66_667)
            outputs.show(decoded, mark)
            outputs.keep(decoded, mark)
    assert told == [f"recorded 3 frames to {tmp_path / 'r.mp4'}"]
    assert list((tmp_path / "frames").glob("*-decoded.png"))


def test_with_none_nothing_is_marked_or_kept() -> None:
    with ExitStack() as stack:
        outputs = Outputs(ReceiverConfig(url=URL), print, stack)
        decoded = decoded_frame()
        outputs.show(decoded, lambda decoded: pytest.fail("no output has asked for it"))
        outputs.keep(decoded, lambda decoded: pytest.fail("no output has asked for it"))


def test_one_that_cannot_be_opened_closes_those_before_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    config = ReceiverConfig(url=URL, record=tmp_path / "r.ncast", save_frames=tmp_path / "file" / "frames")
    told: list[str] = []
    with pytest.raises(OutputError), ExitStack() as stack:
        Outputs(config, keep_text(told), stack)
    assert told == ["nothing was recorded: no frame came"] and not (tmp_path / "r.ncast").exists()


def test_a_keyframe_is_asked_for_once_and_again_only_where_it_does_not_come(tmp_path: Path) -> None:
    config = ReceiverConfig(url=URL, record=tmp_path / "r.ncast")
    with ExitStack() as stack:
        outputs = Outputs(config, keep_text([]), stack)
        assert not outputs.take_keyframe_request(0)
        late = decoded_frame(sequence=1)
        outputs.keep(replace(late, arrived=replace(late.arrived, keyframe=False)), mark)
        wait_until(lambda: outputs.take_keyframe_request(1))
        assert [outputs.take_keyframe_request(now_us) for now_us in (2, 5_000_000, 10_000_001)] == [
            False,
            False,
            True,
        ]

"""A recording of payloads over a socket: pictures as they are asked for, and what cannot be played."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("starlette", reason="the extra web is not installed")

from narrowcast.receiver.play.config import ReplayConfig
from narrowcast.receiver.recording.payload_file import PayloadFileError
from narrowcast.receiver.web.replay_socket import (
    PictureReader,
    ReplayMessageError,
    ReplayRequest,
    parse_replay_request,
)
from tests.codec.picture_samples import camera_like
from tests.receiver.ncast_samples import coded_frames, record

PLAIN = ReplayConfig(threads=1, decoder_process="never")


def time_ms(picture: bytes | None) -> float:
    assert picture is not None
    return float(struct.unpack_from("<d", picture)[0])


def test_requests_are_understood() -> None:
    assert parse_replay_request('{"at": 12000, "every": 0}') == ReplayRequest(at_ms=12000)
    assert parse_replay_request('{"at": 0, "every": 266}') == ReplayRequest(at_ms=0, every_ms=266)
    assert parse_replay_request('{"next": 1}') == ReplayRequest(at_ms=None)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"at": 1}', '{"at": -1, "every": 0}', '{"at": true, "every": 0}', '{"at": 1.5, "every": 0}']
    + ['{"next": 2}', '{"at": 99999999999999, "every": 0}', '{"at": "../x", "every": 0}', "[" * 250],
)
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(ReplayMessageError, match="needed"):
        parse_replay_request(text)


@given(st.text(max_size=80))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        parse_replay_request(text)
    except ReplayMessageError:
        return
    assert text.strip().startswith("{")


def test_pictures_come_in_order_and_from_any_time(tmp_path: Path) -> None:
    record(tmp_path / "r.ncast", coded_frames(12, "png"))
    reader = PictureReader(tmp_path / "r.ncast", PLAIN)
    assert '"duration_ms": 1100' in reader.begin() and '"width": 64' in reader.begin()
    first = reader.read(ReplayRequest(at_ms=700))
    assert time_ms(first) == 700 and first is not None
    shown = cv2.imdecode(np.frombuffer(first[8:], np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert np.abs(shown[..., ::-1].astype(int) - camera_like(64, 64, seed=7)).mean() < 6
    following = [reader.read(ReplayRequest(at_ms=None)) for _ in range(4)]
    assert [time_ms(each) for each in following] == [800, 900, 1000, 1100]
    assert reader.read(ReplayRequest(at_ms=None)) is None
    assert time_ms(reader.read(ReplayRequest(at_ms=0, every_ms=500))) == 0
    assert time_ms(reader.read(ReplayRequest(at_ms=None))) == 500
    reader.close()


def test_what_is_no_recording_is_told(tmp_path: Path) -> None:
    (tmp_path / "r.ncast").write_bytes(b"no recording at all" * 10)
    with pytest.raises(PayloadFileError):
        PictureReader(tmp_path / "r.ncast", PLAIN)

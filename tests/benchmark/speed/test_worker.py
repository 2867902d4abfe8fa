"""One case measured, as its process does it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from narrowcast.benchmark.errors import PeerError
from narrowcast.benchmark.speed import worker
from narrowcast.benchmark.speed.case import SpeedMeasurement
from narrowcast.benchmark.speed.worker import main, peer_of
from tests.benchmark.bench_samples import make_clip
from tests.benchmark.speed.samples import speed_case

pytest.importorskip("psutil", reason="psutil comes with the bench extra")


def run_worker(codec: str, tmp_path: Path) -> int:
    path = tmp_path / "pictures.npy"
    np.save(path, np.stack(make_clip(4).frames))
    case = speed_case(codec, width=128, height=96)
    return main([json.dumps(asdict(case)), str(path), "6"])


@pytest.mark.parametrize("codec", ["jpeg", "x264"])
def test_it_writes_one_line_with_everything(
    codec: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_worker(codec, tmp_path) == 0
    line = json.loads(capsys.readouterr().out)
    assert line.pop("event") == "measured"
    measurement = SpeedMeasurement(**line)
    assert measurement.frames == 6
    assert measurement.encode_ms > 0 and measurement.decode_ms > 0
    assert measurement.frame_bytes > 0
    assert measurement.resident_mb > 10
    assert measurement.growth_mb is None
    assert measurement.load_s >= 0 and measurement.import_s > 0


def test_a_codec_that_is_missing_is_a_gap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_worker("jpeg2000", tmp_path) == 0
    assert json.loads(capsys.readouterr().out) == {"event": "gap", "reason": "not installed"}


def test_a_backend_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "find_spec", lambda name: None)
    with pytest.raises(PeerError, match="openvino is not installed"):
        peer_of(speed_case("gan", backend="openvino"))


def test_video_codecs_take_the_middle_of_their_settings() -> None:
    peer, setting = peer_of(speed_case("x264"))
    assert (peer.name, setting) == ("x264", 36)
    assert peer_of(speed_case("jpeg"))[1] == 0.5

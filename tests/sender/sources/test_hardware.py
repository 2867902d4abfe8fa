"""Hardware decoding on a machine that has none, and with a device that seems to be there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.codec.hwaccel import hwdevices_available

from narrowcast.errors import SourceError
from narrowcast.sender.sources import hardware as module
from narrowcast.sender.sources.hardware import hardware
from narrowcast.sender.sources.video_reader import VideoReader, Viewing

DEMO = Path(module.__file__).parent / "clips" / "demo.mp4"


@pytest.fixture(autouse=True)
def probed_anew() -> Iterator[None]:
    module._why_not.cache_clear()
    yield
    module._why_not.cache_clear()


def first_picture(hwaccel: str) -> np.ndarray[Any, Any]:
    reader = VideoReader(str(DEMO), Viewing(hwaccel=hardware(hwaccel)))
    try:
        assert reader.advance()
        return np.asarray(reader.picture())
    finally:
        reader.close()


def test_auto_shows_what_the_processor_shows() -> None:
    assert np.abs(first_picture("auto").astype(int) - first_picture("none").astype(int)).mean() < 1


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(SourceError, match="no hardware decoding called 'gpu' here; it may be none, auto"):
        hardware("gpu")


def test_a_kind_that_finds_no_device_is_an_error_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent:
        def __init__(self, kind: str, **_: object) -> None:
            pass

        def create(self, codec: av.Codec) -> None:
            raise av.error.PermissionError(1, "no such device")

    kind = next(iter(hwdevices_available()), None)
    if kind is None:
        pytest.skip("this FFmpeg knows no hardware")
    monkeypatch.setattr(module, "HWAccel", Absent)
    with pytest.raises(SourceError, match=f"{kind} decodes nothing .*no such device.*; use auto or none"):
        hardware(kind)
    assert hardware("auto") is None


def test_the_first_kind_with_a_device_is_what_auto_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "hwdevices_available", lambda: ["vaapi", "cuda", "qsv"])
    monkeypatch.setattr(module, "_why_not", {"vaapi": "no device", "cuda": None, "qsv": None}.get)
    made: list[str] = []
    monkeypatch.setattr(module, "HWAccel", made.append)
    hardware("auto")
    assert made == ["cuda"]

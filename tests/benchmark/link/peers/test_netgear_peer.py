"""NetGear's options and messages, with a stand-in for vidgear that has no network."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from narrowcast.benchmark.link.peers.netgear_peer import receive, send
from narrowcast.benchmark.link.peers.peer_program import PeerSettings
from narrowcast.codec import Rgb
from tests.benchmark.bench_samples import make_picture, write_video

SETTINGS = PeerSettings(
    source="", width=160, height=120, fps=30.0, kbps=64.0, jpeg_quality=20, pictures=Path()
)


class TooManySentError(Exception):
    """Ends an endless sender."""


class FakeNetGear:
    """Keeps what it is told; gives one picture, then the end."""

    opened: dict[str, Any]
    sent: list[tuple[Rgb, int]]

    def __init__(self, **options: Any) -> None:
        FakeNetGear.opened, FakeNetGear.sent = options, []
        self._left: list[tuple[int, Rgb]] = [(4000, make_picture())]

    def send(self, rgb: Rgb, message: int) -> None:
        """Keep two."""
        FakeNetGear.sent.append((rgb, message))
        if len(FakeNetGear.sent) == 2:
            raise TooManySentError

    def recv(self, return_data: str) -> tuple[int, Rgb] | None:
        """Give what is left."""
        return self._left.pop() if self._left else None


@pytest.fixture(autouse=True)
def fake_vidgear(monkeypatch: pytest.MonkeyPatch) -> None:
    gears = ModuleType("vidgear.gears")
    gears.NetGear = FakeNetGear  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "vidgear.gears", gears)


def test_each_picture_that_comes_is_written_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receive("tcp://127.0.0.1:5555", replace(SETTINGS, pictures=tmp_path))
    listening, shown = map(json.loads, capsys.readouterr().out.splitlines())
    assert listening["event"] == "listening"
    assert (shown["event"], shown["capture_sender_us"]) == ("shown", 4000)
    assert FakeNetGear.opened["receive_mode"] and FakeNetGear.opened["port"] == "5555"
    assert FakeNetGear.opened["jpeg_compression_quality"] == 20


def test_pictures_are_sent_with_their_capture_times(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.avi", 6)
    with pytest.raises(TooManySentError):
        send("tcp://127.0.0.1:5555", replace(SETTINGS, source=str(tmp_path / "clip.avi")))
    (first, first_us), (second, second_us) = FakeNetGear.sent
    assert first.shape == second.shape == (120, 160, 3)
    assert first_us < second_us
    assert not FakeNetGear.opened["receive_mode"]

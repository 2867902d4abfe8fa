"""What the peers' programs share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrowcast.benchmark.link.peers.peer_program import (
    PeerSettings,
    host_and_port,
    newest_pictures,
    run_peer,
)
from tests.benchmark.link.peer_samples import peer_settings

SETTINGS = PeerSettings(
    source="demo:", width=64, height=64, fps=15.0, kbps=32.0, jpeg_quality=30, pictures=Path("kept")
)


def test_the_command_line_chooses_the_side() -> None:
    ran: list[tuple[str, str, PeerSettings]] = []
    for side in ("send", "receive"):
        run_peer(
            lambda url, settings: ran.append(("send", url, settings)),
            lambda url, settings: ran.append(("receive", url, settings)),
            [side, "tcp://127.0.0.1:4000", SETTINGS.to_argument()],
        )
    assert ran == [(side, "tcp://127.0.0.1:4000", SETTINGS) for side in ("send", "receive")]


def test_a_url_is_taken_apart() -> None:
    assert host_and_port("tcp://10.77.0.2:5555") == ("10.77.0.2", 5555)


def test_the_clip_begins_with_a_word_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = newest_pictures(peer_settings(tmp_path, frames=3, fps=30.0))
    taken = [next(pictures) for _ in range(5)]
    pictures.close()  # type: ignore[attr-defined]
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert line["event"] == "began"
    assert (line["first_capture_us"], line["first_index"]) == (taken[0].capture_sender_us, taken[0].index)
    assert [picture.index for picture in taken] == sorted({picture.index for picture in taken})
    assert taken[-1].index >= 4  # the second lap goes on counting

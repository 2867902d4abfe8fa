"""What a recording of payloads is read from."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType

import pytest

from narrowcast.receiver.play import source
from narrowcast.receiver.play.config import PlayConfig
from narrowcast.receiver.play.source import open_recording
from tests.receiver.ncast_samples import coded_frames, record, sequences


def test_a_file_is_read_from_any_entry_point(tmp_path: Path) -> None:
    record(tmp_path / "r.ncast", coded_frames(12))
    with open_recording(PlayConfig(file=tmp_path / "r.ncast")) as opened:
        assert (opened.version, opened.header_damaged) == (2, False)
        assert sequences(list(opened.records())) == list(range(12))
        entry = opened.index.entry_before(500_000)
        assert entry is not None and sequences(list(opened.records(entry.first_byte)))[0] == 4
        assert opened.index.entry_after(10**9) is None and opened.index.end_us == 1_100_000


def test_a_camera_of_a_fabric_is_opened_by_what_knows_fabrics(monkeypatch: pytest.MonkeyPatch) -> None:
    other = ModuleType("narrowcast.a_fabric")
    other.open_recording = lambda config: nullcontext(str(config.file))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, other.__name__, other)
    monkeypatch.setattr(source, "_FABRIC", other.__name__)
    with open_recording(PlayConfig(file=Path("fabric:front"))) as opened:
        found: object = opened
    assert found == "fabric:front"

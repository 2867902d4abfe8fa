"""What a real server has recorded is sealed in segments, each once, and plays."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from narrowcast.fabric.administration.__main__ import main
from narrowcast.fabric.archive.archive import Archive
from narrowcast.fabric.archive.config import ArchiveConfig
from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.records import MessageWriter
from narrowcast.receiver.play.source import source_of
from narrowcast.receiver.recording.payload_file import Located, PayloadFile
from narrowcast.receiver.recording.payload_records import FrameRecord
from narrowcast.runtime.signals import StopSignal
from tests.fabric.fabric_samples import frames, record
from tests.fabric.fabric_servers import TestServer, free_port, running_server

US = 1_000_000
EVERY_S = 20


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TestServer]:
    """A camera that sent a frame a second for a minute, and stopped a while ago."""
    begin_us = (time.time_ns() // 1000 - 200 * US) // (EVERY_S * US) * EVERY_S * US
    writer = MessageWriter()
    packed = [
        writer.pack(replace(frame, arrival_local_us=0), "", begin_us + number * US)
        for number, frame in enumerate(frames(60))
    ]

    async def run(connection: FabricConnection) -> None:
        await record(connection, "front", [data for data in packed if data is not None])

    with running_server(tmp_path / "s") as running:
        running.ask(run)
        yield running


def sealed(server: TestServer, folder: Path) -> list[str]:
    """Seal once; returns what was told."""
    lines: list[str] = []
    config = ArchiveConfig(target=str(folder), every=float(EVERY_S), once=True, fabric=server.url)
    Archive(config, lambda notice: lines.append(notice.text), StopSignal()).run()
    return lines


def test_each_segment_is_sealed_once_and_plays(server: TestServer, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert sealed(server, folder)[-1] == "3 segments sealed"
    found = sorted((folder / "front").iterdir())
    numbers = []
    for path in found:
        with source_of(PayloadFile(path)) as source:
            numbers.append(
                [
                    each.record.sequence
                    for each in source.records()
                    if isinstance(each, Located) and isinstance(each.record, FrameRecord)
                ]
            )
    assert [each[0] for each in numbers] == [0, 20, 40] and len(numbers[0]) in (20, 21)
    before = [path.stat().st_mtime_ns for path in found]
    assert sealed(server, folder)[-1] == "0 segments sealed"
    assert [path.stat().st_mtime_ns for path in found] == before


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    away = ["--fabric", f"nats://127.0.0.1:{free_port()}"]
    for arguments, words in (
        (["out", "--every", "1s"], "--every has to be from 10s to 24h"),
        ([str(tmp_path), "--once", *away], "no server runs there"),
    ):
        try:
            status: object = main(["archive", *arguments])
        except SystemExit as end:
            status = end.code
        error = capsys.readouterr().err
        assert status == 2 and words in error.splitlines()[-1]

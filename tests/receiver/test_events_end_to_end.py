"""A real sender and receiver: their link as events, in a file, at a command and in the metrics."""

from __future__ import annotations

import json
from pathlib import Path

from narrowcast.receiver.config import ReceiverConfig
from tests.pipelines import run_receiver, run_sender, small_sender, wait_until


def test_the_link_and_scheduled_snapshots_of_a_real_stream(tmp_path: Path) -> None:
    path = tmp_path / "events"
    with run_sender(small_sender()) as sender:
        config = ReceiverConfig(
            url=sender.address(),
            window=False,
            events=str(path),
            snapshot_every=3600.0,
            snapshot_dir=tmp_path,
        )
        with run_receiver(config) as receiver:
            wait_until(lambda: path.exists() and path.read_text().count("\n") >= 1)
            wait_until(lambda: len(list(tmp_path.glob("*.png"))) == 2)
            sender.stop()
            wait_until(lambda: path.read_text().count("\n") >= 2)
            wait_until(lambda: any(second["events"] for second in receiver.reporter.seconds))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    links = [line["state"] for line in lines if line["event"] == "link"]
    assert links[:2] == ["begin", "end"]

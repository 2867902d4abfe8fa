"""Snapshots cover the time since the last one, summaries all of it."""

from __future__ import annotations

import json

from protocol.statistics.counters import ReceiverStatistics, SenderStatistics
from protocol.statistics.report import ReceiverGauges, SenderGauges
from protocol.wire.packing import pack, unpack


def test_sender_snapshot_and_summary() -> None:
    statistics = SenderStatistics(width=100, height=80, start_us=1_000_000)
    for index in range(10):
        statistics.captured()
        if index % 5 == 4:
            statistics.skipped()
            continue
        statistics.coded(payload_bytes=500, encode_us=20_000, keyframe=index == 0)
        statistics.acknowledged(network_us=40_000)
    gauges = SenderGauges(wire_bytes_in=100, wire_bytes_out=5000, receivers=2, quality=0.5, rtt_us=1500)
    first = statistics.snapshot(gauges, 2_000_000)
    assert (first.captured, first.coded, first.skipped, first.keyframes) == (10, 8, 2, 1)
    assert first.fps == 8.0
    assert first.kbps == 40.0
    assert first.bpp == 0.5
    assert first.rtt_ms == 1.5
    assert first.encode_ms.p50 is not None and abs(first.encode_ms.p50 - 20) < 0.2
    quiet = statistics.snapshot(SenderGauges(wire_bytes_in=100, wire_bytes_out=6000), 3_000_000)
    assert (quiet.captured, quiet.kbps, quiet.bpp, quiet.encode_ms.p50) == (0, 8.0, None, None)
    summary = statistics.summary(gauges, 5_000_000)
    assert (summary.seconds, summary.captured, summary.fps, summary.kbps) == (4.0, 10, 2.0, 10.0)


def test_receiver_snapshot_summary_and_report() -> None:
    statistics = ReceiverStatistics(width=100, height=80, start_us=0)
    for index in range(15):
        statistics.received(
            payload_bytes=400, network_us=9000 if index else None, encode_us=8000, keyframe=index == 0
        )
        statistics.decoded(decode_us=5000)
        statistics.shown(capture_to_display_us=60_000 if index else None)
    statistics.missed(2)
    statistics.failed()
    gauges = ReceiverGauges(wire_bytes_in=10_000, wire_bytes_out=700, clock_error_us=900, rtt_us=1700)
    snapshot = statistics.snapshot(gauges, 1_000_000)
    assert (snapshot.received, snapshot.decoded, snapshot.shown, snapshot.missed, snapshot.failed) == (
        15,
        15,
        15,
        2,
        1,
    )
    assert snapshot.fps == 15.0
    assert snapshot.kbps == 80.0
    assert snapshot.clock_error_ms == 0.9
    assert snapshot.network_ms.count == snapshot.capture_to_display_ms.count == 14
    report = snapshot.to_report()
    assert report.fps == 15.0 and report.drops == 3
    assert report.displayed_age_ms is not None and abs(report.displayed_age_ms - 60) < 0.6
    assert unpack(pack(report)) == report
    assert statistics.summary(gauges, 2_000_000).fps == 7.5
    assert statistics.snapshot(gauges, 2_000_000).kbps == 0.0


def test_snapshots_are_plain_json() -> None:
    sender = SenderStatistics(width=64, height=64, start_us=0)
    receiver = ReceiverStatistics(width=64, height=64, start_us=0)
    for snapshot in (
        sender.summary(SenderGauges(wire_bytes_in=0, wire_bytes_out=0), 0),
        receiver.summary(ReceiverGauges(wire_bytes_in=0, wire_bytes_out=0), 0),
    ):
        decoded = json.loads(json.dumps(snapshot.to_json_dict()))
        assert decoded["fps"] == 0.0
        assert decoded["encode_ms"] == {"p50": None, "p95": None, "p99": None, "count": 0}

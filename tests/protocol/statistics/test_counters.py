"""Intervals cover the time since the last one, the statistics since the start all of it."""

from __future__ import annotations

import json

from narrowcast.protocol.statistics.counters import ReceiverCounters, SenderCounters
from narrowcast.protocol.statistics.interval import ReceiverGauges, SenderGauges
from narrowcast.protocol.wire.packing import pack, unpack


def test_a_sender_counts_each_interval_and_all_of_them() -> None:
    counters = SenderCounters(width=100, height=80, start_us=1_000_000)
    for index in range(10):
        counters.captured()
        if index % 5 == 4:
            counters.skipped()
            continue
        counters.coded(payload_bytes=500, encode_us=20_000, keyframe=index == 0)
        counters.acknowledged(network_us=40_000)
    gauges = SenderGauges(wire_bytes_in=100, wire_bytes_out=5000, receivers=2, quality=0.5, rtt_us=1500)
    first = counters.take_interval(gauges, 2_000_000)
    assert (first.captured, first.coded, first.skipped, first.keyframes) == (10, 8, 2, 1)
    assert first.fps == 8.0
    assert first.kbps == 40.0
    assert first.bpp == 0.5
    assert first.rtt_ms == 1.5
    assert first.encode_ms.p50 is not None and abs(first.encode_ms.p50 - 20) < 0.2
    quiet = counters.take_interval(SenderGauges(wire_bytes_in=100, wire_bytes_out=6000), 3_000_000)
    assert (quiet.captured, quiet.kbps, quiet.bpp, quiet.encode_ms.p50) == (0, 8.0, None, None)
    summary = counters.since_start(gauges, 5_000_000)
    assert (summary.seconds, summary.captured, summary.fps, summary.kbps) == (4.0, 10, 2.0, 10.0)


def test_a_receiver_counts_each_interval_and_reports_it() -> None:
    counters = ReceiverCounters(width=100, height=80, start_us=0)
    for index in range(15):
        counters.received(
            payload_bytes=400, network_us=9000 if index else None, encode_us=8000, keyframe=index == 0
        )
        counters.decoded(decode_us=5000)
        counters.shown(capture_to_display_us=60_000 if index else None)
    counters.missed(2)
    counters.failed()
    gauges = ReceiverGauges(wire_bytes_in=10_000, wire_bytes_out=700, clock_error_us=900, rtt_us=1700)
    statistics = counters.take_interval(gauges, 1_000_000)
    assert (
        statistics.received,
        statistics.decoded,
        statistics.shown,
        statistics.missed,
        statistics.failed,
    ) == (
        15,
        15,
        15,
        2,
        1,
    )
    assert statistics.fps == 15.0
    assert statistics.kbps == 80.0
    assert statistics.clock_error_ms == 0.9
    assert statistics.network_ms.count == statistics.capture_to_display_ms.count == 14
    report = statistics.to_report()
    assert report.fps == 15.0 and report.drops == 3
    assert report.displayed_age_ms is not None and abs(report.displayed_age_ms - 60) < 0.6
    assert unpack(pack(report)) == report
    assert counters.since_start(gauges, 2_000_000).fps == 7.5
    assert counters.take_interval(gauges, 2_000_000).kbps == 0.0


def test_statistics_are_plain_json() -> None:
    sender = SenderCounters(width=64, height=64, start_us=0)
    receiver = ReceiverCounters(width=64, height=64, start_us=0)
    for statistics in (
        sender.since_start(SenderGauges(wire_bytes_in=0, wire_bytes_out=0), 0),
        receiver.since_start(ReceiverGauges(wire_bytes_in=0, wire_bytes_out=0), 0),
    ):
        decoded = json.loads(json.dumps(statistics.to_json_dict()))
        assert decoded["fps"] == 0.0
        assert decoded["encode_ms"] == {"p50": None, "p95": None, "p99": None, "count": 0}

"""What the statistics of an interval become: JSON for programs, and a REPORT for the sender."""

from __future__ import annotations

import json

from narrowcast.protocol.statistics.interval import ReceiverStatistics, SenderStatistics
from narrowcast.protocol.statistics.percentiles import Percentiles
from narrowcast.protocol.wire.messages import Report

NONE = Percentiles(p50=None, p95=None, p99=None, count=0)
SOME = Percentiles(p50=20.0, p95=30.0, p99=40.0, count=9)


def receiver_statistics(
    *, seconds: float = 2.0, decode_ms: Percentiles = SOME, capture_to_display_ms: Percentiles = SOME
) -> ReceiverStatistics:
    return ReceiverStatistics(
        seconds=seconds,
        fps=14.5,
        kbps=80.0,
        kbps_out=2.0,
        bpp=None,
        received=33,
        keyframes=1,
        missed=2,
        decoded=30,
        failed=1,
        shown=29,
        payload_bytes=9000,
        encode_ms=NONE,
        network_ms=NONE,
        decode_ms=decode_ms,
        capture_to_display_ms=capture_to_display_ms,
        clock_error_ms=None,
        rtt_ms=None,
        queue=0,
    )


def test_a_report_says_how_fast_it_decodes_and_how_old_its_pictures_are() -> None:
    assert receiver_statistics().to_report() == Report(
        fps=15.0, decode_p50_ms=20.0, decode_p95_ms=30.0, drops=3, displayed_age_ms=20.0
    )


def test_a_report_without_pictures_has_no_age_and_an_empty_interval_no_frames() -> None:
    report = receiver_statistics(seconds=0.0, decode_ms=NONE, capture_to_display_ms=NONE).to_report()
    assert report == Report(fps=0.0, drops=3, displayed_age_ms=None)


def test_statistics_are_plain_json_with_the_percentiles_inside() -> None:
    decoded = json.loads(json.dumps(receiver_statistics().to_json_dict()))
    assert decoded["missed"] == 2 and decoded["bpp"] is None
    assert decoded["decode_ms"] == {"p50": 20.0, "p95": 30.0, "p99": 40.0, "count": 9}


def test_both_sides_name_what_they_share_alike() -> None:
    shared = {"seconds", "fps", "kbps", "bpp", "keyframes", "payload_bytes", "rtt_ms", "queue"}
    for statistics in (SenderStatistics, ReceiverStatistics):
        assert shared <= set(statistics.__dataclass_fields__)

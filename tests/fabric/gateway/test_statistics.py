"""What a gateway counts."""

from __future__ import annotations

from narrowcast.fabric.gateway.statistics import METRICS, GatewayStatistics, second_line, summary_table

SECOND = GatewayStatistics(seconds=2.0, receivers=3, frames=30, sent=80, payload_bytes=25_000)


def test_a_second_is_one_line_and_plain_values() -> None:
    assert second_line(SECOND) == "   100.0 kbps | receivers 3 came 30 sent 80"
    assert SECOND.to_json_dict()["kbps"] == 100.0 and summary_table(SECOND).row_count == 2
    assert [series.read(SECOND) for series in METRICS] == [3, 30, 80, 25_000]

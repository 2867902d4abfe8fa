"""Statistics as Prometheus reads them."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import pytest

from narrowcast.protocol import ReceiverCounters, ReceiverGauges, ReceiverStatistics, SenderStatistics
from narrowcast.receiver.statistics import METRICS
from narrowcast.runtime.metrics import MetricsError, MetricsReporter, Series, served, served_streams
from narrowcast.runtime.reporting import Notice
from narrowcast.sender.statistics import METRICS as SENDER_METRICS
from tests.reporters import RememberingReporter


def _seconds() -> Iterator[ReceiverStatistics]:
    """Seconds in each of which two frames came, one of them a keyframe."""
    counters, now_us = ReceiverCounters(width=64, height=64, start_us=0), 0
    while True:
        for keyframe in (True, False):
            counters.received(payload_bytes=500, network_us=None, encode_us=1000, keyframe=keyframe)
            counters.decoded(decode_us=4000)
        now_us += 1_000_000
        gauges = ReceiverGauges(wire_bytes_in=now_us // 1000, wire_bytes_out=0)
        yield counters.take_interval(gauges, now_us)


def _scrape(reporter: RememberingReporter) -> dict[str, float]:
    """Values by series, read over HTTP from the address that was told."""
    (line,) = [text for text in reporter.notices if text.startswith("metrics at ")]
    with urllib.request.urlopen(line.removeprefix("metrics at ")) as response:
        lines = response.read().decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[:1] != "#"}


def test_seconds_become_series() -> None:
    reporter, seconds = RememberingReporter(), _seconds()
    with served(reporter, "0", "narrowcast_receiver", METRICS) as serving:
        before = _scrape(reporter)
        assert before["narrowcast_receiver_frames_received_total"] == 0
        assert str(before["narrowcast_receiver_fps"]) == "nan"
        for _ in range(3):
            serving.second(next(seconds))
        after = _scrape(reporter)
    assert after["narrowcast_receiver_frames_received_total"] == 6
    assert after["narrowcast_receiver_keyframes_received_total"] == 3
    assert after["narrowcast_receiver_payload_bytes_total"] == 3000
    assert after['narrowcast_receiver_wire_bits_per_second{direction="in"}'] == 8000
    assert after['narrowcast_receiver_decode_seconds{quantile="0.5"}'] == pytest.approx(0.004, rel=0.1)
    assert str(after['narrowcast_receiver_network_seconds{quantile="0.5"}']) == "nan"
    assert len(reporter.seconds) == 3


def test_it_listens_on_this_machine_only_and_stops() -> None:
    reporter = RememberingReporter()
    with served(reporter, "0", "n", METRICS):
        assert "metrics at http://127.0.0.1:" in reporter.notices[0]
    with pytest.raises(OSError):
        _scrape(reporter)


def test_several_streams_are_told_apart_by_a_label() -> None:
    reporters, told = {"front": RememberingReporter(), "yard": RememberingReporter()}, RememberingReporter()
    with served_streams(reporters, "0", "n", METRICS, told.notice) as serving:
        for stream, seconds in (("front", 1), ("yard", 2)):
            each = _seconds()
            for _ in range(seconds):
                serving[stream].second(next(each))
        values = _scrape(told)
    assert values['n_frames_received_total{stream="front"}'] == 2
    assert values['n_frames_received_total{stream="yard"}'] == 4
    assert values['n_wire_bits_per_second{direction="in",stream="yard"}'] == 8000


def test_without_an_address_nothing_is_served() -> None:
    reporter = RememberingReporter()
    with served(reporter, None, "n", METRICS) as same:
        assert same is reporter and not reporter.notices


def test_a_port_in_use_is_told() -> None:
    reporter = RememberingReporter()
    with served(reporter, "0", "n", METRICS):
        port = reporter.notices[0].rpartition(":")[2].removesuffix("/metrics")
        again = served(RememberingReporter(), port, "n", METRICS)
        with pytest.raises(MetricsError, match=f"cannot serve metrics on 127.0.0.1:{port}: .*in use"), again:
            pass


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "prometheus_client", None)
    with pytest.raises(MetricsError, match=r"pip install prometheus-client"):
        served(RememberingReporter(), "0", "n", METRICS).__enter__()


@pytest.mark.parametrize("metrics", [METRICS, SENDER_METRICS])
def test_series_are_told_apart(
    metrics: tuple[Series[ReceiverStatistics], ...] | tuple[Series[SenderStatistics], ...],
) -> None:
    names = [(metric.name, tuple(metric.labels.items())) for metric in metrics]
    assert len(set(names)) == len(names)
    assert all(metric.purpose.endswith(".") for metric in metrics)


def test_everything_else_is_passed_on() -> None:
    inner = RememberingReporter()
    reporter: MetricsReporter[ReceiverStatistics] = MetricsReporter(inner, METRICS)
    reporter.notice(Notice("listening", url="tcp://a:1"))
    reporter.summary(next(_seconds()), {"more": 1})
    assert inner.urls == ["tcp://a:1"] and inner.summaries[0]["more"] == 1

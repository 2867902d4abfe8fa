"""Rates out of counters, and the thread that samples them."""

from __future__ import annotations

import itertools
import threading

import pytest

from narrowcast.benchmark.network.wire_counter import ByteCounter, WireSample, WireTrace


def trace_of(sent_bytes: list[int], *, interval_us: int = 500_000) -> WireTrace:
    return WireTrace(
        [
            WireSample(at_us=index * interval_us, sent_bytes=sent, received_bytes=2 * sent)
            for index, sent in enumerate(sent_bytes)
        ]
    )


def test_the_mean_between_two_times() -> None:
    trace = trace_of([0, 1000, 2000, 3000, 9000])
    assert trace.sent_kbps(0, 1_600_000) == pytest.approx(16.0)
    assert trace.sent_kbps(100, 600_000) is None


def test_what_passed_is_interpolated_between_samples() -> None:
    passed = trace_of([0, 1000, 2000, 4000]).passed(250_000, 1_250_000)
    assert passed is not None
    assert passed.sent_bytes == pytest.approx(2500)
    assert passed.received_bytes == pytest.approx(5000)
    assert WireTrace([]).passed(0, 10) is None


def test_nothing_counted_gives_no_rate() -> None:
    assert WireTrace([]).sent_kbps(0, 10) is None


def test_a_counter_samples_from_its_first_moment_to_its_last() -> None:
    counts, sampled = itertools.count(), threading.Event()

    def read() -> WireSample:
        count = next(counts)
        if count == 3:
            sampled.set()
        return WireSample(at_us=count, sent_bytes=count, received_bytes=0)

    with ByteCounter(read, interval_s=0.001) as counter:
        assert sampled.wait(10.0)
    numbers = [sample.sent_bytes for sample in counter.trace.samples]
    assert numbers == list(range(next(counts)))


def test_a_counter_that_cannot_begin_or_go_on_says_so() -> None:
    def fail() -> None:
        raise OSError("no such namespace")

    sample = WireSample(at_us=0, sent_bytes=0, received_bytes=0)
    with pytest.raises(OSError, match="no such namespace"), ByteCounter(lambda: sample, begin=fail):
        pass
    samples = iter([sample])
    with pytest.raises(StopIteration), ByteCounter(lambda: next(samples), interval_s=0.001):
        threading.Event().wait(0.05)

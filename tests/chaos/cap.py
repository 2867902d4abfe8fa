"""The cap, measured: bytes that the kernel counts in any two seconds, with keyframes asked for in between."""

from __future__ import annotations

from narrowcast.benchmark.network.wire_counter import WireCounter, WireTrace, mean_sent_kbps
from tests.chaos.log import ChaosLog
from tests.chaos.testbed import Testbed

WINDOW_S = 2.0
EXCESS_LIMIT = 1.05
REJOIN_S = 7.0
"How often the receiver is started again, to ask for keyframes."


def run_cap(*, seconds: float, size: str, codec: str, max_kbps: float, link_kbps: int) -> WireTrace:
    """Stream a moving clip under a cap over a link with room to spare; returns what was sent."""
    log = ChaosLog()
    testbed = Testbed(log, size=size, codec=codec, hostile=0, max_kbps=max_kbps, proxy=False)
    with testbed, WireCounter(testbed.pair.near, interval_s=0.02) as counter:
        testbed.shape(link_kbps)
        while seconds > 0:
            testbed.watch(min(seconds, REJOIN_S))
            seconds -= REJOIN_S
            if seconds > 0:
                testbed.receiver.kill()
                testbed.start_receiver()
                testbed.receiver.wait_ready()
    return counter.trace


def peak_sent_kbps(trace: WireTrace, window_s: float) -> float | None:
    """The highest rate sent over any time of this length; None where the trace is shorter."""
    rates: list[float] = []
    end, samples = 0, trace.samples
    for start, sample in enumerate(samples):
        while end < len(samples) and samples[end].at_us - sample.at_us < 1e6 * window_s:
            end += 1
        if end == len(samples):
            break
        rate = mean_sent_kbps((sample, samples[end]))
        assert rate is not None and start < end
        rates.append(rate)
    return max(rates, default=None)

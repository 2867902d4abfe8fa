"""The cap, measured: bytes that the kernel counts in any two seconds, with keyframes asked for in between."""

from __future__ import annotations

from benchmark.network.wire_counter import WireCounter, WireTrace, mean_sent_kbps
from tests.chaos.log import ChaosLog
from tests.chaos.stage import Stage

WINDOW_S = 2.0
EXCESS_LIMIT = 1.05
REJOIN_S = 7.0
"A receiver that is started anew this often asks for keyframes."


def run_cap(*, seconds: float, size: str, codec: str, max_kbps: float, link_kbps: int) -> WireTrace:
    """Stream a moving clip under a cap over a link with room to spare; returns what was sent."""
    log = ChaosLog()
    stage = Stage(log, size=size, codec=codec, hostile=0, max_kbps=max_kbps, proxy=False)
    with stage, WireCounter(stage.pair.near, interval_s=0.02) as counter:
        stage.shape(link_kbps)
        while seconds > 0:
            stage.watch(min(seconds, REJOIN_S))
            seconds -= REJOIN_S
            if seconds > 0:
                stage.receiver.kill()
                stage.start_receiver()
                stage.receiver.wait_ready()
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

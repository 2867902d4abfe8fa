"""One sender, a receiver that displays and a crowd that does not: started, measured for a while, stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmark.errors import ProgramError
from benchmark.fanout.config import FanoutConfig
from benchmark.fanout.crowd import Arrival
from benchmark.fanout.results import FanoutRow
from benchmark.latency.frames import ShownFrame
from benchmark.latency.results import percentiles_of
from benchmark.process_usage import cpu_seconds
from benchmark.program import Program
from runtime.clock import now_us
from runtime.signals import StopSignal

_START_TIMEOUT_S = 120.0
"Loading the networks, the first time with their conversion for this CPU."
_SETTLE_S = 1.5
"The keyframe that the last receiver needed is over, and every clock is known."
_POLL_S = 0.05


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """The stretch of time that counts, on this machine's clock."""

    start_us: int
    "its begin"
    end_us: int
    "its end"
    cpu_s: float
    "CPU time that the sender used in it"

    @property
    def seconds(self) -> float:
        return (self.end_us - self.start_us) / 1e6

    def holds(self, time_us: int) -> bool:
        return self.start_us <= time_us <= self.end_us


@dataclass(frozen=True, kw_only=True)
class _SenderSecond:
    """What the sender said of one second."""

    end_us: int
    "when it said so, on this machine's clock"
    bytes_per_s: float
    "on the wire, to all receivers"


class FanoutStream:
    """The processes of one number of receivers."""

    def __init__(self, config: FanoutConfig, receivers: int, model_id: str) -> None:
        self._config, self._receivers, self._model_id = config, receivers, model_id
        self._programs: list[Program] = []
        self._lines: dict[str, dict[str, Any]] = {}
        self._seconds: list[_SenderSecond] = []

    def run(self, stop: StopSignal) -> FanoutRow | None:
        """Measure; None where a stop was asked for too early. ProgramError where a program fails."""
        try:
            sender = self._start()
            self._wait(self._all_there, stop, limit_s=_START_TIMEOUT_S)
            self._pause(_SETTLE_S, stop)
            start_us, start_cpu_s = now_us(), cpu_seconds(sender.pid)
            self._pause(self._config.seconds, stop)
            measured = _Measured(
                start_us=start_us, end_us=now_us(), cpu_s=cpu_seconds(sender.pid) - start_cpu_s
            )
        finally:
            for program in reversed(self._programs):
                program.stop()
        return None if stop.requested else self._row(measured)

    def _start(self) -> Program:
        config = self._config
        common = [*config.stream.codec_arguments(), "--stats", "json"]
        arguments = ["send", config.source, "--loop", "--listen", "tcp://127.0.0.1:0", *common]
        arguments += ["--codec", config.codec, *config.stream.picture_arguments()]
        arguments += ["--max-receivers", str(self._receivers)]
        sender = Program(arguments, self._take)
        self._programs.append(sender)
        url = sender.address(_START_TIMEOUT_S)
        if not url:
            raise ProgramError("the sender did not start")
        arguments = [url, "--no-window", "--expect", f"{config.codec}:{config.stream.size}", *common]
        self._programs.append(Program(arguments, self._take, module="benchmark.latency.receiver"))
        if self._receivers > 1:
            arguments = [url, "--count", str(self._receivers - 1), "--codec", config.codec]
            arguments += ["--model-id", self._model_id]
            self._programs.append(Program(arguments, self._take, module="benchmark.fanout.crowd"))
        return sender

    def _take(self, line: dict[str, Any]) -> None:
        """Keep a line of any of the programs."""
        if line["event"] != "second":
            self._lines[line["event"]] = line
        elif "coded" in line:
            self._seconds.append(_SenderSecond(end_us=now_us(), bytes_per_s=125 * line["kbps"]))
        elif line["shown"]:
            self._lines["displaying"] = line

    def _all_there(self) -> bool:
        return "displaying" in self._lines and (self._receivers == 1 or "linked" in self._lines)

    def _wait(self, condition: Callable[[], bool], stop: StopSignal, *, limit_s: float) -> None:
        """Wait for something, for the limit or for a stop."""
        end_us = now_us() + 1e6 * limit_s
        while not condition() and not stop.requested and now_us() < end_us:
            if not stop.requested and not all(program.running for program in self._programs):
                raise ProgramError("a program of the benchmark ended before its time")
            time.sleep(_POLL_S)

    def _pause(self, seconds: float, stop: StopSignal) -> None:
        """Let time pass while everything runs."""
        self._wait(lambda: False, stop, limit_s=seconds)

    def _row(self, measured: _Measured) -> FanoutRow:
        if not self._all_there():
            raise ProgramError(f"not all receivers came within {_START_TIMEOUT_S:.0f} s")
        if "shown" not in self._lines:
            raise ProgramError("the receiver ended without telling what it showed")
        shown = [ShownFrame(**frame) for frame in self._lines["shown"]["frames"]]
        counted = [frame for frame in shown if measured.holds(frame.shown_us)]
        ages = [(frame.shown_us - frame.capture_us) / 1000 for frame in counted if frame.capture_us]
        arrivals = self._lines.get("arrivals", {}).get("receivers", [])
        taken = [Arrival(**arrival) for each in arrivals for arrival in each]
        light = [arrival.age_us / 1000 for arrival in taken if measured.holds(arrival.taken_us)]
        sent = [second.bytes_per_s for second in self._seconds if measured.holds(second.end_us)]
        return FanoutRow(
            receivers=self._receivers,
            seconds=round(measured.seconds, 2),
            sender_cpu_percent=round(100 * measured.cpu_s / measured.seconds, 1),
            sent_bytes_per_s=round(sum(sent) / len(sent)) if sent else 0,
            shown_fps=round(len(counted) / measured.seconds, 2),
            shown_age_ms=percentiles_of(ages),
            light_fps=round(len(light) / measured.seconds / len(arrivals), 2) if arrivals else None,
            light_age_ms=percentiles_of(light),
        )

"""One latency run: for each codec a sender and a receiver, and what both noted."""

from __future__ import annotations

from typing import Any

from benchmark.latency.config import LatencyConfig
from benchmark.latency.frames import DrawnFrame, ShownFrame, join_frames
from benchmark.latency.results import LatencyResults, LatencyRow, make_row
from benchmark.pair import run_pair
from benchmark.program import Program
from benchmark.progress import INTERRUPTED, Listener
from runtime.signals import StopSignal


class LatencyRun:
    """Measures codec by codec; `results` holds what there is at any time."""

    def __init__(self, config: LatencyConfig, listener: Listener) -> None:
        self._config, self._listener = config, listener
        self.results = LatencyResults()

    def run(self) -> None:
        """Measure everything; Ctrl-C ends the codec that runs, keeps what it has and leaves out the rest."""
        self._listener.begin(round(self._config.seconds) * len(self._config.codecs))
        with StopSignal() as stop:
            for codec in self._config.codecs:
                if stop.requested:
                    break
                self._listener.activity(f"{codec}: starting")
                self._measure(codec, stop)
                if self._config.json is not None:
                    self.results.write_json(self._config.json)
        if stop.requested:
            self._listener.notice(INTERRUPTED)

    def _measure(self, codec: str, stop: StopSignal) -> None:
        stream = _MeasuredStream(self._config, codec, self._listener)
        row = stream.run(stop)
        if row is not None:
            self.results.rows.append(row)
            return
        self.results.gaps[codec] = "no picture was shown"
        if not stop.requested:
            self._listener.notice(f"{codec}: no picture was shown; left out")


class _MeasuredStream:
    """One codec's two processes, and their lines."""

    def __init__(self, config: LatencyConfig, codec: str, listener: Listener) -> None:
        self._config, self._codec, self._listener = config, codec, listener
        self._lines: dict[str, dict[str, Any]] = {}
        self._steps_left = round(config.seconds)

    def run(self, stop: StopSignal) -> LatencyRow | None:
        """Run both to their end; None where nothing was shown."""
        pair = run_pair(self._start_sender, self._start_receiver, seconds=self._config.seconds, stop=stop)
        self._listener.step(self._steps_left)
        receiver = pair.receiver.summary if pair.receiver is not None else None
        shown = [ShownFrame(**frame) for frame in self._lines.get("shown", {}).get("frames", [])]
        drawn = [DrawnFrame(**frame) for frame in self._lines.get("drawn", {}).get("frames", [])]
        frames = join_frames(drawn, shown)
        if receiver is None or not frames:
            return None
        stream = self._config.stream
        shown_us = shown[-1].shown_us - shown[0].shown_us
        return make_row(
            codec=self._codec,
            width=stream.width,
            height=stream.height,
            fps=stream.fps,
            shown_fps=round((len(shown) - 1) * 1e6 / shown_us, 2) if shown_us else 0.0,
            kbps=round(8e3 * receiver["wire_bytes_in"] / (shown_us + 1e6 / stream.fps), 1),
            clock_error_ms=receiver["clock_error_ms"],
            frames=frames,
        )

    def _start_sender(self) -> Program:
        config = self._config
        arguments = ["test:", "--listen", "tcp://127.0.0.1:0", "--codec", self._codec]
        arguments += [*config.stream.codec_arguments(), *config.stream.picture_arguments()]
        arguments += ["--max-kbps", f"{config.max_kbps:g}", "--seconds", f"{config.seconds:g}"]
        return Program(arguments, self._take, module="benchmark.latency.sender")

    def _start_receiver(self, url: str) -> Program:
        config = self._config
        expected = f"{self._codec}:{config.stream.size}"
        arguments = [url, "--until-end", "--expect", expected, *config.stream.codec_arguments()]
        arguments += [] if config.window else ["--no-window"]
        return Program(arguments, self._take, module="benchmark.latency.receiver")

    def _take(self, line: dict[str, Any]) -> None:
        """Keep a line of either program."""
        self._lines[line["event"]] = line
        if line["event"] == "second" and "shown" in line:
            self._listener.activity(f"{self._codec}: {line['fps']:.0f} fps")
            if self._steps_left > 0:
                self._steps_left -= 1
                self._listener.step(1)

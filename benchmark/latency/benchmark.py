"""`narrowcast bench latency`: capture to display, measured twice, between two processes on this machine."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from narrowcast.benchmark.benchmark import Benchmark
from narrowcast.benchmark.latency.frames import (
    Agreement,
    DrawnFrame,
    FrameLatency,
    compare_methods,
    join_frames,
)
from narrowcast.benchmark.plots import Bar, BarPanel, HistogramPanel, Plot
from narrowcast.benchmark.program import Program, run_pair
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.results import Gap, Results, percentiles_of
from narrowcast.benchmark.settings import PlotSettings, StreamSettings, name_list, size_text
from narrowcast.benchmark.shown import ShownFrame
from narrowcast.benchmark.tables import Column, TableView
from narrowcast.codec.names import CODECS
from narrowcast.protocol import Percentiles
from narrowcast.runtime.settings import Setting
from narrowcast.runtime.signals import StopSignal

STAGES = {
    "wait": "capture wait",
    "encode": "encode",
    "network": "network",
    "decode": "decode",
    "display": "display (and waiting for the decoder)",
}
"""What each stage is called in tables, from capture to display; FrameLatency has a field for each."""
HISTOGRAM_BINS = 10
BAR_WIDTH = 40
PANEL_WIDTH_IN, PANEL_HEIGHT_IN = 6.5, 2.6


@dataclass(frozen=True, kw_only=True)
class LatencySettings(StreamSettings, PlotSettings):
    """One run: the test pattern through each codec, from one process to another."""

    codecs: Annotated[tuple[str, ...], name_list(CODECS)] = ("hybrid", "gan", "jpeg")
    "one row each"
    max_kbps: Annotated[float, Setting(minimum=1, maximum=1e6, zero="no cap")] = 0.0
    "cap on the bitrate"
    seconds: Annotated[float, Setting(above=0)] = 10.0
    "how long each codec runs"
    window: bool = False
    "show the picture, where there is a display"


@dataclass(frozen=True, kw_only=True)
class LatencyRow:
    """One codec's stream."""

    codec: str
    "as on the command line"
    width: int
    "pixels"
    height: int
    "pixels"
    fps: float
    "pictures a second that the source drew"
    shown_fps: float
    "pictures a second that were shown"
    kbps: float
    "on the wire: all bytes from the sender"
    clock_error_ms: float | None
    "how far the sender's clock, as the receiver estimates it, may be off"
    frames: tuple[FrameLatency, ...]
    "each frame that was shown with a known clock"

    @property
    def agreement(self) -> Agreement:
        """Whether time stamps and numbers say the same."""
        return compare_methods(self.frames, 1000 / self.fps)

    @property
    def agrees(self) -> bool:
        """Whether they say the same of every frame."""
        return self.agreement.holds

    @property
    def by_stamps_ms(self) -> Percentiles:
        """Capture to display, by time stamps."""
        return percentiles_of(frame.by_stamps_ms for frame in self.frames)

    @property
    def by_number_ms(self) -> Percentiles:
        """Capture to display, by the number in the picture."""
        return percentiles_of(frame.by_number_ms for frame in self.frames if frame.by_number_ms is not None)

    @property
    def stages_ms(self) -> dict[str, Percentiles]:
        """Each stage of a frame's way."""
        return {
            stage: percentiles_of(getattr(frame, f"{stage}_ms") for frame in self.frames) for stage in STAGES
        }


def measure(settings: LatencySettings, listener: Listener) -> Generator[object, None, None]:
    """Yield a row or a gap a codec; Ctrl-C ends the codec that runs and keeps what it has."""
    listener.begin(round(settings.seconds) * len(settings.codecs))
    with StopSignal() as stop:
        for name in settings.codecs:
            listener.activity(f"{name}: starting")
            row = _MeasuredStream(settings, name, listener).run(stop)
            if row is not None:
                yield row
            if stop.requested:
                raise KeyboardInterrupt
            if row is None:
                yield Gap(key={"codec": name}, reason="no picture was shown", label=name)


class _MeasuredStream:
    """One codec's two processes, and their lines."""

    def __init__(self, settings: LatencySettings, name: str, listener: Listener) -> None:
        self._settings, self._codec, self._listener = settings, name, listener
        self._shown: list[ShownFrame] = []
        self._drawn: list[DrawnFrame] = []
        self._steps_left = round(settings.seconds)

    def run(self, stop: StopSignal) -> LatencyRow | None:
        """Run both to their end; None where nothing was shown."""
        settings, shown = self._settings, self._shown
        pair = run_pair(self._start_sender, self._start_receiver, seconds=settings.seconds, stop=stop)
        self._listener.step(self._steps_left)
        receiver = pair.receiver.summary if pair.receiver is not None else None
        frames = join_frames(self._drawn, shown)
        if receiver is None or not frames:
            return None
        shown_us = shown[-1].shown_us - shown[0].shown_us
        return LatencyRow(
            codec=self._codec,
            width=settings.width,
            height=settings.height,
            fps=settings.fps,
            shown_fps=round((len(shown) - 1) * 1e6 / shown_us, 2) if shown_us else 0.0,
            kbps=round(8e3 * receiver["wire_bytes_in"] / (shown_us + 1e6 / settings.fps), 1),
            clock_error_ms=receiver["clock_error_ms"],
            frames=tuple(frames),
        )

    def _start_sender(self) -> Program:
        settings = self._settings
        arguments = ["test:", "--listen", "tcp://127.0.0.1:0", "--codec", self._codec]
        arguments += [*settings.codec_arguments(), *settings.picture_arguments()]
        arguments += ["--max-kbps", f"{settings.max_kbps:g}", "--seconds", f"{settings.seconds:g}"]
        return Program(arguments, self._take, module="narrowcast.benchmark.latency.sender")

    def _start_receiver(self, url: str) -> Program:
        settings = self._settings
        arguments = [url, "--until-end", "--expect", f"{self._codec}:{size_text(settings.size)}"]
        arguments += [*settings.codec_arguments(), *([] if settings.window else ["--no-window"])]
        return Program(arguments, self._take, module="narrowcast.benchmark.receiver")

    def _take(self, line: dict[str, Any]) -> None:
        """Keep a line of either program."""
        event = line.pop("event")
        if event == "shown":
            self._shown.append(ShownFrame(**line))
        elif event == "drawn":
            self._drawn = [DrawnFrame(**frame) for frame in line["frames"]]
        elif event == "second" and "shown" in line:
            self._listener.activity(f"{self._codec}: {line['fps']:.0f} fps")
            if self._steps_left > 0:
                self._steps_left -= 1
                self._listener.step(1)


def tables(results: Results[LatencySettings]) -> Iterator[TableView | str]:
    """Show each codec: its stages and the whole, how the whole is distributed, and whether methods agree."""
    for row in results.of(LatencyRow):
        yield latency_table(row)
        yield histogram_table(row)
        yield agreement_text(row)


@dataclass(frozen=True, kw_only=True)
class _Line:
    """One line of a codec's table."""

    name: str
    ms: Percentiles
    whole: bool = False
    "not a stage: the whole way"


def latency_table(row: LatencyRow) -> TableView:
    """Show one codec: stage by stage, and the whole by both methods."""
    error = "unknown" if row.clock_error_ms is None else f"+- {row.clock_error_ms:.1f} ms"
    stamps = f"capture to display, by time stamps (clocks {error})"
    return TableView(
        title=f"{row.codec}, {row.width}x{row.height} at {row.fps:g} fps: {len(row.frames)} frames, "
        f"{row.shown_fps:.1f} fps shown, {row.kbps:.0f} kbit/s",
        columns=(
            Column("milliseconds", "name"),
            *(Column(point, f"ms.{point}", ".1f") for point in ("p50", "p95", "p99")),
        ),
        rows=[
            *(_Line(name=STAGES[stage], ms=ms) for stage, ms in row.stages_ms.items()),
            _Line(name=stamps, ms=row.by_stamps_ms, whole=True),
            _Line(name="capture to display, by the number in the picture", ms=row.by_number_ms, whole=True),
        ],
        section="whole",
    )


def agreement_text(row: LatencyRow) -> str:
    """Say whether the two methods agree."""
    found, interval_ms = row.agreement, 1000 / row.fps
    if found.largest_ms is None:
        return f"{row.codec}: no number could be read back, so the time stamps stand unproven"
    unread = len(row.frames) - found.compared
    verdict, extent = f"agree on all {found.compared} frames", "at most"
    if not found.holds:
        failing = found.compared - found.agreeing
        verdict, extent = f"DISAGREE on {failing} of {found.compared} frames", "up to"
    return (
        f"{row.codec}: the two methods {verdict}: {extent} {found.largest_ms:.1f} ms apart, "
        f"a frame interval is {interval_ms:.1f} ms"
    ) + (f"; {unread} more could not be read" if unread else "")


def histogram_table(row: LatencyRow) -> TableView:
    """Draw how capture to display is distributed, by time stamps."""
    values = [frame.by_stamps_ms for frame in row.frames]
    low, high = min(values), max(values)
    width_ms = max(1e-3, (high - low) / HISTOGRAM_BINS)
    counts = [0] * HISTOGRAM_BINS
    for value in values:
        counts[min(HISTOGRAM_BINS - 1, int((value - low) / width_ms))] += 1
    lines = [(low + index * width_ms, count) for index, count in enumerate(counts)]
    return TableView(
        title=f"{row.codec}: capture to display",
        columns=(
            Column("", lambda line: f"{line[0]:.1f} to {line[0] + width_ms:.1f} ms"),
            Column("", lambda line: str(line[1])),
            Column("", lambda line: "█" * round(BAR_WIDTH * line[1] / max(counts))),
        ),
        rows=lines,
        header=False,
        frame=False,
    )


def plot(results: Results[LatencySettings]) -> Plot:
    """Draw the histograms of both methods one above the other, and a bar of stages a codec below."""
    rows = results.of(LatencyRow)
    stages = BarPanel(
        title="where the time goes, medians, ms",
        bars=[
            Bar(label=row.codec, parts={stage: ms.p50 or 0.0 for stage, ms in row.stages_ms.items()})
            for row in rows
        ],
        colours={stage: f"C{index}" for index, stage in enumerate(STAGES)},
        legend=True,
    )
    return Plot(
        rows=[*([_histogram(row)] for row in rows), [stages]],
        panel_width_in=PANEL_WIDTH_IN,
        row_heights_in=[PANEL_HEIGHT_IN] * (len(rows) + 1),
    )


def _histogram(row: LatencyRow) -> HistogramPanel:
    stamps = row.by_stamps_ms
    return HistogramPanel(
        title=f"{row.codec}: capture to display, ms ({len(row.frames)} frames)",
        samples={
            "by time stamps": [frame.by_stamps_ms for frame in row.frames],
            "by the number in the picture": [
                frame.by_number_ms for frame in row.frames if frame.by_number_ms is not None
            ],
        },
        marks={name: getattr(stamps, name) for name in ("p50", "p95", "p99")},
    )


BENCHMARK = Benchmark(settings=LatencySettings, measure=measure, row=LatencyRow, tables=tables, plot=plot)

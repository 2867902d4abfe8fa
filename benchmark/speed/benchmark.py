"""`narrowcast bench speed`: a frame's stages, start and memory, for narrowcast and its peers."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from narrowcast.benchmark.benchmark import Benchmark
from narrowcast.benchmark.clips import load_clip
from narrowcast.benchmark.plots import Bar, BarPanel, Plot
from narrowcast.benchmark.process_usage import load_psutil
from narrowcast.benchmark.program import Program
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.results import Gap, Results, json_gaps, json_rows
from narrowcast.benchmark.settings import POSITIVE_LIST, PlotSettings, name_list
from narrowcast.benchmark.speed.case import (
    BACKENDS,
    FPS,
    LEARNED,
    SPEED_CODECS,
    SpeedCase,
    SpeedRow,
    ratio_to_gan,
)
from narrowcast.benchmark.tables import Column, TableView
from narrowcast.runtime.common_settings import parse_size
from narrowcast.runtime.settings import Setting
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.sources.spec import DEMO_CLIP

CLIP_FRAMES = 24
"""Pictures of the clip that are held in memory; longer runs go through them back and forth."""
SIZES = (320, 180), (640, 360), (1280, 720), (1920, 1080)
_POLL_S = 0.1

ENCODE_STAGES = ("colour", "analysis", "scene", "exact", "entropy", "base")
DECODE_STAGES = ("base", "entropy", "exact", "synthesis", "colour")
UNSPLIT = "peers, not split"
COLOURS = {
    "colour": "C7",
    "analysis": "C0",
    "scene": "C5",
    "exact": "C1",
    "entropy": "C2",
    "base": "C4",
    "synthesis": "C3",
    UNSPLIT: "C9",
}
PANEL_WIDTH_IN, BAR_HEIGHT_IN, EMPTY_HEIGHT_IN = 5.5, 0.22, 0.9


def _present_backends() -> tuple[str, ...]:
    import torch

    present = {"openvino": find_spec("openvino") is not None, "cuda": torch.cuda.is_available()}
    return tuple(name for name in BACKENDS if present.get(name, True))


def _one_and_all_cores() -> tuple[int, ...]:
    return tuple(dict.fromkeys((1, os.cpu_count() or 1)))


@dataclass(frozen=True, kw_only=True)
class SpeedSettings(PlotSettings):
    """One run: each codec at each size, on each backend, with each number of threads."""

    clip: Annotated[Path | None, Setting(metavar="CLIP")] = None
    "what is coded; by default the bundled clip"
    codecs: Annotated[tuple[str, ...], name_list(SPEED_CODECS)] = SPEED_CODECS
    "in the order of the tables"
    sizes: Annotated[tuple[tuple[int, int], ...], Setting(metavar="LIST", parse=parse_size)] = SIZES
    "width and height of the pictures"
    backends: Annotated[tuple[str, ...] | None, name_list(BACKENDS)] = None
    "of the learned codecs; by default those that are here"
    threads: Annotated[tuple[int, ...], POSITIVE_LIST] = field(default_factory=_one_and_all_cores)
    "CPU threads"
    frames: Annotated[int, Setting(minimum=2)] = 30
    "of each, half of them timed whole; with over 100, memory's growth too"
    quality: Annotated[float, Setting(minimum=0, maximum=1)] = 0.5
    "of narrowcast's codecs: fewest bits or best picture"

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is."""
        super().__post_init__()
        for size in self.sizes:
            SenderConfig(source="test:", size=size)

    def cases(self) -> list[SpeedCase]:
        """Everything to measure, size by size; on a GPU the number of CPU threads changes nothing."""
        backends = _present_backends() if self.backends is None else self.backends
        return [
            SpeedCase(
                codec=codec,
                backend=backend,
                threads=threads,
                width=width,
                height=height,
                quality=self.quality,
            )
            for width, height in self.sizes
            for codec in self.codecs
            for backend in (backends if codec in LEARNED else ("",))
            for threads in (self.threads[-1:] if backend == "cuda" else self.threads)
        ]


def measure(settings: SpeedSettings, listener: Listener) -> Generator[object, None, None]:
    """Yield a row or a gap a case; Ctrl-C leaves out the case that runs and those behind it."""
    load_psutil()  # before the work, not after
    cases = settings.cases()
    listener.begin(len(cases))
    with tempfile.TemporaryDirectory() as folder, StopSignal() as stop:
        workers = _Workers(settings, Path(folder), stop)
        for case in cases:
            listener.activity(case.label)
            outcome = workers.measure(case)
            if stop.requested:
                raise KeyboardInterrupt
            yield outcome
            listener.step(1)


class _Workers:
    """Runs each case in a process of its own."""

    def __init__(self, settings: SpeedSettings, scratch: Path, stop: StopSignal) -> None:
        self._settings, self._scratch, self._stop = settings, scratch, stop

    def measure(self, case: SpeedCase) -> SpeedRow | Gap:
        """Measure one case."""
        # OpenVINO converts a network once and keeps the result: the first of two processes starts cold.
        cold = self._run(case, 2) if case.backend == "openvino" else {}
        found = self._run(case, self._settings.frames)
        if found.pop("event") == "gap":
            return Gap(key=asdict(case), reason=found["reason"], label=case.label)
        return SpeedRow(**asdict(case), **found, cold_load_s=cold.get("load_s"))

    def _run(self, case: SpeedCase, frames: int) -> dict[str, Any]:
        """Run one process to its end; returns its line."""
        lines: list[dict[str, Any]] = []
        program = Program(
            [json.dumps(asdict(case)), str(self._pictures(case)), str(frames)],
            lines.append,
            module="narrowcast.benchmark.speed.worker",
            # Each case has a cache of its own, so that none is warm before its time.
            environment={"XDG_CACHE_HOME": str(self._scratch / case.label.replace(" ", "-"))},
        )
        try:
            while not program.wait(_POLL_S) and not self._stop.requested:
                pass
        finally:
            program.stop()
        return lines[-1] if lines else {"event": "gap", "reason": "its process failed"}

    def _pictures(self, case: SpeedCase) -> Path:
        """The file with the clip at a case's size."""
        path = self._scratch / f"{case.size}.npy"
        if not path.exists():
            source = self._settings.clip or DEMO_CLIP
            clip = load_clip(source, width=case.width, height=case.height, fps=FPS, max_frames=CLIP_FRAMES)
            np.save(path, np.stack(clip.frames))
        return path


def tables(results: Results[SpeedSettings]) -> Iterator[TableView | str]:
    """Show every codec, size by size; then where the learned codecs' time goes, and how they start."""
    rows, gaps = results.of(SpeedRow), results.of(Gap)
    for size in dict.fromkeys(row.size for row in rows):
        missing = [gap for gap in gaps if "{width}x{height}".format(**gap.key) == size]
        yield size_table(rows, size, missing)
    learned = [row for row in rows if row.backend]
    if learned:
        yield stages_table(learned)
        yield start_table(learned)


def size_table(rows: Sequence[SpeedRow], size: str, gaps: Sequence[Gap]) -> TableView:
    """Show every codec at one size."""

    def times_gan(half: str) -> Column:
        return Column("times gan", lambda row: _two_digits(ratio_to_gan(rows, row, half)), ">")

    return TableView(
        title=f"{size}: one frame, medians",
        columns=(
            Column("codec", "codec"),
            Column("backend", lambda row: row.backend or None),
            Column("threads", "threads", "d"),
            Column("setting", "setting"),
            Column("encode ms", "encode_ms", ".1f"),
            Column("fps", "encode_fps", ".0f"),
            times_gan("encode"),
            Column("decode ms", "decode_ms", ".1f"),
            Column("fps", "decode_fps", ".0f"),
            times_gan("decode"),
            Column("bytes", "frame_bytes", ".0f"),
            Column("MB", "resident_mb", ".0f"),
            Column("growth MB", "growth_mb", "+.1f"),
        ),
        rows=[*(row for row in rows if row.size == size), *gaps],
    )


def _two_digits(ratio: float | None) -> str | None:
    """Write "0.12", "1.2", "12"."""
    if ratio is None:
        return None
    return f"{ratio:.2f}" if ratio < 1 else f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


_CASE_COLUMNS = (
    Column("codec", "codec"),
    Column("size", "size"),
    Column("backend", "backend"),
    Column("threads", "threads", "d"),
)


def stages_table(rows: Sequence[SpeedRow]) -> TableView:
    """Show where the time of the learned codecs goes."""

    def stages(half: str, names: Sequence[str]) -> list[Column]:
        def of(name: str) -> Column:
            return Column(name, lambda row: getattr(row, f"{half}_stages_ms").get(name), ".1f")

        return [*map(of, names), Column(half, f"{half}_ms", ".1f")]

    return TableView(
        title="where a frame's time goes, medians in ms",
        columns=(*_CASE_COLUMNS, *stages("encode", ENCODE_STAGES), *stages("decode", DECODE_STAGES)),
        rows=[row for row in rows if row.encode_stages_ms],
    )


def start_table(rows: Sequence[SpeedRow]) -> TableView:
    """Show how long the learned codecs take to start."""
    return TableView(
        title="start of encoder and decoder in one process, seconds",
        columns=(
            *_CASE_COLUMNS,
            Column("Python and imports", "import_s", ".2f"),
            Column("load, cold", "cold_load_s", ".2f"),
            Column("load, warm", "load_s", ".2f"),
            Column("first frame", lambda row: row.first_frame_ms / 1000, ".2f"),
        ),
        rows=rows,
    )


def plot(results: Results[SpeedSettings]) -> Plot:
    """Draw a row of panels a size: encoding on the left, decoding on the right."""
    rows = results.of(SpeedRow)
    sizes = list(dict.fromkeys(row.size for row in rows))
    return Plot(
        rows=[[_bars(rows, size, half) for half in ("encode", "decode")] for size in sizes],
        panel_width_in=PANEL_WIDTH_IN,
        row_heights_in=[
            EMPTY_HEIGHT_IN + BAR_HEIGHT_IN * sum(row.size == size for row in rows) for size in sizes
        ],
        shared_legend=True,
    )


def _bars(rows: Sequence[SpeedRow], size: str, half: str) -> BarPanel:
    bars = []
    for row in rows:
        if row.size == size:
            whole_ms = getattr(row, f"{half}_ms")
            threads = "1 thread" if row.threads == 1 else f"{row.threads} threads"
            label = " ".join(part for part in (row.codec, row.backend, threads) if part)
            parts = getattr(row, f"{half}_stages_ms") or {UNSPLIT: whole_ms}
            bars.append(Bar(label=label, parts=parts, text=f"{whole_ms:.1f}"))
    return BarPanel(title=f"{size}: {half}, ms a frame", bars=bars, colours=COLOURS)


def content(results: Results[SpeedSettings]) -> Mapping[str, object]:
    """Return rows with their ratios to gan, and gaps, for the JSON file."""
    rows = results.of(SpeedRow)
    ratios = [{half: ratio_to_gan(rows, row, half) for half in ("encode", "decode")} for row in rows]
    return {
        "rows": [
            plain | {"ratio_to_gan": None if ratio["encode"] is None else ratio}
            for plain, ratio in zip(json_rows(rows), ratios, strict=True)
        ],
        "gaps": json_gaps(results.of(Gap)),
    }


BENCHMARK = Benchmark(
    settings=SpeedSettings, measure=measure, row=SpeedRow, tables=tables, content=content, plot=plot
)

"""One server, recorded cameras, workers, the wall and a browser: started, measured, looked at, stopped."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from narrowcast.benchmark.browser.chromium import BrowserTab, chromium
from narrowcast.benchmark.errors import ProgramError
from narrowcast.benchmark.process_usage import TreeUsage, tree_usage
from narrowcast.benchmark.program import Program, Programs
from narrowcast.benchmark.results import percentiles_of
from narrowcast.benchmark.settings import BenchmarkSettings, size_text
from narrowcast.fabric.server import ServerFiles, ServerProcess, configuration_text
from narrowcast.protocol import Percentiles
from narrowcast.runtime.common_settings import StreamSize
from narrowcast.runtime.fabric_address import FabricAddress
from narrowcast.runtime.settings import Setting
from narrowcast.runtime.signals import StopSignal

MAX_CAMERAS, MAX_WORKERS = 1000, 8
_PORT, _START_S, _SETTLE_S = 14223, 120.0, 12.0
"Settling takes longer than the interval of keyframes: every camera has had one."
WIDTH, HEIGHT = 1920, 1080
"Of the browser's window."
_SEEN = "[...document.querySelectorAll('.camera canvas')].map((c) => Number(c.dataset.pictures ?? 0))"
_SMALL_TILES = "(() => { const s = document.querySelector('#size'); s.value = 110; s.oninput(); })()"
"Two hundred are in view."
_STATE = "document.querySelector('#state')?.textContent"


@dataclass(frozen=True, kw_only=True)
class WallBenchSettings(BenchmarkSettings, StreamSize):
    """One run: so many recorded cameras, so many workers, one wall, one browser."""

    cameras: Annotated[int, Setting(minimum=1, maximum=MAX_CAMERAS)] = 200
    "how many"
    fps: Annotated[float, Setting(above=0, maximum=120)] = 15.0
    "frames a second of each camera"
    workers: Annotated[int, Setting(minimum=1, maximum=MAX_WORKERS)] = 1
    "how many share the cameras"
    processes: Annotated[int | None, Setting(minimum=1)] = None
    "decode processes of each worker; by default one for each processor"
    seconds: Annotated[float, Setting(above=0)] = 20.0
    "how long is measured, once every tile is there"
    browser: bool = True
    "look at the page in Chromium, which costs as much as the workers where there is no GPU"
    screenshot: Annotated[Path | None, Setting(metavar="FILE.png")] = None
    "save how the page looks in the end"


@dataclass(frozen=True, kw_only=True)
class WallRow:
    """One run."""

    cameras: int
    size: str
    fps: float
    workers: int
    seconds: float
    bytes_a_frame: float
    frames_fps: float
    "that came to the workers, of all cameras"
    decoded_percent: float
    "of those"
    tiles_fps: float
    "that the workers told, of all cameras"
    worker_cpu_percent: float
    "of one core, all workers with their processes"
    worker_mb: float
    "resident memory of all workers with their processes; what processes share is counted in each"
    wall_cpu_percent: float
    wall_mb: float
    server_cpu_percent: float
    cameras_cpu_percent: float
    "of the program that plays the recorded cameras"
    visible: int
    "tiles in the browser's window"
    refresh_s: Percentiles
    "seconds between two pictures of a tile in view, as each tile's mean"
    state: str
    "what the page says in the end"

    @property
    def worker_cpu_percent_a_camera(self) -> float:
        """Of one core."""
        return round(self.worker_cpu_percent / self.cameras, 3)


class WallRun:
    """Measures once."""

    def __init__(self, settings: WallBenchSettings) -> None:
        self._settings = settings
        self._address = FabricAddress(host="127.0.0.1", port=_PORT)
        self._sending = 0.0
        self._held: dict[int, int] = {}
        self._counting = False
        self._frames = self._decoded = self._tiles = 0
        self._url = ""

    def run(self, stop: StopSignal) -> WallRow | None:
        """Measure; None where a stop was asked for too early. BenchError where a program fails."""
        with tempfile.TemporaryDirectory(prefix="narrowcast-bench-") as folder, Programs() as programs:
            files = ServerFiles(folder=Path(folder))
            text = configuration_text(files, self._address.host, self._address.port)
            files.configuration.write_text(text, encoding="utf-8")
            server = ServerProcess(files, self._address.host, self._address.port)
            try:
                started = self._start(programs, stop)
                pids = [int(files.pid.read_text()), *started]
                if not self._settings.browser:
                    return self._measure(programs, pids, None, stop)
                with chromium(Path(folder) / "browser") as tab:
                    self._open(tab)
                    return self._measure(programs, pids, tab, stop)
            finally:
                server.stop()

    def _start(self, programs: Programs, stop: StopSignal) -> list[int]:
        """Start cameras, wall and workers; returns their processes in this order."""
        settings, label = self._settings, self._address.label
        healthy_s = _SETTLE_S + 8.0
        arguments = [label, "--count", str(settings.cameras), "--fps", f"{settings.fps:g}"]
        arguments += ["--size", size_text(settings.size), "--healthy-s", f"{healthy_s:g}"]
        cameras = Program(arguments, self._take_line, module="narrowcast.benchmark.wall.cameras")
        programs.add(cameras)
        self._wait(programs, lambda: bool(self._sending), stop)
        arguments = ["wall", "--web", "127.0.0.1:0", "--fabric", label, "--stats", "json"]
        wall = programs.add(Program(arguments, self._take_line))
        own = [] if settings.processes is None else ["--processes", str(settings.processes)]
        workers = []
        for number in range(settings.workers):
            arguments = ["fleet", "--fabric", label, "--stats", "json", *own]
            workers.append(programs.add(Program(arguments, partial(self._take_second, number))))
        self._wait(programs, lambda: bool(self._url) and sum(self._held.values()) == settings.cameras, stop)
        return [cameras.pid, wall.pid, *(worker.pid for worker in workers)]

    def _open(self, tab: BrowserTab) -> None:
        tab.look(width=WIDTH, height=HEIGHT, dark=True)
        tab.open(self._url)
        tab.wait_for(f"{_SEEN}.length === {self._settings.cameras}")
        tab.run(_SMALL_TILES)

    def _measure(
        self, programs: Programs, pids: list[int], tab: BrowserTab | None, stop: StopSignal
    ) -> WallRow | None:
        settings = self._settings
        programs.wait_until(lambda: False, stop, limit_s=_SETTLE_S)
        before, begun_s, seen = [tree_usage(pid) for pid in pids], time.monotonic(), _seen(tab)
        self._counting = True
        programs.wait_until(lambda: False, stop, limit_s=settings.seconds)
        self._counting = False
        after, seconds = [tree_usage(pid) for pid in pids], time.monotonic() - begun_s
        pictures = [new - old for new, old in zip(_seen(tab), seen, strict=True)]
        if settings.screenshot is not None and tab is not None:
            settings.screenshot.write_bytes(tab.screenshot())
        if stop.requested:
            return None
        return self._row(before, after, seconds, pictures, "" if tab is None else str(tab.run(_STATE)))

    def _row(
        self,
        before: list[TreeUsage],
        after: list[TreeUsage],
        seconds: float,
        pictures: list[int],
        state: str,
    ) -> WallRow:
        settings = self._settings
        percent = [100 * (new.cpu_s - old.cpu_s) / seconds for new, old in zip(after, before, strict=True)]
        shown = [count for count in pictures if count > 0]
        return WallRow(
            cameras=settings.cameras,
            size=size_text(settings.size),
            fps=settings.fps,
            workers=settings.workers,
            seconds=round(seconds, 1),
            bytes_a_frame=self._sending,
            frames_fps=round(self._frames / seconds, 1),
            decoded_percent=round(100 * self._decoded / max(1, self._frames), 1),
            tiles_fps=round(self._tiles / seconds, 1),
            worker_cpu_percent=round(sum(percent[3:]), 1),
            worker_mb=round(sum(each.resident_bytes for each in after[3:]) / 1e6),
            wall_cpu_percent=round(percent[2], 1),
            wall_mb=round(after[2].resident_bytes / 1e6),
            server_cpu_percent=round(percent[0], 1),
            cameras_cpu_percent=round(percent[1], 1),
            visible=len(shown),
            refresh_s=percentiles_of([seconds / count for count in shown]),
            state=state,
        )

    def _wait(self, programs: Programs, condition: Any, stop: StopSignal) -> None:
        if not programs.wait_until(condition, stop, limit_s=_START_S) and not stop.requested:
            raise ProgramError(f"not all programs were ready within {_START_S:.0f} s")

    def _take_line(self, line: dict[str, Any]) -> None:
        """Keep what cameras and wall say."""
        if line["event"] == "sending":
            self._sending = line["bytes_a_frame"]
        elif line.get("url"):
            self._url = line["url"]

    def _take_second(self, worker: int, line: dict[str, Any]) -> None:
        """Keep what a worker counts."""
        if line["event"] != "second":
            return
        self._held[worker] = line["held"]
        if self._counting:
            self._frames += line["frames"]
            self._decoded += line["decoded"]
            self._tiles += line["tiles"]


def _seen(tab: BrowserTab | None) -> list[int]:
    """How many pictures each tile has shown."""
    return [] if tab is None else [int(count) for count in tab.run(_SEEN)]

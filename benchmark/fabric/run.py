"""One server, one relay, cameras and viewers: started, measured for a while, interrupted, stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from narrowcast.benchmark.errors import ProgramError
from narrowcast.benchmark.process_usage import cpu_seconds
from narrowcast.benchmark.program import Program, Programs
from narrowcast.benchmark.results import percentiles_of
from narrowcast.benchmark.settings import PlotSettings
from narrowcast.fabric.connection import connected
from narrowcast.fabric.names import keyframe_subject
from narrowcast.fabric.server import ServerFiles, ServerProcess, configuration_text
from narrowcast.fabric.stream import StreamReader
from narrowcast.fabric.viewer.feed import FabricFeed
from narrowcast.protocol import Percentiles
from narrowcast.runtime.fabric_address import FabricAddress
from narrowcast.runtime.settings import Setting
from narrowcast.runtime.signals import StopSignal

MAX_VIEWERS, MAX_CAMERAS = 5000, 500
_START_TIMEOUT_S = 60.0
_SETTLE_S = 1.5
_JOINS = 20
_PORT = 14222
_AWAY_S = 1.0
"How long the server is gone."
_RECOVERY_LIMIT_S = 30.0


@dataclass(frozen=True, kw_only=True)
class FabricBenchSettings(PlotSettings):
    """One run: cameras through a relay to more and more viewers of the first one."""

    viewers: Annotated[tuple[int, ...], Setting(metavar="LIST", minimum=1, maximum=MAX_VIEWERS)] = (
        1,
        10,
        100,
        1000,
    )
    "how many watch the first camera"
    cameras: Annotated[int, Setting(minimum=1, maximum=MAX_CAMERAS)] = 1
    "how many the relay has"
    fps: Annotated[float, Setting(above=0, maximum=240)] = 15.0
    "frames a second of each camera"
    payload_bytes: Annotated[int, Setting(minimum=1, maximum=1_000_000)] = 500
    "of a frame; a keyframe has ten times as many"
    stalled: Annotated[int, Setting(minimum=0, maximum=100)] = 0
    "so many more viewers connect and do not read"
    recovery: bool = False
    "kill server and relay in the end, and measure until frames come again"
    seconds: Annotated[float, Setting(above=0)] = 8.0
    "how long each number is measured, once all are there"


@dataclass(frozen=True, kw_only=True)
class FabricRow:
    """One number of viewers."""

    viewers: int
    cameras: int
    seconds: float
    "how long it was measured"
    cameras_cpu_percent: float
    "of one core, all cameras together"
    relay_ms: float
    "CPU a frame in the relay"
    server_us: float
    "CPU a delivery in the server: a frame that it stores, or gives a viewer"
    stored: int
    "frames that the server acknowledged"
    lost: int
    "frames that the relay gave up, or the server refused"
    viewer_fps: float
    "frames a second at a viewer, their mean"
    gaps: int
    "holes in what the viewers got, over all of them"
    cut: int
    "viewers that the server cut"
    age_ms: Percentiles
    "from capture until a viewer had the frame"
    join_ms: Percentiles
    "from connecting until the last keyframe and all behind it were there"
    server_back_s: float | None
    "from when a server that was killed answers again until a viewer has a new frame; None: not measured"
    relay_back_s: float | None
    "from the start of the program until a viewer has a new frame, after the relay was killed"


class FabricRun:
    """Measures one number of viewers."""

    def __init__(self, settings: FabricBenchSettings, viewers: int) -> None:
        self._settings, self._viewers = settings, viewers
        self._address = FabricAddress(host="127.0.0.1", port=_PORT)
        self._urls: list[str] = []
        self._watching = self._counting = False
        self._linked = self._frames = self._stored = self._lost = 0
        self._seen: dict[str, Any] = {}

    def run(self, stop: StopSignal) -> FabricRow | None:
        """Measure; None where a stop was asked for too early. BenchError where a program fails."""
        with tempfile.TemporaryDirectory(prefix="narrowcast-bench-") as folder, Programs() as programs:
            files = ServerFiles(folder=Path(folder))
            text = configuration_text(files, self._address.host, self._address.port)
            files.configuration.write_text(text, encoding="utf-8")
            server = ServerProcess(files, self._address.host, self._address.port)
            try:
                return self._measure(programs, files, stop)
            finally:
                server.stop()

    def _measure(self, programs: Programs, files: ServerFiles, stop: StopSignal) -> FabricRow | None:
        settings = self._settings
        arguments = ["--count", str(settings.cameras), "--fps", f"{settings.fps:g}"]
        arguments += ["--payload-bytes", str(settings.payload_bytes)]
        cameras = programs.add(Program(arguments, self._take, module="narrowcast.benchmark.fabric.cameras"))
        self._wait(programs, lambda: bool(self._urls), stop)
        relay = programs.add(self._start_relay())
        arguments = [self._address.label, "c0", "--count", str(self._viewers)]
        arguments += ["--stalled", str(settings.stalled)]
        crowd = Program(arguments, self._take, module="narrowcast.benchmark.fabric.crowd")
        programs.add(crowd)
        self._wait(programs, lambda: self._watching and self._linked == settings.cameras, stop)
        programs.wait_until(lambda: False, stop, limit_s=_SETTLE_S)
        pids = (cameras.pid, relay.pid, int(files.pid.read_text()))
        before, start_s, self._counting = [cpu_seconds(pid) for pid in pids], time.monotonic(), True
        programs.wait_until(lambda: False, stop, limit_s=settings.seconds)
        spent = [cpu_seconds(pid) - cpu_s for pid, cpu_s in zip(pids, before, strict=True)]
        self._counting, seconds = False, time.monotonic() - start_s
        joins_ms = asyncio.run(self._joins())
        crowd.stop()
        if stop.requested:
            return None
        return self._row(seconds, spent, joins_ms, *self._recoveries(files, relay))

    def _start_relay(self) -> Program:
        named = [f"c{number}={url}" for number, url in enumerate(self._urls)]
        arguments = ["relay", *named, "--fabric", self._address.label, "--stats", "json"]
        return Program(arguments, self._take)

    def _wait(self, programs: Programs, condition: Any, stop: StopSignal) -> None:
        if not programs.wait_until(condition, stop, limit_s=_START_TIMEOUT_S) and not stop.requested:
            raise ProgramError(f"not all programs were ready within {_START_TIMEOUT_S:.0f} s")

    def _take(self, line: dict[str, Any]) -> None:
        """Keep a line of any of the programs."""
        event = line["event"]
        if event == "listening":
            self._urls = line["urls"]
        elif event == "watching":
            self._watching = True
        elif event == "seen":
            self._seen = line
        elif event == "second" and "linked" in line:
            self._linked = line["linked"]
            if self._counting:
                self._frames += line["frames"]
                self._stored += line["stored"]
                self._lost += line["lost"] + line["unrecorded"]

    async def _joins(self) -> list[float]:
        """How long it takes to have what a decoder needs to begin, milliseconds."""
        took_ms = []
        for _ in range(_JOINS):
            begun_s = time.perf_counter()
            async with connected(self._address, "bench") as connection:
                reader = StreamReader(connection, "c0")
                keyframe = await reader.last(keyframe_subject("c0"))
                if keyframe is not None:
                    async for _ in reader.frames_from(keyframe.place):
                        continue
                    took_ms.append(1000 * (time.perf_counter() - begun_s))
        return took_ms

    def _recoveries(self, files: ServerFiles, relay: Program) -> tuple[float | None, float | None]:
        """Kill the server, then the relay, and say how long a viewer waits for each."""
        if not self._settings.recovery:
            return None, None
        feed = FabricFeed(self._address, "c0", 10**9)
        feed.start()
        try:
            _wait_for_frames(feed)
            os.kill(int(files.pid.read_text()), signal.SIGKILL)
            time.sleep(_AWAY_S)
            server = ServerProcess(files, self._address.host, self._address.port)
            try:
                server_back_s = _wait_for_frames(feed)
                os.kill(relay.pid, signal.SIGKILL)
                relay.wait(_RECOVERY_LIMIT_S)
                time.sleep(_AWAY_S)
                with Programs() as programs:
                    programs.add(self._start_relay())
                    return server_back_s, _wait_for_frames(feed)
            finally:
                server.stop()
        finally:
            feed.stop("the benchmark is over")

    def _row(
        self,
        seconds: float,
        spent_s: list[float],
        joins_ms: list[float],
        server_back_s: float | None,
        relay_back_s: float | None,
    ) -> FabricRow:
        settings, seen = self._settings, self._seen
        frames = max(1, self._frames)
        deliveries = frames + round(settings.fps * seconds * self._viewers)
        return FabricRow(
            viewers=self._viewers,
            cameras=settings.cameras,
            seconds=round(seconds, 2),
            cameras_cpu_percent=round(100 * spent_s[0] / seconds, 1),
            relay_ms=round(1000 * spent_s[1] / frames, 3),
            server_us=round(1e6 * spent_s[2] / deliveries, 1),
            stored=self._stored,
            lost=self._lost,
            viewer_fps=round(seen["frames"] / self._viewers / seen["seconds"], 2),
            gaps=seen["gaps"],
            cut=seen["cut"],
            age_ms=percentiles_of([age_us / 1000 for age_us in seen["ages_us"]]),
            join_ms=percentiles_of(joins_ms),
            server_back_s=None if server_back_s is None else round(server_back_s, 2),
            relay_back_s=None if relay_back_s is None else round(relay_back_s, 2),
        )


def _wait_for_frames(feed: FabricFeed) -> float:
    """Seconds until frames come that have not come before."""
    begun_s, before = time.monotonic(), feed.gauges.wire_bytes_in
    while feed.gauges.wire_bytes_in == before or feed.stream is None:
        if time.monotonic() - begun_s > _RECOVERY_LIMIT_S:
            raise ProgramError(f"no frame came within {_RECOVERY_LIMIT_S:g} s")
        time.sleep(0.005)
    return time.monotonic() - begun_s

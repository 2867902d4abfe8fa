"""One speed run: each case in a process of its own, one after the other."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.clips import load_clip
from benchmark.process_usage import load_psutil
from benchmark.program import Program
from benchmark.progress import INTERRUPTED, Listener
from benchmark.speed.case import SpeedCase, SpeedMeasurement
from benchmark.speed.coders import FPS
from benchmark.speed.config import SpeedConfig
from benchmark.speed.results import SpeedGap, SpeedResults, SpeedRow
from runtime.signals import StopSignal
from sender.sources.spec import DEMO_CLIP

CLIP_FRAMES = 24
"""Pictures of the clip that are held in memory; longer runs go through them there and back."""
_POLL_S = 0.1


class SpeedRun:
    """Measures case by case; `results` holds what there is at any time."""

    def __init__(self, config: SpeedConfig, listener: Listener) -> None:
        load_psutil()  # before the work, not after
        self._config, self._listener = config, listener
        self._scratch = Path()
        self.results = SpeedResults()

    def run(self) -> None:
        """Measure everything; Ctrl-C leaves out the case that runs and those behind it."""
        cases = self._config.cases()
        self._listener.begin(len(cases))
        with tempfile.TemporaryDirectory() as folder, StopSignal() as stop:
            self._scratch = Path(folder)
            for case in cases:
                if stop.requested:
                    break
                self._listener.activity(case.label)
                self._measure(case, stop)
                self._listener.step(1)
                if self._config.json is not None:
                    self.results.write_json(self._config.json)
        if stop.requested:
            self._listener.notice(INTERRUPTED)

    def _measure(self, case: SpeedCase, stop: StopSignal) -> None:
        # OpenVINO converts a network once and keeps the result: the first of two processes starts cold.
        cold = self._run_worker(case, 2, stop) if case.backend == "openvino" else {}
        found = self._run_worker(case, self._config.frames, stop)
        if stop.requested:
            return
        if found.pop("event") == "gap":
            self.results.gaps.append(SpeedGap(case=case, reason=found["reason"]))
            self._listener.notice(f"{case.label}: {found['reason']}")
            return
        measurement = SpeedMeasurement(**found)
        self.results.rows.append(SpeedRow(case=case, found=measurement, cold_load_s=cold.get("load_s")))

    def _run_worker(self, case: SpeedCase, frames: int, stop: StopSignal) -> dict[str, Any]:
        """Run one process to its end; returns its line."""
        lines: list[dict[str, Any]] = []
        program = Program(
            [json.dumps(asdict(case)), str(self._pictures(case)), str(frames)],
            lines.append,
            module="benchmark.speed.worker",
            # Each case has a cache of its own, so that none is warm before its time.
            environment={"XDG_CACHE_HOME": str(self._scratch / case.label.replace(" ", "-"))},
        )
        try:
            while not program.wait(_POLL_S) and not stop.requested:
                pass
        finally:
            program.stop()
        return lines[-1] if lines else {"event": "gap", "reason": "its process failed"}

    def _pictures(self, case: SpeedCase) -> Path:
        """The file with the clip at a case's size."""
        path = self._scratch / f"{case.width}x{case.height}.npy"
        if not path.exists():
            source = self._config.clip or DEMO_CLIP
            clip = load_clip(source, width=case.width, height=case.height, fps=FPS, max_frames=CLIP_FRAMES)
            np.save(path, np.stack(clip.frames))
        return path

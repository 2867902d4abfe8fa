"""One rate-distortion run from the clips to the results, told to whoever listens."""

from __future__ import annotations

from dataclasses import replace

import torch

from benchmark.clips import Clip, find_clips, load_clip
from benchmark.errors import ClipError, PeerError
from benchmark.metrics.catalogue import METRICS, load_lpips_alex, load_metrics
from benchmark.metrics.metric import Metric
from benchmark.metrics.perceptual import LpipsMetric
from benchmark.peers.catalogue import make_peer
from benchmark.peers.peer import Peer
from benchmark.progress import Listener
from benchmark.rd.config import RdConfig
from benchmark.rd.contact_sheet import Tile, codec_tile, source_tile
from benchmark.rd.measure import RdGap, measure, steps_of
from benchmark.rd.results import RdResults
from codec.metrics.backbones import WeightsMissingError
from narrowcast.errors import ConfigError


class RdRun:
    """Measures clip by clip, codec by codec; `results` and `sheet` hold what there is at any time."""

    def __init__(self, config: RdConfig, listener: Listener) -> None:
        self._config, self._listener = config, listener
        self._metrics = _load_metrics(config, listener)
        self._temporal = _load_temporal(config)
        self._peers = [
            make_peer(name, device=config.device, threads=config.threads) for name in config.codecs
        ]
        self.results = RdResults(codecs=config.codecs, metrics=tuple(self._metrics))
        self.sheet: list[list[Tile]] = []

    def run(self) -> None:
        """Measure everything; an interrupt leaves what was measured before."""
        config = self._config
        paths = find_clips(list(config.paths))
        self._listener.begin(len(paths) * self._steps_a_clip(config.frames))
        names: set[str] = set()
        for path in paths:
            try:
                clip = load_clip(
                    path, width=config.width, height=config.height, fps=config.fps, max_frames=config.frames
                )
            except ClipError as error:
                self._listener.notice(f"{error}; left out")
                self.results.gaps.append(RdGap(clip=path.stem, codec="", reason=str(error)))
                self._listener.step(self._steps_a_clip(config.frames))
                continue
            self._measure_clip(replace(clip, name=_unused(clip.name, names)))

    def _measure_clip(self, clip: Clip) -> None:
        self._listener.step(self._steps_a_clip(self._config.frames) - self._steps_a_clip(len(clip.frames)))
        if self._config.sheet is not None:
            self.sheet.append([source_tile(clip)])
        for peer in self._peers:
            self._listener.activity(f"{clip.name}: {peer.name}")
            try:
                self._measure_peer(clip, peer)
            except PeerError as error:
                self._listener.notice(f"{clip.name}: {peer.name}: {error}")
                self.results.gaps.append(RdGap(clip=clip.name, codec=peer.name, reason=str(error)))
            if self._config.json is not None:
                self.results.write_json(self._config.json)

    def _measure_peer(self, clip: Clip, peer: Peer) -> None:
        # The codec sets torch's threads for the whole process.
        torch.set_num_threads(self._config.threads)
        points = measure(
            clip,
            peer,
            self._metrics,
            every=self._config.every,
            on_step=self._listener.step,
            temporal=self._temporal,
        )
        self.results.points += points
        if self._config.sheet is not None:
            self.sheet[-1].append(codec_tile(clip, peer, points, self._config.sheet_kbps))

    def _steps_a_clip(self, frames: int) -> int:
        return sum(steps_of(peer, frames, self._metrics, self._config.every) for peer in self._peers)


def _load_metrics(config: RdConfig, listener: Listener) -> dict[str, Metric]:
    """Load what can be; the others get a line each. ConfigError where none is left."""
    fitting = []
    for name in config.metrics:
        info = METRICS[name]
        if min(config.width, config.height) < info.min_side:
            listener.notice(f"{info.label} needs pictures of {info.min_side} pixels each way; left out")
        else:
            fitting.append(name)
    loaded = load_metrics(fitting, config.weights, _metric_device(config.device), listener.notice)
    if not loaded:
        raise ConfigError("none of the metrics can be computed; add psnr, or name a folder with --weights")
    return loaded


def _load_temporal(config: RdConfig) -> LpipsMetric | None:
    """Load it where it is asked for; ConfigError where it cannot be."""
    if not config.temporal:
        return None
    try:
        return load_lpips_alex(config.weights, _metric_device(config.device))
    except WeightsMissingError as error:
        raise ConfigError(f"--temporal: {error}") from error


def _metric_device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("this machine has no CUDA device for torch; use --device cpu")
    return torch.device(name)


def _unused(name: str, used: set[str]) -> str:
    """Number clips of the same name."""
    candidate, count = name, 1
    while candidate in used:
        count += 1
        candidate = f"{name}-{count}"
    used.add(candidate)
    return candidate

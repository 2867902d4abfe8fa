"""One rate-distortion run: every clip through every codec, with the metrics that can be loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from narrowcast.benchmark.clips import Clip, find_clips, load_clip
from narrowcast.benchmark.errors import ClipError, PeerError
from narrowcast.benchmark.metrics import METRICS, Metric, load_metrics
from narrowcast.benchmark.peers.catalogue import make_peer
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.rd.contact_sheet import codec_tile, source_tile
from narrowcast.benchmark.rd.measure import measure_peer, steps_of
from narrowcast.benchmark.rd.settings import RdSettings
from narrowcast.benchmark.results import Gap
from narrowcast.codec.layers import place
from narrowcast.codec.metrics.lpips import Lpips, lpips_alex
from narrowcast.codec.metrics.networks import WeightsMissingError
from narrowcast.errors import ConfigError


class RdRun:
    """The codecs and metrics of a run."""

    def __init__(self, settings: RdSettings, listener: Listener) -> None:
        self._settings, self._listener = settings, listener
        device = metric_device(settings.device)
        self.metrics = load_fitting_metrics(
            settings.metrics, settings.size, settings.weights, device, listener.notice
        )
        self._temporal = load_temporal(settings.weights, device) if settings.temporal else None
        self._peers = [
            make_peer(name, device=settings.device, threads=settings.threads) for name in settings.codecs
        ]

    def outcomes(self) -> Iterator[object]:
        """Yield the points of each clip and codec, gaps, and the tiles of the sheet where there is one."""
        settings = self._settings
        paths = find_clips(list(settings.clips))
        self._listener.begin(len(paths) * self._steps_a_clip(settings.frames))
        names: set[str] = set()
        for path in paths:
            try:
                clip = load_clip(
                    path,
                    width=settings.width,
                    height=settings.height,
                    fps=settings.fps,
                    max_frames=settings.frames,
                )
            except ClipError as error:
                yield Gap(
                    key={"clip": path.stem, "codec": ""}, reason=error.on_command_line(), label=path.name
                )
                self._listener.step(self._steps_a_clip(settings.frames))
                continue
            yield from self._measure_clip(replace(clip, name=_unused(clip.name, names)))

    def _steps_a_clip(self, frames: int) -> int:
        """How often the listener is told of a step while a clip of so many frames is measured."""
        return sum(steps_of(peer, frames, self.metrics, self._settings.every) for peer in self._peers)

    def _measure_clip(self, clip: Clip) -> Iterator[object]:
        """Yield one clip's points, gaps and tiles."""
        settings, listener = self._settings, self._listener
        listener.step(self._steps_a_clip(settings.frames) - self._steps_a_clip(len(clip.frames)))
        if settings.draws:
            yield source_tile(clip)
        for peer in self._peers:
            listener.activity(f"{clip.name}: {peer.name}")
            # The codec sets torch's threads for the whole process.
            torch.set_num_threads(settings.threads)
            try:
                points = measure_peer(
                    clip,
                    peer,
                    self.metrics,
                    every=settings.every,
                    on_step=listener.step,
                    temporal=self._temporal,
                )
                yield from points
                if settings.draws:
                    yield codec_tile(clip, peer, points, settings.kbps)
            except PeerError as error:
                label = f"{clip.name}: {peer.name}"
                yield Gap(
                    key={"clip": clip.name, "codec": peer.name}, reason=error.on_command_line(), label=label
                )


def load_fitting_metrics(
    names: Sequence[str],
    size: tuple[int, int],
    weights: Path | None,
    device: torch.device,
    notice: Callable[[str], None],
) -> dict[str, Metric]:
    """Load what fits the pictures and has its weights; the others get a line each. ConfigError for none."""
    fitting = [name for name in names if min(size) >= METRICS[name].min_side]
    for name in names:
        if name not in fitting:
            info = METRICS[name]
            notice(f"{info.label} needs pictures of {info.min_side} pixels each way; left out")
    loaded = load_metrics(fitting, weights, device, notice)
    if not loaded:
        raise ConfigError("none of the metrics can be computed; add psnr, or name a folder with --weights")
    return loaded


def load_temporal(weights: Path | None, device: torch.device) -> Lpips:
    """Load what temporal LPIPS is measured with; ConfigError where its weights are missing."""
    try:
        return place(lpips_alex(weights), device)
    except WeightsMissingError as error:
        raise ConfigError(f"--temporal: {error}") from error


def metric_device(name: str) -> torch.device:
    """Return where the metrics' networks run; ConfigError where this machine has no such device."""
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

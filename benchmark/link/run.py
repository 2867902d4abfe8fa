"""A link measurement from its first row to its last."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmark.errors import LinkError
from benchmark.link.age import measure_freshness
from benchmark.link.config import LinkConfig
from benchmark.link.peers.peer_program import PeerSettings
from benchmark.link.quality import open_clip, score_trial
from benchmark.link.results import LinkResults, LinkRow
from benchmark.link.stage import LinkStage, bucket_stage, proxy_stage, tunnel_stage
from benchmark.link.systems import SYSTEMS, LinkSystem
from benchmark.link.trial import Trial, run_trial
from benchmark.metrics.catalogue import load_metrics
from benchmark.network.namespaces import why_unusable
from benchmark.progress import Listener

METRIC_NAMES = ("psnr", "lpips_alex")
NOT_INSTALLED = "not installed"


class LinkRun:
    """Measures link by link, system by system; `results` holds what there is at any time."""

    def __init__(self, config: LinkConfig, listener: Listener) -> None:
        self._config, self._listener = config, listener
        self._clip = open_clip(config.clip, width=config.width, height=config.height, fps=config.fps)
        if self._clip.fps < config.fps:
            listener.notice(f"{self._clip.path.name} has {self._clip.fps:g} fps and is played at that pace")
        self._metrics = load_metrics(METRIC_NAMES, config.weights, torch.device("cpu"), listener.notice)
        self.results = LinkResults(config=config, metrics=tuple(self._metrics), fps=self._clip.fps)

    def run(self) -> None:
        """Measure everything; an interrupt leaves what was measured before."""
        config = self._config
        trials = [(kbps, SYSTEMS[name]) for kbps in config.rates_kbps for name in config.systems]
        self._listener.begin(len(trials))
        no_link = "" if config.link == "proxy" else why_unusable()
        if no_link:
            self._listener.notice(f"nothing is measured: {no_link}")
        for kbps, system in trials:
            self._listener.activity(f"{system.name} at {kbps:g} kbit/s")
            self.results.rows.append(
                LinkRow(system=system.name, link_kbps=kbps, reason=no_link)
                if no_link
                else self._row(system, kbps)
            )
            self._listener.step(1)
            if config.json is not None:
                self.results.write_json(config.json)

    def _row(self, system: LinkSystem, kbps: float) -> LinkRow:
        if not system.installed:
            return LinkRow(system=system.name, link_kbps=kbps, reason=NOT_INSTALLED)
        with TemporaryDirectory() as folder:
            settings = self._settings(kbps, Path(folder))
            stage = self._stage(kbps, system)
            config = self._config
            try:
                trial = run_trial(system, settings, stage, settle_s=config.settle_s, seconds=config.seconds)
            except LinkError as error:
                self._listener.notice(f"{system.name} at {kbps:g} kbit/s: {error}")
                return LinkRow(system=system.name, link_kbps=kbps, reason=str(error))
            return self._measured_row(
                system, kbps, trial, score_trial(trial, Path(folder), self._clip, self._metrics)
            )

    def _measured_row(
        self, system: LinkSystem, kbps: float, trial: Trial, scores: dict[str, float]
    ) -> LinkRow:
        freshness = measure_freshness(trial.shown, trial.from_us, trial.to_us)
        assert freshness is not None, "the time that is measured begins after the first picture"
        return LinkRow(
            system=system.name,
            link_kbps=kbps,
            fps=freshness.fps,
            age_p50_ms=freshness.age_p50_ms,
            age_p95_ms=freshness.age_p95_ms,
            longest_ms=freshness.longest_ms,
            first_picture_ms=(trial.shown[0].shown_us - trial.first_capture_us) / 1000,
            wire_kbps=trial.wire.sent_kbps(trial.from_us, trial.to_us),
            scores=scores,
        )

    def _settings(self, kbps: float, pictures: Path) -> PeerSettings:
        clip, config = self._clip, self._config
        return PeerSettings(
            source=str(clip.path),
            width=clip.width,
            height=clip.height,
            fps=clip.fps,
            kbps=kbps,
            jpeg_quality=config.jpeg_quality,
            pictures=pictures,
        )

    def _stage(self, kbps: float, system: LinkSystem) -> AbstractContextManager[LinkStage]:
        config = self._config
        if config.link == "bucket":
            return bucket_stage(kbps, sender_listens=system.sender_listens)
        open_stage = tunnel_stage if config.link == "tunnel" else proxy_stage
        return open_stage(
            kbps,
            sender_listens=system.sender_listens,
            delay_ms=config.delay_ms,
            jitter_ms=config.jitter_ms,
        )

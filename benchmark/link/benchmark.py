"""`narrowcast bench link`: narrowcast and its peers over thin links, on the screen, as JSON and as curves."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from narrowcast.benchmark.benchmark import Benchmark
from narrowcast.benchmark.errors import LinkError
from narrowcast.benchmark.link.busy import BusyProcesses
from narrowcast.benchmark.link.keys import make_link_keys
from narrowcast.benchmark.link.peers.peer_program import PeerSettings
from narrowcast.benchmark.link.quality import PlayedClip, open_clip
from narrowcast.benchmark.link.rows import LinkRow, link_row
from narrowcast.benchmark.link.settings import LinkSettings
from narrowcast.benchmark.link.systems import DEFAULT_SYSTEMS, SYSTEMS, LinkSystem
from narrowcast.benchmark.link.testbed import LinkTestbed, bucket_testbed, proxy_testbed, tunnel_testbed
from narrowcast.benchmark.link.trial import run_trial
from narrowcast.benchmark.metrics import METRICS, Metric, load_metrics
from narrowcast.benchmark.network.namespaces import why_unusable
from narrowcast.benchmark.plots import Axis, Curve, CurvePanel, Plot
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.results import (
    Gap,
    Results,
    describe_machine,
    installed_versions,
    json_gaps,
    json_rows,
)
from narrowcast.benchmark.settings import size_text
from narrowcast.benchmark.tables import Column, TableView

METRIC_NAMES = ("psnr", "lpips_alex")
PEER_PACKAGES = ("imagezmq", "vidgear", "simplejpeg", "pyzmq")
NOT_INSTALLED = "not installed"
PANEL_WIDTH_IN, PANEL_HEIGHT_IN = 4.2, 3.4
FRESHNESS_COLUMNS = (
    Column("link kbit/s", "link_kbps", "g"),
    Column("system", "system"),
    Column("fps", "fps", ".1f"),
    Column("age p50 ms", "age_p50_ms", ".0f"),
    Column("age p95 ms", "age_p95_ms", ".0f"),
    Column("oldest ms", "longest_ms", ".0f"),
)
AGE_TICKS_MS = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)


@dataclass(frozen=True, kw_only=True)
class LinkFacts:
    """What holds for a whole run."""

    fps: float
    "at which the clip is played"
    metrics: tuple[str, ...]
    "those that are scored, in the order of the tables"


def measure(settings: LinkSettings, listener: Listener) -> Generator[object, None, None]:
    """Yield a row or a gap for each system on each link."""
    import torch  # --help has to come without it

    clip = open_clip(settings.clip, width=settings.width, height=settings.height, fps=settings.fps)
    if clip.fps < settings.fps:
        listener.notice(f"{clip.path.name} has {clip.fps:g} fps and is played at that pace")
    metrics = load_metrics(METRIC_NAMES, settings.weights, torch.device("cpu"), listener.notice)
    yield LinkFacts(fps=clip.fps, metrics=tuple(metrics))
    trials = [(link, SYSTEMS[name]) for link in settings.links for name in settings.systems]
    listener.begin(len(trials))
    no_link = "" if settings.proxy else why_unusable()
    if no_link:
        listener.notice(f"nothing is measured: {no_link}")
    for link, system in trials:
        label = f"{system.name} at {rates_text(link)} kbit/s"
        key = {"link_kbps": fmean(link), "system": system.name}
        listener.activity(label)
        if no_link or not system.installed:
            yield Gap(key=key, reason=no_link or NOT_INSTALLED)
        else:
            try:
                yield _measure_row(settings, clip, metrics, link, system)
            except LinkError as error:
                yield Gap(key=key, reason=error.on_command_line(), label=label)
        listener.step(1)


def _measure_row(
    settings: LinkSettings,
    clip: PlayedClip,
    metrics: Mapping[str, Metric],
    link: tuple[float, ...],
    system: LinkSystem,
) -> LinkRow:
    """Run one trial and sum it up; LinkError where no picture came."""
    with TemporaryDirectory() as folder, TemporaryDirectory() as keys:
        told = PeerSettings(
            source=str(clip.path),
            width=clip.width,
            height=clip.height,
            fps=clip.fps,
            kbps=link[0],
            jpeg_quality=settings.jpeg_quality,
            pictures=Path(folder),
            keys=make_link_keys(Path(keys)) if settings.keys else None,
        )
        with BusyProcesses(settings.busy) as busy:
            trial = run_trial(
                system,
                told,
                _testbed(settings, link[0], system),
                settle_s=settings.settle_s,
                seconds=settings.step_seconds if settings.steps else settings.seconds,
                steps_kbps=link,
            )
            busy_share = busy.core_share()
        return link_row(
            trial,
            system=system.name,
            steps_kbps=link,
            folder=Path(folder),
            clip=clip,
            metrics=metrics,
            busy_share=busy_share,
        )


def _testbed(settings: LinkSettings, kbps: float, system: LinkSystem) -> AbstractContextManager[LinkTestbed]:
    if settings.link == "bucket":
        return bucket_testbed(kbps, sender_listens=system.sender_listens)
    open_testbed = tunnel_testbed if settings.tunnel else proxy_testbed
    return open_testbed(
        kbps,
        sender_listens=system.sender_listens,
        delay_ms=settings.delay_ms,
        jitter_ms=settings.jitter_ms,
    )


def tables(results: Results[LinkSettings]) -> Iterator[TableView]:
    """Show every system on every link, and the stretches of a link that changes."""
    settings = results.settings
    for facts in results.of(LinkFacts):
        clip = "the bundled clip" if settings.clip is None else settings.clip.stem
        scores = [_score_column(metric) for metric in facts.metrics]
        told = f"{clip}, {size_text(settings.size)} at {facts.fps:g} fps"
        steps = [step for row in results.of(LinkRow) for step in row.steps]
        seconds = settings.seconds
        if settings.steps:
            seconds = settings.step_seconds * len(settings.steps)
            told += f", {rates_text(settings.steps)} kbit/s, {settings.step_seconds:g} s each"
        if steps:
            columns = (*FRESHNESS_COLUMNS, *scores)
            yield TableView(title=told, columns=columns, rows=steps, section="system")
        yield TableView(
            title=f"{told}, {seconds:g} s a row",
            columns=(
                *FRESHNESS_COLUMNS,
                Column("first picture ms", "first_picture_ms", ".0f"),
                Column("from start ms", "start_ms", ".0f"),
                Column("kbit/s without headers" if settings.proxy else "wire kbit/s", "wire_kbps", ".1f"),
                Column("header bytes there", "headers_sent_bytes", ".0f"),
                Column("back", "headers_received_bytes", ".0f"),
                *([Column("more keyframes", "keyframes", "d")] if settings.steps else []),
                *scores,
                *([Column("a busy process had", "busy_share", ".0%")] if settings.busy else []),
            ),
            rows=[outcome for outcome in results.outcomes if isinstance(outcome, LinkRow | Gap)],
            section="link_kbps",
        )


def rates_text(link: tuple[float, ...]) -> str:
    """Write what a link carries, one rate after the other."""
    return ", ".join(f"{kbps:g}" for kbps in link)


def _score_column(metric: str) -> Column:
    info = METRICS[metric]
    return Column(info.label, lambda row: row.scores.get(metric), f".{info.decimals}f")


def curve_points(
    results: Results[LinkSettings], system: str, value_of: Callable[[LinkRow], float | None]
) -> list[tuple[float, float | None]]:
    """Return one value of a system over the rate, from the thinnest link on."""
    rows = [row for row in results.of(LinkRow) if row.system == system]
    return [(row.link_kbps, value_of(row)) for row in sorted(rows, key=lambda row: row.link_kbps)]


def plot(results: Results[LinkSettings]) -> Plot:
    """Draw a panel each for frames a second, age, and the last metric."""
    (facts,) = results.of(LinkFacts)
    metric = METRICS[facts.metrics[-1]]

    def panel(title: str, value_of: Callable[[LinkRow], float | None], y: Axis) -> CurvePanel:
        curves = [
            Curve(
                label=system,
                points=curve_points(results, system, value_of),
                strong=system == DEFAULT_SYSTEMS[0],
            )
            for system in results.settings.systems
        ]
        x = Axis(title="link, kbit/s", log_base=10, ticks=results.settings.rates)
        return CurvePanel(title=title, curves=curves, x=x, y=y)

    ages = Axis(log_base=10, ticks=AGE_TICKS_MS, limits=(AGE_TICKS_MS[0], AGE_TICKS_MS[-1]))
    panels = [
        panel("frames shown a second", lambda row: row.fps, Axis(limits=(0, None))),
        panel("age of the shown frame, p95, ms", lambda row: row.age_p95_ms, ages),
        panel(
            metric.label,
            lambda row: row.scores.get(metric.name),
            Axis(inverted=not metric.higher_is_better),  # better is up
        ),
    ]
    return Plot(
        rows=[panels], panel_width_in=PANEL_WIDTH_IN, row_heights_in=[PANEL_HEIGHT_IN], shared_legend=True
    )


def content(results: Results[LinkSettings]) -> Mapping[str, object]:
    """Return rows, gaps and what was asked for, for the JSON file."""
    settings = results.settings
    (facts,) = results.of(LinkFacts)
    return {
        "machine": asdict(describe_machine()) | {"peers": installed_versions(PEER_PACKAGES)},
        "clip": "demo" if settings.clip is None else settings.clip.stem,
        "size": size_text(settings.size),
        "fps": facts.fps,
        "seconds": settings.seconds,
        "settle_s": settings.settle_s,
        "jpeg_quality": settings.jpeg_quality,
        "link": settings.link,
        "delay_ms": settings.delay_ms,
        "jitter_ms": settings.jitter_ms,
        "keys": settings.keys,
        "busy": settings.busy,
        "steps": settings.steps,
        "step_seconds": settings.step_seconds,
        "systems": {name: SYSTEMS[name].about for name in settings.systems},
        "rows": json_rows(results.of(LinkRow)),
        "gaps": json_gaps(results.of(Gap)),
    }


BENCHMARK = Benchmark(
    settings=LinkSettings,
    measure=measure,
    row=LinkRow,
    tables=tables,
    content=content,
    plot=plot,
    may_be_empty=True,
)

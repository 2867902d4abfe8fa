"""`narrowcast bench link`: narrowcast and its peers over thin links, on the screen, as JSON and as curves."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from benchmark.benchmark import Benchmark
from benchmark.errors import LinkError
from benchmark.link.age import Freshness, measure_freshness
from benchmark.link.peers.peer_program import PeerSettings
from benchmark.link.quality import PlayedClip, open_clip, score_trial
from benchmark.link.systems import DEFAULT_SYSTEMS, SYSTEMS, LinkSystem
from benchmark.link.testbed import LinkTestbed, bucket_testbed, proxy_testbed, tunnel_testbed
from benchmark.link.trial import run_trial
from benchmark.metrics import METRICS, Metric, load_metrics
from benchmark.network.namespaces import why_unusable
from benchmark.plots import Axis, Curve, CurvePanel, Plot
from benchmark.progress import Listener
from benchmark.results import Gap, Results, describe_machine, installed_versions, json_gaps, json_rows
from benchmark.settings import (
    POSITIVE_LIST,
    PictureSettings,
    PlotSettings,
    name_list,
    size_text,
    weights_of_environment,
)
from benchmark.tables import Column, TableView
from narrowcast.errors import ConfigError
from runtime.common_settings import POSITIVE
from runtime.settings import Setting

METRIC_NAMES = ("psnr", "lpips_alex")
PEER_PACKAGES = ("imagezmq", "vidgear", "simplejpeg", "pyzmq")
NOT_INSTALLED = "not installed"
PANEL_WIDTH_IN, PANEL_HEIGHT_IN = 4.2, 3.4
AGE_TICKS_MS = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)


@dataclass(frozen=True, kw_only=True)
class LinkSettings(PictureSettings, PlotSettings):
    """One run: which systems, over which links, playing what."""

    clip: Annotated[Path | None, Setting(positional=True, metavar="CLIP")] = None
    "video; by default the bundled one"
    rates: Annotated[tuple[float, ...], POSITIVE_LIST] = (16.0, 32.0, 64.0, 128.0, 256.0)
    "kbit/s that the links carry, one after the other"
    systems: Annotated[tuple[str, ...], name_list(tuple(SYSTEMS))] = DEFAULT_SYSTEMS
    "in the order of the tables; narrowcast-told is narrowcast with --max-kbps set to the link's rate"
    seconds: Annotated[float, POSITIVE] = 20.0
    "how long each row is measured"
    settle_s: Annotated[float, Setting(flag="settle", minimum=0)] = 5.0
    "seconds after the first picture, not measured: a sender may need them to find the rate"
    jpeg_quality: Annotated[int, Setting(minimum=1, maximum=95)] = 10
    "of the peers' JPEG, on libjpeg's scale"
    tunnel: Annotated[bool, Setting(exclusive="link")] = False
    "packets that take their time, instead of tc's token bucket"
    proxy: Annotated[bool, Setting(exclusive="link")] = False
    "a proxy instead of namespaces: needs no root"
    delay_ms: Annotated[float, Setting(minimum=0)] = 0.0
    "each way, with --tunnel or --proxy"
    jitter_ms: Annotated[float, Setting(minimum=0)] = 0.0
    "delay on top of --delay-ms, drawn from 0 to this, with --tunnel or --proxy"
    weights: Annotated[Path | None, Setting(metavar="DIR")] = field(default_factory=weights_of_environment)
    "folder of AlexNet and LPIPS weights; by default $NARROWCAST_BENCH_WEIGHTS, and PSNR alone without"

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is."""
        super().__post_init__()
        if self.tunnel and self.proxy:
            raise ConfigError("--tunnel and --proxy are two different links; leave one of them out")
        if (self.delay_ms or self.jitter_ms) and self.link == "bucket":
            raise ConfigError("tc's bucket knows no delay and no jitter; add --tunnel or --proxy")

    @property
    def link(self) -> str:
        """What stands between the two ends: tc's bucket, the tunnel or the proxy."""
        return "tunnel" if self.tunnel else "proxy" if self.proxy else "bucket"


@dataclass(frozen=True, kw_only=True)
class LinkFacts:
    """What holds for a whole run."""

    fps: float
    "at which the clip is played"
    metrics: tuple[str, ...]
    "those that are scored, in the order of the tables"


@dataclass(frozen=True, kw_only=True)
class LinkRow(Freshness):
    """One system on one link."""

    system: str
    "as on the command line"
    link_kbps: float
    "what the link carries"
    first_picture_ms: float
    "from the source's first picture to the first one shown"
    wire_kbps: float | None
    "sent, as the kernel counts it; through the proxy without headers"
    scores: Mapping[str, float]
    "means over a picture a second"


def measure(settings: LinkSettings, listener: Listener) -> Generator[object, None, None]:
    """Yield a row or a gap for each system on each link."""
    import torch  # --help has to come without it

    clip = open_clip(settings.clip, width=settings.width, height=settings.height, fps=settings.fps)
    if clip.fps < settings.fps:
        listener.notice(f"{clip.path.name} has {clip.fps:g} fps and is played at that pace")
    metrics = load_metrics(METRIC_NAMES, settings.weights, torch.device("cpu"), listener.notice)
    yield LinkFacts(fps=clip.fps, metrics=tuple(metrics))
    trials = [(kbps, SYSTEMS[name]) for kbps in settings.rates for name in settings.systems]
    listener.begin(len(trials))
    no_link = "" if settings.proxy else why_unusable()
    if no_link:
        listener.notice(f"nothing is measured: {no_link}")
    for kbps, system in trials:
        label = f"{system.name} at {kbps:g} kbit/s"
        key = {"link_kbps": kbps, "system": system.name}
        listener.activity(label)
        if no_link or not system.installed:
            yield Gap(key=key, reason=no_link or NOT_INSTALLED)
        else:
            try:
                yield _measure_row(settings, clip, metrics, kbps, system)
            except LinkError as error:
                yield Gap(key=key, reason=str(error), label=label)
        listener.step(1)


def _measure_row(
    settings: LinkSettings, clip: PlayedClip, metrics: Mapping[str, Metric], kbps: float, system: LinkSystem
) -> LinkRow:
    """Run one trial and sum it up; LinkError where no picture came."""
    with TemporaryDirectory() as folder:
        told = PeerSettings(
            source=str(clip.path),
            width=clip.width,
            height=clip.height,
            fps=clip.fps,
            kbps=kbps,
            jpeg_quality=settings.jpeg_quality,
            pictures=Path(folder),
        )
        testbed = _testbed(settings, kbps, system)
        trial = run_trial(system, told, testbed, settle_s=settings.settle_s, seconds=settings.seconds)
        scores = score_trial(trial, Path(folder), clip, metrics)
    freshness = measure_freshness(trial.shown, trial.from_us, trial.to_us)
    assert freshness is not None, "the time that is measured begins after the first picture"
    return LinkRow(
        system=system.name,
        link_kbps=kbps,
        **asdict(freshness),
        first_picture_ms=(trial.shown[0].shown_us - trial.first_capture_us) / 1000,
        wire_kbps=trial.wire.sent_kbps(trial.from_us, trial.to_us),
        scores=scores,
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
    """Show every system on every link."""
    settings = results.settings
    for facts in results.of(LinkFacts):
        clip = "the bundled clip" if settings.clip is None else settings.clip.stem
        size = size_text(settings.size)
        yield TableView(
            title=f"{clip}, {size} at {facts.fps:g} fps, {settings.seconds:g} s a row",
            columns=(
                Column("link kbit/s", "link_kbps", "g"),
                Column("system", "system"),
                Column("fps", "fps", ".1f"),
                Column("age p50 ms", "age_p50_ms", ".0f"),
                Column("age p95 ms", "age_p95_ms", ".0f"),
                Column("oldest ms", "longest_ms", ".0f"),
                Column("first picture ms", "first_picture_ms", ".0f"),
                Column("kbit/s without headers" if settings.proxy else "wire kbit/s", "wire_kbps", ".1f"),
                *map(_score_column, facts.metrics),
            ),
            rows=[outcome for outcome in results.outcomes if isinstance(outcome, LinkRow | Gap)],
            section="link_kbps",
        )


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

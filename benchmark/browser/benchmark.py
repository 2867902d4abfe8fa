"""`narrowcast bench browser`: the sender's page in Chromium, which decodes and paints by itself."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from narrowcast.benchmark.benchmark import Benchmark
from narrowcast.benchmark.browser.chromium import CHROMIUM, NOT_INSTALLED, BrowserError, chromium
from narrowcast.benchmark.browser.comparison import Comparison, compare, payloads_of
from narrowcast.benchmark.browser.trial import (
    HERE,
    START_S,
    BrowserRow,
    BrowserSettings,
    Trial,
    page_of,
    start_sender,
)
from narrowcast.benchmark.clips import load_clip
from narrowcast.benchmark.errors import LinkError
from narrowcast.benchmark.metrics import METRICS, load_metrics
from narrowcast.benchmark.program import Programs
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.results import Gap, Results, json_gaps, json_rows
from narrowcast.benchmark.settings import size_text
from narrowcast.benchmark.tables import Column, TableView
from narrowcast.runtime.signals import StopSignal

METRIC_NAMES = ("psnr", "lpips_alex")


def measure(settings: BrowserSettings, listener: Listener) -> Generator[object, None, None]:
    """Yield a row or a gap for each link and each kind of painting."""
    trials = [(kbps, restore) for kbps in settings.links for restore in settings.restore]
    listener.begin(len(trials))
    if settings.frames:
        yield from _comparisons(settings, listener)
    with StopSignal() as stop:
        for kbps, restore in trials:
            key = {"link_kbps": kbps, "restore": restore}
            listener.activity(f"{restore} at {kbps:g} kbit/s" if kbps else restore)
            try:
                yield Trial(settings, kbps, restore).run(stop)
            except LinkError as error:
                yield Gap(key=key, reason=error.on_command_line(), label=f"{kbps:g} kbit/s")
            if stop.requested:
                raise KeyboardInterrupt
            listener.step(1)


def _comparisons(settings: BrowserSettings, listener: Listener) -> Generator[object, None, None]:
    """Yield a comparison for each clip and each way of painting."""
    import torch  # --help has to come without it

    if CHROMIUM is None:
        yield Gap(key={"link_kbps": HERE}, reason=NOT_INSTALLED, label="comparison")
        return
    metrics = load_metrics(METRIC_NAMES, settings.weights, torch.device("cpu"), listener.notice)
    with ExitStack() as stack:
        programs = stack.enter_context(Programs())
        pages: list[str] = []
        programs.add(start_sender(settings, None, lambda line: pages.extend(page_of(line))))
        programs.wait_until(lambda: bool(pages), StopSignal(), limit_s=START_S)
        browser = stack.enter_context(
            chromium(Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))))
        )
        for path in settings.clips:
            size = {"width": settings.width, "height": settings.height}
            clip = load_clip(path, **size, fps=settings.fps, max_frames=settings.frames)
            payloads = payloads_of(clip, settings.kbps)
            for every in settings.every:
                listener.activity(f"comparing {clip.name}")
                browser.open(f"{pages[0]}?restore=never")
                browser.wait_for("document.querySelector('#picture')?.dataset.sequence > 0")
                try:
                    yield compare(browser, clip, payloads, every, metrics)
                except BrowserError as error:
                    yield Gap(key={"clip": clip.name}, reason=error.on_command_line(), label=clip.name)


def tables(results: Results[BrowserSettings]) -> Iterator[TableView]:
    """Show every comparison and every run."""
    settings = results.settings
    compared = results.of(Comparison)
    if compared:
        yield TableView(
            title=f"the browser's pictures beside the Python receiver's, at {settings.kbps:g} kbit/s",
            columns=(
                Column("clip", "clip"),
                Column("painted", lambda row: "all" if row.every == 1 else f"1 of {row.every}"),
                Column("base picture: levels apart", "base_levels", ".2f"),
                Column("painted: levels apart", "painted_levels", ".2f"),
                *(_score_column(name) for name in compared[0].scores),
            ),
            rows=compared,
        )
    if not results.of(BrowserRow):
        return
    yield TableView(
        title=f"the page in Chromium: the bundled clip, {size_text(settings.size)} at {settings.fps:g} fps",
        columns=(
            Column("link kbit/s", lambda row: f"{row.link_kbps:g}" if row.link_kbps else "none"),
            Column("restore", "restore"),
            Column("fps", "fps", ".1f"),
            Column("age p50 ms", "age_ms.p50", ".0f"),
            Column("age p95 ms", "age_ms.p95", ".0f"),
            Column("decoding ms", "decode_p50_ms", ".0f"),
            Column("on the wire kbit/s", "sent_kbps", ".1f"),
            Column("page kB", lambda row: f"{row.page_bytes / 1000:.0f}"),
            Column("first picture s", lambda row: f"{row.first_ms / 1000:.1f}"),
            Column("the page says", "painting"),
        ),
        rows=results.of(BrowserRow),
    )


def _score_column(name: str) -> Column:
    info = METRICS[name]

    def text(row: Comparison) -> str:
        return " / ".join(f"{score:.{info.decimals}f}" for score in row.scores[name])

    return Column(f"{info.label}: base / Python / browser", text)


def content(results: Results[BrowserSettings]) -> Mapping[str, object]:
    """What the JSON file holds."""
    return {
        "rows": json_rows(results.of(BrowserRow)),
        "gaps": json_gaps(results.of(Gap)),
        "comparisons": json_rows(results.of(Comparison)),
    }


BENCHMARK = Benchmark(
    settings=BrowserSettings,
    measure=measure,
    row=BrowserRow,
    tables=tables,
    content=content,
    may_be_empty=True,
)

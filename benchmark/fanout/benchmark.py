"""`narrowcast bench fanout`: one sender, more and more receivers, all on this machine."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping

from narrowcast import codec
from narrowcast.benchmark.benchmark import Benchmark
from narrowcast.benchmark.errors import ProgramError
from narrowcast.benchmark.fanout.stream import FanoutRow, FanoutSettings, FanoutStream
from narrowcast.benchmark.plots import Axis, Curve, CurvePanel, Plot
from narrowcast.benchmark.process_usage import load_psutil
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.results import Gap, Results, json_gaps, json_rows
from narrowcast.benchmark.settings import size_text
from narrowcast.benchmark.tables import Column, TableView
from narrowcast.errors import ConfigError, SourceError
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender.sources.opening import open_source
from narrowcast.sender.sources.spec import parse_source
from narrowcast.sender.sources.wishes import SourceWishes

TARGET_RECEIVERS, TARGET_RATIO = 256, 2.0
"""With so many receivers, the displayed picture is to be at most so many times as old as with one."""

TARGET_SHARE = 14.5 / 15
"""And each of them is to get this share of the stream's frames, at least."""


def measure(settings: FanoutSettings, listener: Listener) -> Generator[object, None, None]:
    """Yield a row or a gap a number of receivers; Ctrl-C leaves out the number that runs."""
    load_psutil()  # before the work, not after
    # The light receivers have to name the model, and do not load the codec for it.
    model_id = _model_id(settings.codec)
    _check_source(settings)
    listener.begin(len(settings.receivers))
    with StopSignal() as stop:
        for receivers in settings.receivers:
            label = f"{receivers} receivers" if receivers > 1 else "1 receiver"
            listener.activity(label)
            outcome: FanoutRow | Gap | None
            try:
                outcome = FanoutStream(settings, receivers, model_id).run(stop)
            except ProgramError as error:
                outcome = Gap(key={"receivers": receivers}, reason=error.on_command_line(), label=label)
            if stop.requested or outcome is None:
                raise KeyboardInterrupt
            yield outcome
            listener.step(1)


def _model_id(name: str) -> str:
    """Look a codec's model up; ConfigError where this installation lacks the codec."""
    for info in codec.available_codecs():
        if info.name == name:
            return info.model_id
    raise ConfigError(f"codec {name!r} is not installed here; choose another")


def _check_source(settings: FanoutSettings) -> None:
    """Refuse what the sender could not open, before it is started once a row; ConfigError."""
    try:
        spec = parse_source(settings.source)
        open_source(
            spec, SourceWishes(width=settings.width, height=settings.height, fps=settings.fps)
        ).close()
    except SourceError as error:
        raise ConfigError(error.text, remedy=error.remedy) from error


def age_ratio(rows: list[FanoutRow], row: FanoutRow) -> float | None:
    """How many times as old as with one receiver the displayed picture is, by its p95."""
    alone = next((each.shown_age_ms.p95 for each in rows if each.receivers == 1), None)
    age_ms = row.shown_age_ms.p95
    return age_ms / alone if age_ms is not None and alone else None


def target_ratio(rows: list[FanoutRow]) -> float | None:
    """The age ratio at the number of receivers that the target names; None where it was not measured."""
    row = next((row for row in rows if row.receivers == TARGET_RECEIVERS), None)
    return None if row is None else age_ratio(rows, row)


def target_fps(rows: list[FanoutRow]) -> float | None:
    """Return the frames a second of the slowest receiver at that number; None where it was not measured."""
    row = next((row for row in rows if row.receivers == TARGET_RECEIVERS), None)
    return None if row is None else min(row.shown_fps, row.slowest_fps or row.shown_fps)


def tables(results: Results[FanoutSettings]) -> Iterator[TableView | str]:
    """Show a row a number of receivers, and whether the target holds."""
    settings, rows = results.settings, results.of(FanoutRow)
    yield TableView(
        title=f"{settings.codec}, {size_text(settings.size)} at {settings.fps:g} fps: one receiver decodes "
        "and displays, the others only take their frames",
        columns=(
            Column("receivers", "receivers", "d"),
            Column("sender CPU %", "sender_cpu_percent", ".0f"),
            Column("kB/s sent", lambda row: row.sent_bytes_per_s / 1000, ".1f"),
            Column("fps shown", "shown_fps", ".1f"),
            Column("age shown p50 ms", "shown_age_ms.p50", ".1f"),
            Column("p95 ms", "shown_age_ms.p95", ".1f"),
            Column("p95 / with one", lambda row: age_ratio(rows, row), ".2f"),
            Column("fps taken by the others", "light_fps", ".1f"),
            Column("by the slowest", "slowest_fps", ".1f"),
            Column("age there p95 ms", "light_age_ms.p95", ".1f"),
        ),
        rows=rows,
    )
    yield target_text(rows)
    yield fps_text(rows, settings.fps)


def fps_text(rows: list[FanoutRow], fps: float) -> str:
    """Say whether every receiver gets nearly every frame."""
    slowest, wanted = target_fps(rows), TARGET_SHARE * fps
    target = f"each of {TARGET_RECEIVERS} receivers is to get {wanted:.1f} frames a second or more"
    if slowest is None:
        return f"target ({target}): not measured"
    return f"target ({target}): {slowest:.2f} for the slowest, {'holds' if slowest >= wanted else 'MISSED'}"


def target_text(rows: list[FanoutRow]) -> str:
    """Say whether pictures stay as fresh as they are to."""
    ratio = target_ratio(rows)
    target = (
        f"age p95 with {TARGET_RECEIVERS} receivers is to be at most {TARGET_RATIO:g} times that with one"
    )
    if ratio is None:
        return f"target ({target}): not measured"
    return f"target ({target}): {ratio:.2f} times, {'holds' if ratio <= TARGET_RATIO else 'MISSED'}"


def plot(results: Results[FanoutSettings]) -> Plot:
    """Draw CPU, bytes and age over the number of receivers."""
    rows = sorted(results.of(FanoutRow), key=lambda row: row.receivers)
    receivers = [row.receivers for row in rows]
    x, y = Axis(title="receivers", log_base=2, ticks=receivers), Axis(limits=(0, None))
    ages = [
        Curve(label="shown", points=[(row.receivers, row.shown_age_ms.p95) for row in rows]),
        Curve(
            label="taken by light receivers", points=[(row.receivers, row.light_age_ms.p95) for row in rows]
        ),
    ]
    alone = next((row.shown_age_ms.p95 for row in rows if row.receivers == 1), None)
    if alone is not None:
        ends = (receivers[0], receivers[-1])
        ages.append(Curve(label="target", points=[(end, TARGET_RATIO * alone) for end in ends], limit=True))
    cpu = [Curve(label="sender", points=[(row.receivers, row.sender_cpu_percent) for row in rows])]
    sent = [Curve(label="sender", points=[(row.receivers, row.sent_bytes_per_s / 1000) for row in rows])]
    panels = [
        CurvePanel(title="sender's CPU, % of one core", curves=cpu, x=x, y=y),
        CurvePanel(title="sent, kB/s", curves=sent, x=x, y=y),
        CurvePanel(title="age p95, ms", curves=ages, x=x, y=y, legend=True),
    ]
    return Plot(rows=[panels], panel_width_in=10 / 3, row_heights_in=[3.2])


def content(results: Results[FanoutSettings]) -> Mapping[str, object]:
    """Return rows, gaps and the target for the JSON file."""
    rows = results.of(FanoutRow)
    ratios = [{"age_ratio": age_ratio(rows, row)} for row in rows]
    target = {
        "receivers": TARGET_RECEIVERS,
        "ratio": TARGET_RATIO,
        "measured": target_ratio(rows),
        "fps": round(TARGET_SHARE * results.settings.fps, 2),
        "slowest_fps": target_fps(rows),
    }
    return {
        "rows": [plain | ratio for plain, ratio in zip(json_rows(rows), ratios, strict=True)],
        "gaps": json_gaps(results.of(Gap)),
        "target": target,
    }


BENCHMARK = Benchmark(
    settings=FanoutSettings, measure=measure, row=FanoutRow, tables=tables, content=content, plot=plot
)

"""Statistics for Prometheus: the figures of every second, served over HTTP (--metrics)."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic

from narrowcast.errors import OutputError
from narrowcast.protocol import Percentiles
from narrowcast.runtime.common_settings import parse_host_and_port
from narrowcast.runtime.metrics_server import PATH, MetricsServer
from narrowcast.runtime.reporting import Notice, Reporter, StatisticsT
from narrowcast.worker import Worker

if TYPE_CHECKING:
    from prometheus_client.core import Metric as MetricFamily


class MetricsError(OutputError):
    """The metrics cannot be served; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Series(Generic[StatisticsT]):
    """One time series of Prometheus, read off each second's statistics."""

    name: str
    "with its unit, without the program's name in front"
    purpose: str
    "one line"
    read: Callable[[StatisticsT], float | None]
    "the value; None where it is unknown"
    before: float = float("nan")
    "the value before the first statistics, where it does not count"
    counts: bool = False
    "the value is what came to be in that second: it is summed up"
    labels: Mapping[str, str] = field(default_factory=dict)
    "what tells series of one name apart"


def quantiles(
    name: str, purpose: str, read: Callable[[StatisticsT], Percentiles]
) -> tuple[Series[StatisticsT], ...]:
    """The three series of a length of time, in seconds as Prometheus has it."""

    def series(quantile: str, value_ms: Callable[[Percentiles], float | None]) -> Series[StatisticsT]:
        return Series(
            name=name,
            purpose=purpose,
            read=lambda statistics: _seconds(value_ms(read(statistics))),
            labels={"quantile": quantile},
        )

    return series("0.5", lambda p: p.p50), series("0.95", lambda p: p.p95), series("0.99", lambda p: p.p99)


def wire_rates(
    purpose: str, *, received_kbps: Callable[[StatisticsT], float], sent_kbps: Callable[[StatisticsT], float]
) -> tuple[Series[StatisticsT], ...]:
    """The two series of the wire's bits, by their direction as this program sees it."""

    def series(direction: str, read_kbps: Callable[[StatisticsT], float]) -> Series[StatisticsT]:
        return Series(
            name="wire_bits_per_second",
            purpose=purpose,
            read=lambda statistics: 1000 * read_kbps(statistics),
            labels={"direction": direction},
        )

    return series("in", received_kbps), series("out", sent_kbps)


def milliseconds(read: Callable[[StatisticsT], float | None]) -> Callable[[StatisticsT], float | None]:
    """Read a value in milliseconds as seconds."""
    return lambda statistics: _seconds(read(statistics))


def _seconds(value_ms: float | None) -> float | None:
    return None if value_ms is None else value_ms / 1000


class MetricsReporter(Generic[StatisticsT]):
    """A reporter that passes everything on, and keeps the figures for Prometheus to fetch."""

    def __init__(self, inner: Reporter[StatisticsT], metrics: Sequence[Series[StatisticsT]]) -> None:
        """Pass everything on to the reporter `inner`."""
        self._inner = inner
        self._metrics = metrics
        self._lock = threading.Lock()
        self._values = [0.0 if metric.counts else metric.before for metric in metrics]

    def notice(self, notice: Notice) -> None:
        """Pass it on to the inner reporter."""
        self._inner.notice(notice)

    def second(self, statistics: StatisticsT) -> None:
        """Keep the figures, and pass the statistics on to the inner reporter."""
        read = [metric.read(statistics) for metric in self._metrics]
        with self._lock:
            self._values = [
                (old if metric.counts else 0.0) + (float("nan") if new is None else new)
                for metric, old, new in zip(self._metrics, self._values, read, strict=True)
            ]
        self._inner.second(statistics)

    def summary(self, statistics: StatisticsT, details: Mapping[str, object]) -> None:
        """Pass it on to the inner reporter."""
        self._inner.summary(statistics, details)

    def values(self) -> list[float]:
        """The newest figures, in the order of the metrics."""
        with self._lock:
            return self._values


class MetricsCollector(Generic[StatisticsT]):
    """The figures of all streams of a program, as prometheus_client asks for them."""

    def __init__(
        self,
        reporters: Mapping[str, MetricsReporter[StatisticsT]],
        prefix: str,
        metrics: Sequence[Series[StatisticsT]],
    ) -> None:
        """Collect from `reporters`, by the names of their streams (empty: the only one)."""
        self._reporters = reporters
        self._prefix = prefix
        self._metrics = metrics

    def collect(self) -> Iterator[MetricFamily]:
        """Give each name once, with the series of all streams."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for stream, reporter in self._reporters.items():
            for metric, value in zip(self._metrics, reporter.values(), strict=True):
                kind = CounterMetricFamily if metric.counts else GaugeMetricFamily
                name = f"{self._prefix}_{metric.name}"
                labels = {**metric.labels, "stream": stream} if stream else metric.labels
                family = families.setdefault(name, kind(name, metric.purpose, labels=list(labels)))
                family.add_metric(list(labels.values()), value)
        yield from families.values()


@contextlib.contextmanager
def served(
    reporter: Reporter[StatisticsT], address: str | None, prefix: str, metrics: Sequence[Series[StatisticsT]]
) -> Iterator[Reporter[StatisticsT]]:
    """The reporter to use: with metrics served at an address, or as it was where there is none."""
    with served_streams({"": reporter}, address, prefix, metrics, reporter.notice) as reporters:
        yield reporters[""]


@contextlib.contextmanager
def served_streams(
    reporters: Mapping[str, Reporter[StatisticsT]],
    address: str | None,
    prefix: str,
    metrics: Sequence[Series[StatisticsT]],
    notice: Callable[[Notice], None],
) -> Iterator[Mapping[str, Reporter[StatisticsT]]]:
    """Serve the metrics of several streams: their reporters by name; `notice` is told the address."""
    if address is None:
        yield reporters
        return
    host, port = parse_host_and_port(address)
    keeping = {stream: MetricsReporter(reporter, metrics) for stream, reporter in reporters.items()}
    stop = _serve(MetricsCollector(keeping, prefix, metrics), host, port, notice)
    try:
        yield keeping
    finally:
        stop()


def _serve(
    collector: MetricsCollector[StatisticsT], host: str, port: int, notice: Callable[[Notice], None]
) -> Callable[[], None]:
    """Start the server; returns what stops it."""
    try:
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    except ImportError as error:
        raise MetricsError("metrics needs prometheus_client: pip install prometheus-client") from error
    registry = CollectorRegistry()
    registry.register(collector)
    try:
        server = MetricsServer(host, port, lambda: generate_latest(registry), CONTENT_TYPE_LATEST)
    except OSError as error:
        raise MetricsError(
            f"cannot serve metrics on {host}:{port}: {(error.strerror or str(error)).lower()}; "
            "choose another port"
        ) from error
    worker = Worker("metrics", server.serve_forever)
    worker.start()
    notice(Notice(f"metrics at http://{f'[{host}]' if ':' in host else host}:{server.server_port}{PATH}"))

    def stop() -> None:
        server.shutdown()
        server.server_close()
        worker.join(1.0)

    return stop

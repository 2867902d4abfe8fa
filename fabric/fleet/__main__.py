"""The command line of a worker: `narrowcast fleet`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from narrowcast.errors import FabricError
from narrowcast.fabric.fleet.config import FleetConfig
from narrowcast.fabric.fleet.statistics import METRICS, PREFIX, second_line, summary_table
from narrowcast.runtime.common_settings import ReportSettings
from narrowcast.runtime.metrics import served
from narrowcast.runtime.settings import make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import make_reporter, run_command


def main(argv: Sequence[str] | None = None) -> int:
    """Run a worker as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    return run_command(lambda: _work(arguments), live=True)


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast fleet",
        description="Decode cameras of a fabric, shared with other workers: tiles and alerts for its wall.",
        settings=(FleetConfig, ReportSettings),
        file=True,
    )


def _work(arguments: Namespace) -> None:
    config, report = make_settings(FleetConfig, arguments), make_settings(ReportSettings, arguments)
    if sys.platform == "win32":
        raise FabricError("a worker runs on Linux and macOS; watch the wall from here")
    # Imported here: they bring the codec and NATS, which would make every --help and every typing error slow.
    from narrowcast.fabric.packages import check_packages

    check_packages()
    from narrowcast.fabric.fleet.worker import FleetWorker

    reporter = make_reporter(report.stats, second_line, summary_table)
    with served(reporter, report.metrics, PREFIX, METRICS) as told:
        FleetWorker(config, told, StopSignal()).run()


if __name__ == "__main__":
    sys.exit(main())

"""The command line of the relay: `narrowcast relay`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from narrowcast.fabric.relay.config import RelayConfig
from narrowcast.fabric.relay.statistics import METRICS, PREFIX, second_line, summary_table
from narrowcast.runtime.common_settings import ReportSettings
from narrowcast.runtime.metrics import served
from narrowcast.runtime.settings import make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import make_reporter, run_command


def main(argv: Sequence[str] | None = None) -> int:
    """Run a relay as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    return run_command(lambda: _relay(arguments), live=True)


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast relay",
        description="Publish cameras to a fabric, for any number of viewers, and record them there.",
        settings=(RelayConfig, ReportSettings),
        file=True,
    )


def _relay(arguments: Namespace) -> None:
    config, report = make_settings(RelayConfig, arguments), make_settings(ReportSettings, arguments)
    # Imported here: they bring the codec and NATS, which would make every --help and every typing error slow.
    from narrowcast.fabric.packages import check_packages

    check_packages()
    from narrowcast.fabric.relay.relay import Relay

    reporter = make_reporter(report.stats, second_line, summary_table)
    with served(reporter, report.metrics, PREFIX, METRICS) as told:
        Relay(config, told, StopSignal()).run()


if __name__ == "__main__":
    sys.exit(main())

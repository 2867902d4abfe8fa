"""The command line of the wall: `narrowcast wall`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass

from narrowcast.fabric.wall.config import WallConfig
from narrowcast.runtime.common_settings import Statistics
from narrowcast.runtime.settings import Settings, make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import JsonReporter, NoticeReporter, run_command


@dataclass(frozen=True, kw_only=True)
class WallReport(Settings):
    """What the command line says beside a WallConfig."""

    stats: Statistics = "off"
    "how lines are written: json for programs"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the wall as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    return run_command(lambda: _serve(arguments), live=True)


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast wall",
        description="Serve a page of all cameras of a fabric: tiles of its workers, and each camera in full.",
        settings=(WallConfig, WallReport),
        file=True,
    )


def _serve(arguments: Namespace) -> None:
    config, report = make_settings(WallConfig, arguments), make_settings(WallReport, arguments)
    # Imported here: they bring the codec and NATS, which would make every --help and every typing error slow.
    from narrowcast.fabric.packages import check_packages

    check_packages()
    from narrowcast.fabric.wall.wall import Wall

    reporter = JsonReporter() if report.stats == "json" else NoticeReporter()
    Wall(config, reporter, StopSignal()).run()


if __name__ == "__main__":
    sys.exit(main())
